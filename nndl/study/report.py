"""Tables, verdicts, figures and a summary of the results of an ablation."""

import math
from dataclasses import asdict

from nndl.files import save_json
from nndl.plot import save_figure
from nndl.study.pairs import compare
from nndl.study.plot_pairs import plot_arms, plot_pairs
from nndl.study.stats import mean_interval, wilson_interval

__all__ = ['setting_name', 'summary', 'table', 'verdict', 'write_outputs']

COLUMNS = ('network', 'lr (momentum)', 'dev', 'test (95% interval)', 'loss after 15 steps',
           'parameters', 'multiply-adds', 'seconds')


def table(results):
    """One line a network and setting; with several seeds means over them.

    The interval of the test score is Wilson's for one seed, and the t interval of the mean over
    several seeds.
    """
    rows = [_row(group) for group in _by_setting(results)]
    widths = [max(len(row[i]) for row in [COLUMNS, *rows]) for i in range(len(COLUMNS))]
    lines = ['  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in [COLUMNS, *rows]]
    return '\n'.join([lines[0], '-' * max(map(len, lines)), *lines[1:]])


def verdict(results):
    """Residual - plain and its interval in words, one line for each setting."""
    comparisons = compare(results)
    lines = [f'{setting_name(c.setting)}: {_verdict(c)}' for c in comparisons]
    if len(comparisons) == 1:
        lines = [_verdict(comparisons[0])]
    lines += [f'{r.config.name}, lr {_training(r.config)}: the loss was not finite in step '
              f'{r.diverged_at}, which ended the training'
              for r in results if r.diverged_at is not None]
    return '\n'.join(lines)


def setting_name(config):
    """Depth and training of a setting, for example '18 layers, lr 0.01'."""
    return f'{config.depth} layers, lr {_training(config)}'


def summary(results, command):
    """Plain data: what was run, on what, and what every setting's pairs show.

    Shares of 1; intervals are [estimate, low, high], t intervals at 95% unless named otherwise;
    infinite ends (one seed) are None.
    """
    dates = [r.date for r in results]
    return {'command': command, 'date': [min(dates), max(dates)], 'runs': len(results),
            'cpu_seconds': math.fsum(r.cpu_seconds for r in results),
            'versions': results[0].versions, 'machine': results[0].machine,
            'settings': [_plain(asdict(comparison)) for comparison in compare(results)]}


def write_outputs(results, out, command):
    """metrics.json and the figures in the folder ``out``.

    curves.png and .pdf show the first seed of the first setting; with several settings pairs.png
    and .pdf show the scores of all.
    """
    save_json(summary(results, command), out / 'metrics.json')
    first = {}
    for result, *_ in _by_setting(results):
        label = f'{result.config.network}, lr {_training(result.config)}'
        first.setdefault(result.config.arm, (label, result))
    histories = {label: (r.train_step_losses, r.dev_losses, r.dev_scores)
                 for label, r in first.values()}
    config, comparisons = results[0].config, compare(results)
    title = (f'{config.n_train} digits, batches of {config.batch_size}, '
             f'{config.epochs} epochs, seed {config.seed}')
    figures = {'curves': plot_arms(histories, title)}
    if len(comparisons) > 1:
        figures['pairs'] = plot_pairs({setting_name(c.setting): c for c in comparisons})
    for name, figure in figures.items():
        save_figure(figure, out / f'{name}.png')
        save_figure(figure, out / f'{name}.pdf')


def _verdict(comparison):
    difference = comparison.difference
    n_seeds, n_test = len(comparison.seeds), comparison.setting.n_test
    says = (f'residual - plain on {n_test} test digits: {100 * difference.estimate:+.1f} points')
    if n_seeds == 1:
        p, = comparison.p_values
        p = '< 0.001' if p < 0.001 else f'= {p:.3f}'
        return (f'{says} in one run (McNemar p {p}: that is about these two trained '
                'networks). One run cannot show how much is chance of the seed: try --seeds 5.')
    says += (f' (95% t interval over {n_seeds} seeds {100 * difference.low:+.1f} to '
             f'{100 * difference.high:+.1f})')
    if difference.holds_zero:
        return f'{says}. Nothing shown: the interval holds 0.'
    return f'{says}. The interval does not hold 0.'


def _by_setting(results):
    """Lists of the results that differ in their seed alone."""
    groups = {}
    for result in results:
        groups.setdefault(result.config.setting, []).append(result)
    return groups.values()


def _training(config):
    return (f'{config.lr:g}' + (f' ({config.momentum:g})' if config.momentum else '')
            + (', one cycle' if config.schedule == 'one_cycle' else '')
            + ('' if config.batch_norm else ', no batch normalisation')
            + {'torch': '', 'he': ', He', 'he_live': ', He over live products'}[config.init])


def _plain(content):
    """Infinite numbers replaced by None, for JSON."""
    if isinstance(content, dict):
        return {key: _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return None if content in (float('inf'), float('-inf')) else content


def _row(group):
    first, n = group[0], len(group)
    if n == 1:
        test = wilson_interval(first.test_correct, first.n_test)
    else:
        test = mean_interval([result.test_score for result in group])

    def mean(values):
        return sum(value or 0 for value in values) / n

    return (
        first.config.network,
        _training(first.config),
        f'{100 * mean(r.dev_score for r in group):.1f}%',
        f'{100 * test.estimate:.1f}% ({100 * test.low:.1f} to {100 * test.high:.1f})',
        f'{mean(r.loss_after_15_steps for r in group):.3f}',
        f'{first.parameters:,}',
        f'{first.multiply_adds / 1e6:.2f} M',
        f'{mean(r.seconds for r in group):.1f}',
    )
