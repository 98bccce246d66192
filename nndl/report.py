"""The results of an ablation for people: a table, a verdict, figures, a file."""

from dataclasses import asdict, replace

from nndl.files import save_json
from nndl.pairs import compare
from nndl.plot import plot_arms
from nndl.plot_pairs import plot_pairs
from nndl.stats import mean_interval, wilson_interval

__all__ = ['setting_name', 'setting_names', 'summary', 'table', 'verdict', 'write_outputs']

COLUMNS = ('network', 'lr (momentum)', 'dev', 'test (95% interval)', 'loss after 15 steps',
           'parameters', 'multiply-adds', 'seconds')
UNNAMED = 'num_blocks', 'batch_size', 'epochs', 'n_train', 'n_dev', 'n_test', 'source', 'image_size'


def table(results):
    """One line a network and setting; with several seeds means over them.

    The interval of the test score is Wilson's for one seed, and the t interval of the mean over
    several seeds.
    """
    rows = [_row(*key, group) for key, group in _by_network(results).items()]
    widths = [max(len(row[i]) for row in [COLUMNS, *rows]) for i in range(len(COLUMNS))]
    lines = ['  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in [COLUMNS, *rows]]
    return '\n'.join([lines[0], '-' * max(map(len, lines)), *lines[1:]])


def verdict(results):
    """What the pairs say about the residual connection, one line for each setting."""
    comparisons = compare(results)
    lines = [_verdict(comparison) for comparison in comparisons]
    if len(lines) > 1:
        names = setting_names([comparison.setting for comparison in comparisons])
        lines = [f'{name}: {line}' for name, line in zip(names, lines, strict=True)]
    return '\n'.join(lines)


def setting_name(config):
    """A setting in a few words."""
    return f'{config.depth} layers, lr {_training(config)}'


def setting_names(configs):
    """A name for each of some settings; what else they differ in is added if two would be alike."""
    names = [setting_name(config) for config in configs]
    if len(set(names)) < len(set(configs)):
        more = [name for name in UNNAMED if len({getattr(c, name) for c in configs}) > 1]
        names = [', '.join([name, *(f'{field} {getattr(config, field)}' for field in more)])
                 for name, config in zip(names, configs, strict=True)]
    return names


def summary(results, command):
    """Plain data: what was run, on what, and what every setting's pairs show.

    Shares of 1; intervals are [estimate, low, high], t intervals at 95% unless named otherwise;
    infinite ends (one seed) are None.
    """
    dates = [r.date for r in results]
    return {'command': command, 'date': [min(dates), max(dates)], 'runs': len(results),
            'cpu_seconds': sum(r.cpu_seconds for r in results),
            'versions': results[0].versions, 'machine': results[0].machine,
            'settings': [_plain(asdict(comparison)) for comparison in compare(results)]}


def write_outputs(results, out, command):
    """metrics.json and the figures in the folder ``out``.

    curves.png and .pdf show the first seed of the first setting; with several settings pairs.png
    and .pdf show the scores of all.
    """
    save_json(summary(results, command), out / 'metrics.json')
    first = {label: (r.train_step_losses, r.dev_losses, r.dev_scores)
             for label, r in _first_of_each_arm(results).items()}
    settings = results[0].config
    title = (f'{settings.n_train} digits, batches of {settings.batch_size}, '
             f'{settings.epochs} epochs, seed {settings.seed}')
    comparisons = compare(results)
    names = setting_names([c.setting for c in comparisons])
    for suffix in ('png', 'pdf'):
        plot_arms(first, title, out / f'curves.{suffix}')
        if len(comparisons) > 1:
            plot_pairs(dict(zip(names, comparisons, strict=True)),
                       fig_name=out / f'pairs.{suffix}')


def _first_of_each_arm(results):
    """{label: the first run of the first setting's arms, and of LeNet-5}."""
    arms = {}
    for (network, how), (result, *_) in _by_network(results).items():
        arms.setdefault(result.config.arm, (f'{network}, lr {how}', result))
    return dict(arms.values())


def _verdict(comparison):
    difference = comparison.difference
    n_seeds, n_test = len(comparison.seeds), comparison.setting.n_test
    says = (f'residual - plain on {n_test} test digits: {100 * difference.estimate:+.1f} points')
    if n_seeds == 1:
        p = comparison.p_values[0]
        return (f'{says} in one run (McNemar p {_p_value(p)}: that is about these two trained '
                'networks). One run cannot show how much is chance of the seed: try --seeds 5.')
    says += (f' (95% t interval over {n_seeds} seeds {100 * difference.low:+.1f} to '
             f'{100 * difference.high:+.1f})')
    if difference.holds_zero:
        return f'{says}. Nothing shown: the interval holds 0.'
    return f'{says}. The interval does not hold 0.'


def _p_value(p):
    return '< 0.001' if p < 0.001 else f'= {p:.3f}'


def _by_network(results):
    """{(network, how it was trained): results over the seeds}."""
    groups = {}
    for result in results:
        groups.setdefault(replace(result.config, seed=0), []).append(result)
    names = setting_names([replace(config, arm='residual') for config in groups])
    return {(_network(config), name.partition(', lr ')[2]): group
            for name, (config, group) in zip(names, groups.items(), strict=True)}


def _network(config):
    return config.name.rpartition('-seed')[0].replace('lenet', 'LeNet-5')


def _training(config):
    return (f'{config.lr:g}' + (f' ({config.momentum:g})' if config.momentum else '')
            + (', one cycle' if config.schedule == 'one_cycle' else '')
            + ('' if config.batch_norm else ', no batch normalisation'))


def _plain(content):
    """Without infinite numbers, which JSON does not have."""
    if isinstance(content, dict):
        return {key: _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return None if content in (float('inf'), float('-inf')) else content


def _row(network, how, group):
    first, n = group[0], len(group)
    if n == 1:
        test = wilson_interval(first.test_correct, first.n_test)
    else:
        test = mean_interval([result.test_score for result in group])

    def mean(values):
        return sum(values) / n

    return (
        network,
        how,
        f'{100 * mean(r.dev_score for r in group):.1f}%',
        f'{100 * test.estimate:.1f}% ({100 * test.low:.1f} to {100 * test.high:.1f})',
        f'{mean(r.loss_after_15_steps for r in group):.3f}',
        f'{first.parameters:,}',
        f'{first.multiply_adds / 1e6:.2f} M',
        f'{mean(r.seconds for r in group):.1f}',
    )
