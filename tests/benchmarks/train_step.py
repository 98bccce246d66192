"""Time of a training step: the course document's loop, channels_last, and the kit, in turn.

The three ways train the same network on the same batch of 64 images of 32x32 pixels:

    document       torch's default layout and convolutions
    channels_last  torch's convolutions, weights in channels_last
    kit            channels_last and ``skip_dead_taps``

Each way runs in a process of its own; the processes take turns, one step each. Several fresh
processes are measured, since memory is laid out differently in each. Every case is measured on one
thread and on two, with the machine idle and beside a process that keeps one core busy.

The limit is the time that the multiply-adds of a step that touch no padding take at the speed of a
matrix product on the same threads.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time

WAYS = 'document', 'channels_last', 'kit'
BATCH = 64
# Multiply-adds with pixels, not padding, in a forward pass; a backward pass takes twice as many.
MULTIPLY_ADDS_AN_IMAGE = 20.23e6
FLOATING_POINT_OPERATIONS = 2 * 3 * BATCH * MULTIPLY_ADDS_AN_IMAGE
WARM_UP_STEPS = 3
LONGEST = 5  # seconds for one case of one set of processes; fewer steps if they take longer


def prepared_model(way):
    import torch

    from nndl.fast import skip_dead_taps
    from nndl.resnet import Model_ResNet18

    torch.manual_seed(0)
    model = Model_ResNet18(in_channels=1)
    if way == 'document':
        return model
    model = model.to(memory_format=torch.channels_last)
    return skip_dead_taps(model) if way == 'kit' else model


def training_step(way):
    """Return a function that trains for one step, with the calls that ``RunnerV3`` makes."""
    import torch
    import torch.nn.functional as F

    model = prepared_model(way)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    inputs, labels = torch.randn(BATCH, 1, 32, 32), torch.arange(BATCH) % 10

    def step():
        model.train()
        loss = F.cross_entropy(model(inputs), labels)
        loss.item()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def matrix_product(size=2048):
    """Return the speed of a matrix product in operations a second."""
    import torch

    a, b = torch.randn(size, size), torch.randn(size, size)
    return 2 * size ** 3 / statistics.median(seconds(lambda: a @ b) for _ in range(6))


def work(way, threads):
    """Answer each line of standard input, 'step' or 'product', with a measurement."""
    import torch

    torch.set_num_threads(threads)
    step = training_step(way)
    for _ in range(WARM_UP_STEPS):
        step()
    print('ready', flush=True)
    for line in sys.stdin:
        print(seconds(step) if line.strip() == 'step' else matrix_product(), flush=True)


class Worker:
    """A process that trains in one way."""

    def __init__(self, way, threads):
        command = [sys.executable, __file__, '--worker', way, '--threads', str(threads)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, 'OMP_NUM_THREADS': str(threads)})
        if self.process.stdout.readline().strip() != 'ready':
            raise RuntimeError(f'the process for {way} did not start')

    def ask(self, what):
        print(what, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait()


@contextlib.contextmanager
def busy_process():
    """Keep one core busy."""
    process = subprocess.Popen([sys.executable, '-c', 'while True: pass'])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def measure(workers, steps):
    """Return {way: [seconds of a step]} and the speed of a matrix product."""
    times = {way: [] for way in workers}
    start = time.perf_counter()
    for turn in range(steps):
        if turn and time.perf_counter() - start > LONGEST:
            break
        for way in list(workers)[::1 if turn % 2 else -1]:
            times[way].append(workers[way].ask('step'))
    return times, workers['kit'].ask('product')


def report(title, measured):
    """Print a line for each way, from the measurements of several processes."""
    speed = statistics.median(product for _, product in measured)
    times = {way: [each for times, _ in measured for each in times[way]] for way in WAYS}
    print(f'\n{title}, matrix product {speed / 1e9:.0f} GFLOP/s, n = {len(times["kit"])} steps')
    for way in WAYS:
        median = statistics.median(times[way])
        ratio = statistics.median(
            document / own for document, own in zip(times['document'], times[way], strict=True))
        print(f'    {way:13s} {1000 * median:6.1f} ms   {ratio:5.2f} times as fast   '
              f'{FLOATING_POINT_OPERATIONS / speed / median:4.0%} of the limit')


def main(processes, steps):
    import torch

    from nndl.lab.machine import describe_machine

    print(f'{describe_machine()["processor"]}, {os.cpu_count()} cores, torch {torch.__version__}')
    for threads in (1, 2):
        idle, busy = [], []
        for _ in range(processes):
            with contextlib.ExitStack() as stack:
                workers = {way: stack.enter_context(Worker(way, threads)) for way in WAYS}
                idle.append(measure(workers, steps))
                with busy_process():
                    busy.append(measure(workers, steps))
        name = f'{threads} thread{"s" * (threads > 1)}'
        report(f'{name}, idle', idle)
        report(f'{name}, beside a busy process', busy)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--processes', type=int, default=3, help='fresh processes of each way')
    parser.add_argument('--steps', type=int, default=12,
                        help='steps of each process and case, at most')
    parser.add_argument('--worker', choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument('--threads', type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options.threads)
    else:
        main(options.processes, options.steps)
