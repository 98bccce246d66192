"""Tables, sentences and figures of the results of an ablation."""

import math

from nndl.plot import label, save_figure
from nndl.study.pairs import decide
from nndl.study.plot_pairs import plot_arms, plot_pairs
from nndl.study.stats import mean_interval, wilson_interval

__all__ = ['notes', 'pair_rows', 'rate_rows', 'run_rows', 'setting_name', 'table',
           'write_figures']

ONE_PAIR = ('One pair each. McNemar p {p}: about these two trained networks on digits like these, '
            'not about other seeds. Several seeds: --seeds 5.')
ONE_RATE = ('Both arms have one learning rate here, and the difference depends on it. Each at its '
            'own best rate: --tune.')
WORDS = ('p: paired t test, adjusted for {n} comparison{s} (Holm). helps, harms: p below 0.05. '
         'equivalent: the interval lies within +-0.5 points. undecided: neither.')


def table(rows, markdown=False):
    """Rows of texts, the first of them the header, as lines with aligned columns or in Markdown."""
    if markdown:
        lines = [f'| {" | ".join(row)} |' for row in rows]
        return '\n'.join([lines[0], '|---' * len(rows[0]) + '|', *lines[1:]])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ['  '.join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return '\n'.join([lines[0], '-' * max(map(len, lines)), *lines[1:]])


def run_rows(results):
    """A row for each network and setting; with several seeds means over them.

    The interval of the test score is Wilson's for one seed, and the t interval of the mean over
    several seeds.
    """
    groups = {}
    for result in results:
        groups.setdefault(result.config.setting, []).append(result)
    header = ('network', 'lr (momentum)', 'dev', 'test (95% interval)', 'loss after 15 steps',
              'parameters', 'multiply-adds', 'seconds')
    return [tuple(map(label, header)), *map(_run_row, groups.values())]


def pair_rows(comparisons):
    """A row for each comparison: mean scores, the paired difference and the decision.

    The last two columns are the p value and the decision of ``decide`` on these comparisons.
    """
    rows = [tuple(map(label, (
        'setting', 'pairs', 'plain', 'residual', 'residual - plain, points (95% interval)',
        'median', 'p', 'shows')))]
    for each, (p, shows) in zip(comparisons, decide(comparisons), strict=True):
        one = len(each.pairs) == 1
        mean, low, high = (100 * value for value in each.difference)
        rows.append((
            setting_name(each), str(len(each.pairs)), _percent(each.plain_scores),
            _percent(each.residual_scores),
            f'{mean:+.1f}' + ('' if one else f' ({low:+.1f}{label(" to ")}{high:+.1f})'),
            f'{100 * each.median:+.1f}', '-' if one else _p(p), '-' if one else label(shows)))
    return rows


def rate_rows(scores):
    """A row for each network: its mean dev score at every learning rate, the best one starred.

    Args:
        scores: as ``dev_scores`` returns them.
    """
    rates = sorted({lr for of_rates in scores.values() for lr in of_rates})
    return [(label('dev score at lr'), *(f'{lr:g}' for lr in rates)),
            *((f'{label(arm)}-{depth}', *(f'{100 * of_rates[lr]:.1f}%'
                                   + '*' * (lr == max(of_rates, key=of_rates.get))
                                   if lr in of_rates else '' for lr in rates))
              for (arm, depth), of_rates in scores.items())]


def notes(results, comparisons, tuned=False):
    """Limits of the tables, a sentence or two a line; ``tuned``: the rates were each arm's best."""
    lines = [WORDS.format(n=len(comparisons), s='s' * (len(comparisons) != 1))]
    if all(len(each.pairs) == 1 for each in comparisons):
        lines = [ONE_PAIR.format(p=', '.join(_p(each.mcnemar[0]) for each in comparisons))]
    if not tuned:
        lines.append(ONE_RATE)
    lines += [f'{r.config.name}, lr {_training(r.config)}: the loss was not finite in step '
              f'{r.diverged_at}, which ended the training'
              for r in results if r.diverged_at is not None]
    return '\n'.join(lines)


def setting_name(comparison):
    """Depth, rates and what is not the default: '34 layers, lr 0.003 and 0.01 (own), He'."""
    config, (plain, residual) = comparison.setting, comparison.rates
    rates = (f'{plain:g}' if plain == residual
             else label('{0:g} and {1:g} (own)', plain, residual))
    return (label('{0} layers, lr {1}', config.depth, _training(config, rates))
            + (label(', epochs: {0}', config.epochs) if config.epochs != 5 else '')
            + (label(', full MNIST') if config.source == 'full' else ''))


def write_figures(results, comparisons, out):
    """The figures, as .png and .pdf in the folder ``out``.

    curves shows the first seed of the first setting; with several pairs, pairs shows all scores.
    """
    first = {result.config.arm: result for result in reversed(results)}
    histories = {f'{r.config.network}, lr {_training(r.config)}':
                 (r.train_step_losses, r.dev_losses, r.dev_scores)
                 for arm in ('plain', 'residual', 'lenet') if (r := first.get(arm))}
    config = results[0].config
    title = (f'{config.n_train} digits, batches of {config.batch_size}, '
             f'{config.epochs} epochs, seed {config.seed}')
    figures = {'curves': plot_arms(histories, title)}
    if sum(len(each.pairs) for each in comparisons) > 1:
        figures['pairs'] = plot_pairs({setting_name(each): each for each in comparisons})
    for name, figure in figures.items():
        save_figure(figure, out / f'{name}.png')
        save_figure(figure, out / f'{name}.pdf')


def _training(config, rates=None):
    return ((rates or f'{config.lr:g}') + (f' ({config.momentum:g})' if config.momentum else '')
            + (label(', one cycle') if config.schedule == 'one_cycle' else '')
            + ('' if config.batch_norm else label(', no batch normalisation'))
            + {'torch': '', 'he': ', He', 'he_live': label(', He over live products')}[config.init])


def _percent(scores):
    return f'{100 * math.fsum(scores) / len(scores):.1f}%'


def _p(value):
    return '< 0.001' if value < 0.001 else f'{value:.3f}'


def _run_row(group):
    first = group[0]
    if len(group) == 1:
        test = wilson_interval(first.test_correct, first.n_test)
    else:
        test = mean_interval([result.test_score for result in group])
    losses = [r.loss_after_15_steps for r in group if r.loss_after_15_steps is not None]
    return (
        first.config.network, _training(first.config), _percent([r.dev_score for r in group]),
        f'{100 * test.estimate:.1f}% ({100 * test.low:.1f} to {100 * test.high:.1f})',
        f'{math.fsum(losses) / len(losses):.3f}' if losses else '-',
        f'{first.parameters:,}', f'{first.multiply_adds / 1e6:.2f} M',
        f'{math.fsum(r.seconds for r in group) / len(group):.1f}')
