"""Number of threads that torch computes with: the quickest of a few, on this machine and now."""

import time
from functools import cache

__all__ = ['allowed_threads', 'choose_threads']

ROUNDS = 7
PRODUCT = 384  # rows and columns; about 1 ms on one core, as an operation of a training step
CLEARLY = 0.9  # of the time, below which fewer threads are taken


@cache
def allowed_threads():
    """Threads that quota (cgroup), affinity and OMP_NUM_THREADS allowed at the first call."""
    import torch
    from joblib import cpu_count

    return min(cpu_count(), torch.get_num_threads())


def choose_threads():
    """Set the number of threads for this process, and return it.

    At most ``allowed_threads``; fewer where that is clearly quicker, since threads wait for the
    one whose core another program uses. This is measured: it takes about 0.1 s.
    """
    import torch

    most = best = allowed_threads()
    candidates = sorted({most, most - 1, (most + 1) // 2, (most + 3) // 4, 1} - {0}, reverse=True)
    seconds = dict.fromkeys(candidates, 0.0)
    x = torch.ones(PRODUCT, PRODUCT, device='cpu')
    for round_ in range(ROUNDS if candidates[1:] else 0):
        for n in candidates:
            torch.set_num_threads(n)
            start = time.perf_counter()
            for _ in range(5):
                torch.relu(x @ x)
            if round_:  # the first one starts the threads
                seconds[n] += time.perf_counter() - start
    for n in candidates[1:]:
        if seconds[n] < CLEARLY * seconds[best]:
            best = n
    torch.set_num_threads(best)
    return best
