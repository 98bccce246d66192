"""python -m nndl ablation"""

import argparse
import itertools
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from nndl.commands.arguments import Help, count, rate, share

__all__ = ['add_to']

# LeNet-5 has no batch normalisation and hardly moves at the residual network's settings; of nine
# settings tried (5 seeds each) this one was best on the dev digits in its worst seed.
LENET_SETTINGS = {'lr': 0.05, 'momentum': 0.9}

END = """Plain and residual network began with the same tensors and saw the same batches (checked).
{runs} runs in {out}/runs.jsonl{kept}; summary and figures beside it{models}.
Open the labs with: make lab"""
KEPT = ' ({n} of them were there already: --again runs them anew)'


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        'ablation', help='train ResNet18 with and without the residual connection',
        formatter_class=Help)
    _add_settings(parser.add_argument_group('what is compared'))
    _add_means(parser.add_argument_group('how it is run'))
    parser.set_defaults(command=ablation, kept='; finished runs are kept, and the same command '
                        'runs the others')


def _add_settings(parser):
    parser.add_argument('--seeds', type=count, default=1, metavar='N', help='seeds 0 to N-1')
    parser.add_argument('--depth', type=int, choices=(18, 34, 66), nargs='+', default=[18],
                        help='weighted layers')
    parser.add_argument('--lr', type=rate, nargs='+', default=[0.01],
                        help='learning rates of both arms')
    parser.add_argument('--momentum', type=share, default=0.0)
    parser.add_argument('--schedule', choices=('constant', 'one_cycle'), default='constant',
                        help='of the learning rate; one_cycle goes up to --lr and down again')
    parser.add_argument('--batch-norm', action=argparse.BooleanOptionalAction, default=True,
                        help='without it every batch normalisation is taken out')
    parser.add_argument('--epochs', type=count, default=5)
    parser.add_argument('--train-size', type=count, default=1000, help='training digits')
    parser.add_argument('--dev-size', type=count, default=200, help='digits to choose by')
    parser.add_argument('--test-size', type=count,
                        help='held-out digits; by default all that are left, at least 1000')
    parser.add_argument('--batch-size', type=count, default=64)
    parser.add_argument('--source', default='bundled', choices=('bundled', 'full'),
                        help="full: all of MNIST")


def _add_means(parser):
    parser.add_argument('--device', default='auto', choices=('auto', 'cuda', 'mps', 'cpu'))
    parser.add_argument('--jobs', type=count, default=1,
                        help='runs side by side; the cores are shared among them')
    parser.add_argument('--dask', metavar='ADDRESS',
                        help='scheduler of a Dask cluster, for example tcp://10.0.0.1:8786')
    parser.add_argument('--again', action='store_true', help='run anew what is there already')
    parser.add_argument('--out', type=Path, default=Path('outputs'), help='folder for the results')


def ablation(options):
    """The main job; returns the exit code."""
    from nndl.files import CheckpointError
    from nndl.study.report import table, verdict, write_outputs
    from nndl.study.sweep import WorkerKilled

    try:
        results, n_kept = _results(options)
        write_outputs(results, options.out, shlex.join(['python', '-m', 'nndl', *sys.argv[1:]]))
    except (ValueError, WorkerKilled, CheckpointError, OSError) as error:
        print(f'nndl ablation: {error}', file=sys.stderr)
        return 1
    end = END.format(runs=len(results), out=options.out, kept=KEPT.format(n=n_kept) * bool(n_kept),
                     models=', the best models in models/' if _models(options) else '')
    print(table(results), verdict(results), end, sep='\n\n')
    return 0


def _results(options):
    """All results, and how many of them were there already."""
    from nndl.study.sweep import kept_results, sweep

    configs, path = list(_configs(options)), options.out / 'runs.jsonl'
    options.out.mkdir(parents=True, exist_ok=True)
    n_kept = 0 if options.again else len(kept_results(configs, path))
    return sweep(configs, path, jobs=options.jobs, dask=options.dask, device=options.device,
                 models=_models(options), again=options.again), n_kept


def _models(options):
    """Folder for the best models (45 MB and more each); None for a sweep over many settings."""
    if options.dask or len(options.depth) * len(options.lr) > 1:
        return None
    return options.out / 'models'


def _configs(options):
    """Both arms at every depth and learning rate, and LeNet-5, for every seed."""
    from nndl.resnet import NUM_BLOCKS
    from nndl.study.config import RunConfig
    from nndl.study.pairs import pair_of

    config = RunConfig(
        'residual', momentum=options.momentum, batch_size=options.batch_size,
        epochs=options.epochs, n_train=options.train_size, n_dev=options.dev_size,
        n_test=_test_size(options), schedule=options.schedule, source=options.source,
        batch_norm=options.batch_norm)
    for depth, lr in itertools.product(options.depth, options.lr):
        for seed in range(options.seeds):
            yield from pair_of(replace(config, num_blocks=NUM_BLOCKS[depth], lr=lr, seed=seed))
    for seed in range(options.seeds):
        yield replace(config, arm='lenet', seed=seed, schedule='constant', batch_norm=True,
                      **LENET_SETTINGS)


def _test_size(options):
    """The MNIST test digits; of other sources the digits that are left, at least 1000."""
    if options.test_size or options.source == 'full':
        return options.test_size or 10_000
    return max(1000, min(3800, 5000 - options.train_size - options.dev_size))
