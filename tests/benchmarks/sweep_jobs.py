"""How much more a sweep gets done with two jobs than with one, side by side on this machine.

    python tests/benchmarks/sweep_jobs.py [--rounds 3] [--pairs 4]

Each timing is ``python -m nndl ablation`` as a process of its own (imports and start of the
workers included), the ways in turn. Two jobs have a thread each where one job has two.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time


def seconds(pairs, jobs):
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        subprocess.run([sys.executable, '-m', 'nndl', 'ablation', '--seeds', str(pairs),
                        '--jobs', str(jobs), '--out', out], check=True, capture_output=True)
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--pairs', type=int, default=4)
    options = parser.parse_args()
    ratios = []
    for _ in range(options.rounds):
        one, two = (seconds(options.pairs, jobs) for jobs in (1, 2))
        ratios.append(one / two)
        print(f'{options.pairs} pairs: --jobs 1 {one:.1f} s, --jobs 2 {two:.1f} s, '
              f'{one / two:.2f} times the throughput', flush=True)
    print(f'median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}, '
          f'n={len(ratios)})')


if __name__ == '__main__':
    main()
