"""The number of threads that ``choose_threads`` takes, against one and all of them.

    python tests/benchmarks/threads.py [--processes 3] [--steps 12]

Three cases: an idle machine, one core busy with another program, and (on Linux as root, with
cgroup v1) a quota of one processor. In each the training steps of three processes alternate: with
the number that was chosen in this case, with one thread, and with all. Printed are medians, and
the chosen number's time as a multiple of the better of the other two.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from train_step import Worker, busy_process, seconds, training_step

WAYS = 'chosen', 'one', 'all'
CPU = Path('/sys/fs/cgroup/cpu')
WARM_UP_STEPS = 2


def work(way):
    """Answer each line of standard input with the seconds of a step."""
    import torch

    from nndl.lab.threads import choose_threads

    if way == 'chosen':
        choose_threads()
    elif way == 'one':
        torch.set_num_threads(1)
    step = training_step('kit')
    for _ in range(WARM_UP_STEPS):
        step()
    print(torch.get_num_threads(), flush=True)
    for _ in sys.stdin:
        print(seconds(step), flush=True)


class CountingWorker(Worker):
    """A process that trains with one number of threads; ``before`` is put before its command."""

    def __init__(self, way, before=()):
        environment = {name: value for name, value in os.environ.items()
                       if name != 'OMP_NUM_THREADS'}
        self.process = subprocess.Popen(
            [*before, sys.executable, __file__, '--worker', way], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=environment)
        self.threads = int(self.process.stdout.readline())


@contextlib.contextmanager
def quota_of_one():
    """What to put before a command, so that it sees and has one processor, as in a container."""
    group = CPU / f'nndl-{os.getpid()}'
    group.mkdir()
    try:
        (group / 'cpu.cfs_quota_us').write_text('100000')
        (group / 'cpu.cfs_period_us').write_text('100000')
        yield ['unshare', '--mount', 'sh', '-c', f'echo $$ > {group}/cgroup.procs && '
               f'mount --bind {group} {CPU} && exec "$@"', 'sh']
    finally:
        time.sleep(0.5)  # until the processes are gone
        group.rmdir()


def measure(case, processes, steps):
    """Print a line for each number of threads in one case."""
    times, threads = {way: [] for way in WAYS}, {way: set() for way in WAYS}
    for _ in range(processes):
        with contextlib.ExitStack() as stack:
            before = stack.enter_context(quota_of_one()) if case == 'a quota of one' else ()
            if case == 'one core busy':
                stack.enter_context(busy_process())
            workers = {way: stack.enter_context(CountingWorker(way, before)) for way in WAYS}
            for turn in range(steps):
                for way in WAYS[::1 if turn % 2 else -1]:
                    times[way].append(workers[way].ask('step'))
            for way, worker in workers.items():
                threads[way].add(worker.threads)
    medians = {way: statistics.median(times[way]) for way in WAYS}
    print(f'\n{case}, n = {processes * steps} steps of {processes} processes each')
    for way in WAYS:
        print(f'    {way:7s}{1000 * medians[way]:7.1f} ms, {sorted(threads[way])} threads')
    print(f'    chosen / better of the others: '
          f'{medians["chosen"] / min(medians["one"], medians["all"]):.2f}', flush=True)


def main(processes, steps):
    import torch

    from nndl.lab.machine import describe_machine

    print(f'{describe_machine()["processor"]}, {os.cpu_count()} cores, torch {torch.__version__}')
    cases = ['idle', 'one core busy']
    if hasattr(os, 'geteuid') and os.geteuid() == 0 and (CPU / 'cgroup.procs').exists():
        cases.append('a quota of one')
    for case in cases:
        measure(case, processes, steps)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--processes', type=int, default=3, help='fresh processes of each number')
    parser.add_argument('--steps', type=int, default=12, help='steps of each process')
    parser.add_argument('--worker', choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker)
    else:
        main(options.processes, options.steps)
