"""Run the experiments whose results are stored in data/results/.

    python data/make_results.py [NAME ...] [--jobs N] [--dask ADDRESS]

data/results/plan.md says what those of ``PLANNED`` are for; each of ``EXPERIMENTS`` is one call
of ``python -m nndl ablation``. Finished runs are kept if it is killed. ``full_mnist*`` want the
full MNIST (see ``nndl.sources.full_digits``).
"""

import argparse
import itertools
import shutil
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from nndl.resnet import NUM_BLOCKS
from nndl.study.config import INITS, RunConfig
from nndl.study.pairs import pair_of
from nndl.study.sweep import read_results, sweep

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

BASE = RunConfig('residual', n_train=1000, n_dev=1000, n_test=3000)
RATES = 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3
TUNING_SEEDS = range(100, 104)
PAIRS = {18: 50, 34: 30, 66: 15}  # from seed 200 on
COMMON_RATE = 0.01


def tuning():
    """Every rate for every arm, with seeds that are not used again; a stage for each depth."""
    for depth in PAIRS:
        yield [run for lr, seed in itertools.product(RATES, TUNING_SEEDS)
               for run in pair_of(seeded(depth, seed, lr=lr))]


def best_rates():
    """{(arm, depth): the rate with the highest mean dev score}."""
    scores = {}
    for result in read_results(RESULTS / 'tuning.jsonl'):
        config = result.config
        scores.setdefault((config.arm, config.depth), {}).setdefault(config.lr, []).append(
            result.dev_score)
    return {arm: max(of_rates, key=lambda lr: statistics.mean(of_rates[lr]))
            for arm, of_rates in scores.items()}


def pairs():
    """Each arm at its own best rate, and both at the common one; a stage for each depth."""
    best = best_rates()
    for depth, n in PAIRS.items():
        yield [replace(run, lr=lr) for seed in range(200, 200 + n)
               for run in pair_of(seeded(depth, seed))
               for lr in (best[run.arm, depth], COMMON_RATE)]


def initialisation():
    """Initialisation x batch normalisation x shortcut x rate; a stage for each depth."""
    for depth in (18, 34):
        yield [run for seed, init, batch_norm, lr in itertools.product(
                   range(300, 305), INITS, (True, False), (0.001, 0.01, 0.1))
               for run in pair_of(seeded(depth, seed, lr=lr, init=init, batch_norm=batch_norm))]


def epochs_20():
    """Four times as many steps, at the rates that are best for 5 epochs."""
    best = best_rates()
    for depth in (18, 34):
        yield [replace(run, lr=best[run.arm, depth], epochs=20) for seed in range(400, 410)
               for run in pair_of(seeded(depth, seed))]


def full_mnist_1000():
    """Disjoint training sets of 1000 digits, tested on the 10,000 of MNIST's test set."""
    best = best_rates()
    for depth in (18, 34):
        yield [replace(run, lr=best[run.arm, depth], source='full', n_test=10_000, split_seed=part)
               for part in range(20) for run in pair_of(seeded(depth, seed=500 + part))]


def seeded(depth, seed, **settings):
    """The residual network of one seed, which also draws the digits."""
    return replace(BASE, num_blocks=NUM_BLOCKS[depth], seed=seed, split_seed=seed, **settings)


PLANNED = {stages.__name__: stages
           for stages in (tuning, pairs, initialisation, epochs_20, full_mnist_1000)}
ALL = *PLANNED, *EXPERIMENTS


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('names', nargs='*', metavar='NAME', help=f'of {", ".join(ALL)}')
    parser.add_argument('--jobs', default=1, type=int)
    parser.add_argument('--dask')
    parser.add_argument('--work', type=Path, default=Path('outputs/results'))
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(ALL):
        parser.error(f'no experiment {", ".join(sorted(unknown))}: {", ".join(ALL)}')
    where = ['--dask', options.dask] if options.dask else ['--jobs', str(options.jobs)]
    for name in options.names or ALL:
        if name in PLANNED:
            for configs in PLANNED[name]():
                sweep(configs, RESULTS / f'{name}.jsonl', jobs=options.jobs, dask=options.dask)
            continue
        out = options.work / name
        subprocess.run([sys.executable, '-m', 'nndl', 'ablation', *EXPERIMENTS[name].split(),
                        *where, '--out', out], check=True)
        shutil.copy(out / 'runs.jsonl', RESULTS / f'{name}.jsonl')
        shutil.copy(out / 'metrics.json', RESULTS / f'{name}.json')


if __name__ == '__main__':
    main()
