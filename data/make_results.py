"""Run the experiments whose results are stored in data/results/.

    python data/make_results.py [NAME ...] [--jobs N] [--dask ADDRESS]

data/results/plan.md says what each is for. Finished runs are kept if it is killed.
``full_mnist_1000`` wants the full MNIST (see ``nndl.sources.full_digits``).
"""

import argparse
import itertools
from dataclasses import replace
from pathlib import Path

from nndl.resnet import NUM_BLOCKS
from nndl.study.config import INITS, RunConfig
from nndl.study.design import lenet_runs, pair_of, paired_runs, tuning_runs, with_seed
from nndl.study.sweep import read_results, sweep
from nndl.study.tuning import best_rates, dev_scores

RESULTS = Path(__file__).resolve().parent / 'results'
BASE = RunConfig('residual', n_train=1000, n_dev=1000, n_test=3000)
FULL_MNIST = RunConfig('residual', source='full', n_train=59_000, n_dev=1000, n_test=10_000,
                       epochs=1)
TUNING_SEEDS = range(100, 104)
PAIRS = {18: 50, 34: 30, 66: 15}  # from seed 200 on
COMMON_RATE = 0.01


def tuning():
    """Every rate for every arm, with seeds that are not used again; a stage for each depth."""
    for depth in PAIRS:
        yield tuning_runs(of_depth(depth), seeds=TUNING_SEEDS)


def pairs():
    """Each arm at its own best rate, and both at the common one; a stage for each depth."""
    own = own_rates()
    for depth, n in PAIRS.items():
        yield [run for rates in (own, dict.fromkeys(own, COMMON_RATE))
               for run in paired_runs(of_depth(depth), rates, range(200, 200 + n))]


def initialisation():
    """Initialisation x batch normalisation x shortcut x rate; a stage for each depth."""
    for depth in (18, 34):
        yield [replace(run, lr=lr, init=init, batch_norm=batch_norm)
               for seed, init, batch_norm, lr in itertools.product(
                   range(300, 305), INITS, (True, False), (0.001, 0.01, 0.1))
               for run in pair_of(with_seed(of_depth(depth), seed))]


def epochs_20():
    """Four times as many steps, at the rates that are best for 5 epochs."""
    for depth in (18, 34):
        yield paired_runs(replace(of_depth(depth), epochs=20), own_rates(), range(400, 410))


def full_mnist_1000():
    """Disjoint training sets of 1000 digits, tested on the 10,000 of MNIST's test set."""
    for depth in (18, 34):
        config = replace(of_depth(depth), source='full', n_test=10_000)
        yield [replace(run, split_seed=run.seed - 500)
               for run in paired_runs(config, own_rates(), range(500, 520))]


def finer():
    """Half-way between the best rate of each network and its neighbours, with ten of the pairs."""
    for depth in (18, 34):
        yield [replace(run, lr=float(f'{run.lr * step:.2g}')) for step in (3 ** -0.5, 3 ** 0.5)
               for run in paired_runs(of_depth(depth), own_rates(), range(200, 210))]


def learning_rate():
    """What ``python -m nndl ablation --seeds 10 --lr 0.005 0.01 0.1`` runs."""
    yield _at_one_rate(RunConfig('residual'), (0.005, 0.01, 0.1), range(10))


def fixed_digits():
    """The same seeds, all on one choice of digits."""
    yield [replace(run, split_seed=0) for run in next(learning_rate())]


def full_mnist():
    """One epoch of nearly all of MNIST."""
    yield _at_one_rate(FULL_MNIST, [0.01], range(3))


def full_mnist_one_cycle():
    """The same with a good recipe."""
    yield _at_one_rate(replace(FULL_MNIST, schedule='one_cycle', momentum=0.9), [0.05], range(3))


def _at_one_rate(config, rates, seeds):
    return [run for lr in rates for run in paired_runs(
        config, {('plain', config.depth): lr, ('residual', config.depth): lr}, seeds)
            ] + lenet_runs(config, seeds)


def own_rates():
    """{(arm, depth): the learning rate that was best in ``tuning``}."""
    return best_rates(dev_scores(read_results(RESULTS / 'tuning.jsonl')))


def of_depth(depth):
    return replace(BASE, num_blocks=NUM_BLOCKS[depth])


EXPERIMENTS = {stages.__name__: stages for stages in (
    tuning, pairs, initialisation, epochs_20, full_mnist_1000, finer, learning_rate,
    fixed_digits, full_mnist, full_mnist_one_cycle)}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('names', nargs='*', metavar='NAME', choices=[[], *EXPERIMENTS],
                        help=f'of {", ".join(EXPERIMENTS)}; by default all')
    parser.add_argument('--jobs', default=1, type=int)
    parser.add_argument('--dask')
    options = parser.parse_args(arguments)
    for name in options.names or EXPERIMENTS:
        for configs in EXPERIMENTS[name]():
            sweep(configs, RESULTS / f'{name}.jsonl', jobs=options.jobs, dask=options.dask)


if __name__ == '__main__':
    main()
