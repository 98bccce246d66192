"""Figures and tables that the pages show, made from data/results/*.jsonl.

    python data/draw_results.py          draws the figures
    python data/draw_results.py --cost   prints what the experiments cost
    python data/draw_results.py --table  prints what they show
"""

import sys
from pathlib import Path

from nndl.plot import save_figure
from nndl.study.pairs import compare
from nndl.study.plot_pairs import plot_depth
from nndl.study.report import setting_name
from nndl.study.stored import stored_results

RESULTS = Path(__file__).resolve().parent / 'results'
EXPERIMENTS = ('learning_rate', 'depth', 'depth_momentum', 'depth_3000_digits', 'no_batch_norm',
               'no_batch_norm_momentum', 'batch_norm_momentum', 'full_mnist',
               'full_mnist_one_cycle')


def cost_table():
    """Markdown: runs and core-hours of each experiment, and hours on 2, 10 and 1000 cores.

    A run takes one core; more cores than runs are of no use, and the longest run is the least
    that a sweep can take.
    """
    lines = ['| experiment | runs | core-hours | longest run, min | 2 cores | 10 cores '
             '| 1000 cores |', '|---|---|---|---|---|---|---|']
    everything = []
    for name in EXPERIMENTS:
        seconds = [r.cpu_seconds for r in stored_results(name)]
        everything += seconds
        lines.append(_cost(name, seconds))
    return '\n'.join([*lines, _cost('all together', everything)])


def result_table():
    """Markdown: what every setting shows, residual - plain."""
    lines = ['| experiment | setting | seeds | plain | residual | residual - plain, points |',
             '|---|---|---|---|---|---|']
    for name in EXPERIMENTS:
        lines += [f'| {name} | {setting_name(c.setting)} | {len(c.seeds)} '
                  f'| {100 * c.plain.estimate:.1f}% | {100 * c.residual.estimate:.1f}% '
                  f'| {_points(c.difference)} |' for c in compare(stored_results(name))]
    return '\n'.join(lines)


def depth_rows():
    """The rows of the READMEs' table: layers, plain, residual, difference."""
    return '\n'.join(
        f'| {c.setting.depth} | {100 * c.plain.estimate:.1f}% | {100 * c.residual.estimate:.1f}% '
        f'| {_points(c.difference).partition(":")[0]} |' for c in compare(stored_results('depth')))


def draw():
    """The READMEs' picture."""
    figure = plot_depth(compare(stored_results('depth')),
                        'MNIST: 1000 digits, 80 steps of SGD, lr 0.01; tested on 3800 others')
    save_figure(figure, RESULTS / 'depth.png')


def _cost(name, seconds):
    times = [_hours(max(max(seconds), sum(seconds) / cores)) for cores in (2, 10, 1000)]
    return (f'| {name} | {len(seconds)} | {sum(seconds) / 3600:.2f} | {max(seconds) / 60:.1f} | '
            + ' | '.join(times) + ' |')


def _hours(seconds):
    return f'{seconds / 60:.0f} min' if seconds < 5400 else f'{seconds / 3600:.1f} h'


def _points(interval):
    nothing = ': nothing shown' if interval.holds_zero else ''
    return (f'{100 * interval.estimate:+.1f} ({100 * interval.low:+.1f} to '
            f'{100 * interval.high:+.1f}){nothing}')


if __name__ == '__main__':
    if '--cost' in sys.argv:
        print(cost_table())
    elif '--table' in sys.argv:
        print(result_table())
    else:
        draw()
