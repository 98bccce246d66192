"""Run the experiments whose results are stored in data/results/, about two core-hours in all.

    python data/make_results.py [NAME ...] [--jobs N] [--dask ADDRESS]

Each is one call of ``python -m nndl ablation``. Finished runs are kept if it is killed.
``full_mnist*`` want the full MNIST (see ``nndl.sources.full_digits``).
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / 'results'
FULL = '--source full --train-size 59000 --dev-size 1000 --epochs 1 --seeds 3'
FASTER = '--seeds 5 --depth 18 34 --lr 0.05 --momentum 0.9'
EXPERIMENTS = {
    'main_job': '--seeds 5',
    'learning_rate': '--seeds 10 --lr 0.005 0.01 0.1',
    'depth': '--seeds 5 --depth 18 34 66',
    'depth_momentum': '--seeds 5 --depth 18 34 66 --momentum 0.9',
    'depth_3000_digits': '--seeds 5 --depth 18 34 66 --train-size 3000',
    'no_batch_norm': '--seeds 5 --depth 18 34 --no-batch-norm',
    'no_batch_norm_momentum': f'{FASTER} --no-batch-norm',
    'batch_norm_momentum': FASTER,
    'full_mnist': FULL,
    'full_mnist_one_cycle': f'{FULL} --lr 0.05 --momentum 0.9 --schedule one_cycle',
}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('names', nargs='*', metavar='NAME', help=f'of {", ".join(EXPERIMENTS)}')
    parser.add_argument('--jobs', default='1')
    parser.add_argument('--dask')
    parser.add_argument('--work', type=Path, default=Path('outputs/results'))
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - EXPERIMENTS.keys():
        parser.error(f'no experiment {", ".join(sorted(unknown))}: {", ".join(EXPERIMENTS)}')
    where = ['--dask', options.dask] if options.dask else ['--jobs', options.jobs]
    for name in options.names or EXPERIMENTS:
        out = options.work / name
        subprocess.run([sys.executable, '-m', 'nndl', 'ablation', *EXPERIMENTS[name].split(),
                        *where, '--out', out], check=True)
        shutil.copy(out / 'runs.jsonl', RESULTS / f'{name}.jsonl')
        shutil.copy(out / 'metrics.json', RESULTS / f'{name}.json')


if __name__ == '__main__':
    main()
