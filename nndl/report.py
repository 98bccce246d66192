"""The results of an ablation for people: a table, a verdict, figures, a file."""

from dataclasses import asdict

from nndl.files import save_json
from nndl.plot import plot_arms
from nndl.stats import mean_interval, wilson_interval

__all__ = ['table', 'verdict', 'write_outputs']

COLUMNS = ('network', 'lr (momentum)', 'dev', 'test (95 % interval)', 'loss after 15 steps',
           'parameters', 'multiply-adds', 'seconds')


def table(results):
    """One line a network; with several seeds means over them.

    The interval of the test score is Wilson's for one seed, and the t interval of the mean over
    several seeds.
    """
    rows = [_row(group) for group in _by_network(results).values()]
    widths = [max(len(row[i]) for row in [COLUMNS, *rows]) for i in range(len(COLUMNS))]
    lines = ['  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in [COLUMNS, *rows]]
    return '\n'.join([lines[0], '-' * max(map(len, lines)), *lines[1:]])


def verdict(results):
    """What the pairs say about the residual connection, in one or two sentences."""
    plain, residual = ([r for r in results if r.config.arm == arm] for arm in ('plain', 'residual'))
    differences = [100 * (b.test_score - a.test_score)
                   for a, b in zip(plain, residual, strict=True)]
    difference = mean_interval(differences)
    says = f'residual - plain on the test digits: {difference.estimate:+.1f} points'
    if len(differences) == 1:
        return (f'{says} in one run on {plain[0].n_test} digits. One run cannot show how much of '
                'this is chance: try --seeds 5.')
    says += f' (95 % t interval over {len(differences)} seeds {difference.low:+.1f} to ' \
            f'{difference.high:+.1f})'
    if difference.holds_zero:
        return f'{says}. Nothing shown: the interval holds 0.'
    return f'{says}. The interval does not hold 0.'


def write_outputs(results, out, command):
    """metrics.json, curves.png and curves.pdf in the folder ``out``."""
    save_json({'command': command, 'results': [asdict(result) for result in results]},
              out / 'metrics.json')
    first = {label: (r.train_step_losses, r.dev_losses, r.dev_scores)
             for label, (r, *_) in _by_network(results).items()}
    settings = results[0].config
    title = (f'{settings.n_train} digits, batches of {settings.batch_size}, '
             f'{settings.epochs} epochs, seed {settings.seed}')
    for suffix in ('png', 'pdf'):
        plot_arms(first, title, out / f'curves.{suffix}')


def _by_network(results):
    """{label: its results over the seeds}."""
    groups = {}
    for result in results:
        label = result.config.name.rpartition('-seed')[0].replace('lenet', 'LeNet-5')
        groups.setdefault(f'{label}, lr {_rate(result.config)}', []).append(result)
    return groups


def _rate(config):
    return f'{config.lr:g}' + (f' ({config.momentum:g})' if config.momentum else '')


def _row(group):
    first, n = group[0], len(group)
    if n == 1:
        test = wilson_interval(first.test_correct, first.n_test)
    else:
        test = mean_interval([result.test_score for result in group])

    def mean(values):
        return sum(values) / n

    return (
        first.config.name.rpartition('-seed')[0].replace('lenet', 'LeNet-5'),
        _rate(first.config),
        f'{100 * mean(r.dev_score for r in group):.1f} %',
        f'{100 * test.estimate:.1f} % ({100 * test.low:.1f} to {100 * test.high:.1f})',
        f'{mean(r.loss_after_15_steps for r in group):.3f}',
        f'{first.parameters:,}',
        f'{first.multiply_adds / 1e6:.2f} M',
        f'{mean(r.seconds for r in group):.1f}',
    )
