"""Figures of runs and pairs with and without the residual connection."""

from nndl.plot import GREY, LINES, looks_of, new_figure
from nndl.study.stats import mean_interval

__all__ = ['HE_ET_AL', 'plot_arms', 'plot_depth', 'plot_differences', 'plot_pairs']

# Top-1 error in % on ImageNet's validation images, {layers: error}: He et al. 2015, *Deep
# residual learning for image recognition*, table 2.
HE_ET_AL = {'plain': {18: 27.94, 34: 28.54}, 'residual': {18: 27.88, 34: 25.03}}


def plot_arms(histories, title=''):
    """Training loss and dev accuracy of several networks over the steps.

    Args:
        histories: {label: (train_step_losses, dev_losses, dev_scores)}, as a runner keeps them;
            at most three.
        title: above the figure.

    Returns:
        The ``Figure``.
    """
    looks = looks_of(histories)
    figure = new_figure((12, 4.5))
    left, right = figure.subplots(1, 2)
    for label, (train_step_losses, dev_losses, dev_scores) in histories.items():
        look = {**looks[label], 'label': label}
        left.plot(*zip(*train_step_losses, strict=True), markevery=10, **look)
        right.plot([step for step, _ in dev_losses], dev_scores, **look)
    left.set_ylabel('training loss of the batch')
    right.set_ylabel('accuracy on the dev digits')
    left.set_ylim(bottom=0)
    right.set_ylim(0, 1.02)
    for axes in (left, right):
        axes.set_xlabel('training step')
        axes.set_xlim(left=0)
        axes.grid(alpha=0.3)
    left.legend(loc='upper right')
    right.legend(loc='lower right')
    figure.suptitle(title)
    return figure


def plot_pairs(comparisons, title='', axes=None):
    """Test accuracy with and without the residual connection: seeds, mean and 95% t interval.

    Args:
        comparisons: {label below the axis: ``Comparison`` (or anything with its
            ``plain_scores``, ``residual_scores``, ``plain`` and ``residual``)}.
        title: above the axes.
        axes: where to draw; None: a figure of its own.

    Returns:
        The ``Figure``.
    """
    figure = axes.figure if axes else new_figure((2 + 2 * len(comparisons), 4.5))
    axes = axes or figure.subplots()
    for arm, shift, (color, _, marker) in zip(('plain', 'residual'), (-0.14, 0.14), LINES,
                                              strict=False):
        for place, comparison in enumerate(comparisons.values()):
            _dots(axes, place + shift, getattr(comparison, f'{arm}_scores'),
                  getattr(comparison, arm), color, marker, None if place else arm)
    axes.set_xticks(range(len(comparisons)), comparisons)
    axes.set_xlim(-0.5, len(comparisons) - 0.5)
    axes.set_ylim(0, 102)
    axes.set_ylabel('accuracy on the test digits, %')
    axes.grid(axis='y', alpha=0.3)
    _legend(axes)
    axes.set_title(title)
    return figure


def plot_depth(comparisons, title):
    """Accuracy against depth, and beside it what He et al. found on ImageNet.

    Args:
        comparisons: ``Comparison`` for each depth, all else equal.
        title: above the left half, what was trained on what.

    Returns:
        The ``Figure``.
    """
    figure = new_figure((11, 4.6))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    plot_pairs({f'{c.setting.depth} layers': c for c in comparisons}, title, axes=left)
    for (arm, errors), (color, style, marker) in zip(HE_ET_AL.items(), LINES, strict=False):
        places, scores = range(len(errors)), [100 - error for error in errors.values()]
        right.plot(places, scores, color=color, linestyle=style, marker=marker, label=arm)
        for place, score in zip(places, scores, strict=True):
            right.annotate(f'{score:.2f}', (place, score), xytext=(-8 if place == 0 else 8, 0),
                           textcoords='offset points', color=color,
                           ha='right' if place == 0 else 'left',
                           va='bottom' if arm == 'residual' else 'top')
    right.set_xticks(range(2), [f'{depth} layers' for depth in HE_ET_AL['plain']])
    right.set(xlim=(-0.5, 1.5), ylim=(69.5, 76.5), title='ImageNet, He et al. 2015 (one run each)',
              ylabel='top-1 accuracy, % (the axis does not begin at 0)')
    right.grid(axis='y', alpha=0.3)
    right.legend(loc='upper left')
    return figure


def plot_differences(groups, title=''):
    """Residual - plain: every pair a dot, the mean with its 95% t interval.

    Args:
        groups: {label: differences of the pairs, as shares of 1}.
        title: above the axes.

    Returns:
        The ``Figure``.
    """
    figure = new_figure((9, 1.2 + 0.62 * len(groups)))
    axes = figure.subplots()
    axes.axvline(0, color='black', linewidth=1)
    for row, values in enumerate(groups.values()):
        mean = mean_interval(values)
        color = GREY if mean.holds_zero else 'black'
        heights = [row + 0.2 + 0.07 * rank for rank in _ranks(values)]
        axes.plot([100 * v for v in values], heights, 'o', color=color, alpha=0.6, markersize=4)
        axes.plot([100 * mean.low, 100 * mean.high], [row - 0.08] * 2, color=color, linewidth=2.5,
                  linestyle=':' if mean.holds_zero else '-')
        axes.plot(100 * mean.estimate, row - 0.08, 'D', color=color)
    axes.set_yticks(range(len(groups)), groups)
    axes.set_ylim(len(groups) - 0.4, -0.5)
    axes.set_xlabel('residual - plain, points of accuracy: pairs (dots), their mean with its 95% '
                    'interval;\ndotted grey where the interval holds 0')
    axes.grid(axis='x', alpha=0.3)
    axes.set_title(title)
    return figure


def _ranks(values):
    """How many equal ones stand before each: equal dots would hide each other."""
    return [values[:k].count(value) for k, value in enumerate(values)]


def _legend(axes):
    """The arms, and what the line and the bar of a group are."""
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    handles += [Line2D([], [], color=GREY, linewidth=3), Line2D([], [], color=GREY, linewidth=2,
                marker='|', linestyle='none', markersize=14, markeredgewidth=2)]
    axes.legend(handles, [*(f'{label}, each seed' for label in labels), 'mean',
                          '95% interval of the mean'], loc='lower left', fontsize=9)


def _dots(axes, x, scores, interval, color, marker, label):
    """Each seed a pale dot, the mean a line, the 95% interval a bar, kept within 0 to 100%."""
    spread = [x + 0.05 * (i % 3 - 1) for i in range(len(scores))]
    axes.plot(spread, [100 * s for s in scores], marker, color=color, alpha=0.45, markersize=5,
              label=label)
    low, high = max(0, interval.low), min(1, interval.high)
    axes.plot([x, x], [100 * low, 100 * high], color=color, linewidth=2)
    axes.plot([x - 0.11, x + 0.11], [100 * interval.estimate] * 2, color=color, linewidth=3)
