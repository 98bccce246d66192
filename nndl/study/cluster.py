"""Backends for joblib: the cores of this machine, or a Dask cluster."""

import signal
import sys
import threading
from contextlib import contextmanager

__all__ = ['ClusterError', 'cluster', 'refuse_threaded_worker', 'without_interrupts']


class ClusterError(ValueError):
    """The cluster's workers are not as they must be."""


@contextmanager
def cluster(address):
    """Within it ``joblib.Parallel`` hands its calls to a Dask cluster.

    Args:
        address: of the scheduler; None: the calls stay on this machine.

    Raises:
        OSError: if there is no scheduler.
    """
    if not address:
        yield
        return
    from distributed import Client
    from joblib import parallel_config

    with Client(address, timeout=10), parallel_config(backend='dask'):
        yield


@contextmanager
def without_interrupts():
    """Processes that are started within ignore Ctrl-C; the one that started them answers it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def refuse_threaded_worker():
    """For a call that sets what belongs to its whole process: generators, threads, variables.

    Raises:
        ClusterError: in a Dask worker that runs several calls at once.
    """
    if 'distributed' not in sys.modules:
        return
    from distributed import get_worker

    try:
        n = get_worker().state.nthreads
    except ValueError:  # no worker
        return
    if n > 1:
        raise ClusterError(f'a Dask worker runs {n} tasks at once in one process: start it with '
                           '--nthreads 1 (and --nworkers as many as it has cores)')
