"""Figures of runs and pairs with and without the residual connection.

Lines differ in style and marker as well as in colour, for readers who do not tell colours apart.
"""

from nndl.plot import BLUE, GREY, ORANGE, label, new_figure

__all__ = ['plot_arms', 'plot_pairs']

ROW = ('{0}: plain {1:.1f}%, residual {2:.1f}%; difference of {3} pairs {4:+.1f} points, '
       '95% interval {5:+.1f} to {6:+.1f}, single pairs {7:+.1f} to {8:+.1f}.')
LINES = [(ORANGE, '--', 's'), (BLUE, '-', 'o'), (GREY, ':', '^')]  # colour, style, marker


def plot_arms(histories, title=''):
    """Training loss and dev accuracy of several networks over the steps.

    Args:
        histories: {label: (train_step_losses, dev_losses, dev_scores)}, as a runner keeps them;
            at most three.
        title: above the figure.

    Returns:
        The ``Figure``.
    """
    if len(histories) > len(LINES):
        raise ValueError(f'{len(histories)} networks in one figure: at most {len(LINES)} can be '
                         'told apart')
    figure = new_figure((12, 4.5))
    left, right = figure.subplots(1, 2)
    for (name, (train_step_losses, dev_losses, dev_scores)), line in zip(
            histories.items(), LINES, strict=False):
        look = {**dict(zip(('color', 'linestyle', 'marker'), line, strict=True)), 'label': name}
        left.plot(*zip(*train_step_losses, strict=True), markevery=10, **look)
        right.plot([step for step, _ in dev_losses], dev_scores, **look)
    left.set_ylabel(label('training loss of the batch'))
    right.set_ylabel(label('accuracy on the dev digits'))
    left.set_ylim(bottom=0)
    right.set_ylim(0, 1.02)
    for axes in (left, right):
        axes.set_xlabel(label('training step'))
        axes.set_xlim(left=0)
        axes.grid(alpha=0.3)
    left.legend(loc='upper right')
    right.legend(loc='lower right')
    figure.suptitle(title)
    return figure


def plot_pairs(comparisons, title=''):
    """Test accuracy of both arms, and their paired differences; every pair is a dot.

    Args:
        comparisons: {name of the row: ``Comparison``}.
        title: above the figure.

    Returns:
        The ``Figure``: a row for each comparison; on the left the accuracies with their means, on
        the right the differences with their mean and its 95% t interval, dotted and grey where
        it holds 0. Each row has a scale of its own on the right.
    """
    figure = new_figure((11, 1.2 + 1.05 * len(comparisons)))
    axes = figure.subplots(len(comparisons), 2, squeeze=False, width_ratios=(4, 5))
    for row, (title_of_row, each) in zip(axes, comparisons.items(), strict=True):
        for y, name, scores in ((1, 'plain', each.plain_scores),
                                (0, 'residual', each.residual_scores)):
            colour, _, marker = LINES[1 - y]
            _dots(row[0], y, scores, colour, marker)
            left = sum(scores) > 0.5 * len(scores)  # where no dots are
            row[0].text(1 if left else 101, y, label(name), color=colour, va='center', fontsize=9,
                        ha='left' if left else 'right')
        row[0].set(ylim=(-0.6, 1.6), yticks=[], xlim=(0, 102))
        row[0].set_ylabel(title_of_row, rotation=0, ha='right', va='center')
        _differences(row[1], each)
    axes[-1, 0].set_xlabel(label('accuracy on the test digits, %'))
    axes[-1, 1].set_xlabel(label('residual - plain, points, each row on a scale of its own;\n'
                                 'below the pairs their mean with its 95% interval'))
    figure.suptitle(title)
    figure.alt = ' '.join([title, *(_sentence(*each) for each in comparisons.items())])
    return figure


def _sentence(title, comparison):
    """The numbers of one row, for readers who do not see the figure."""
    plain, residual = (100 * sum(scores) / len(scores) for scores in (
        comparison.plain_scores, comparison.residual_scores))
    low, high = 100 * min(comparison.differences), 100 * max(comparison.differences)
    return label(ROW, title, plain, residual, len(comparison.pairs),
                 *(100 * value for value in comparison.difference), low, high)


def _differences(axes, comparison):
    """Dots of the pairs above, mean and interval below; a line at 0."""
    mean = comparison.difference
    colour = GREY if mean.holds_zero else 'black'
    axes.axvline(0, color='black', linewidth=1)
    _dots(axes, 1, comparison.differences, colour, 'o', line=False)
    if len(comparison.pairs) > 1:
        axes.plot([100 * mean.low, 100 * mean.high], [0, 0], color=colour, linewidth=2.5,
                  linestyle=':' if mean.holds_zero else '-')
    axes.plot(100 * mean.estimate, 0, 'D', color=colour)
    axes.set(ylim=(-0.6, 1.6), yticks=[])
    axes.grid(axis='x', alpha=0.3)


def _dots(axes, y, shares, colour, marker, line=True):
    """Every share of 1 a pale dot in %, spread upwards and downwards; a line at their mean."""
    spread = [y + 0.3 * ((0.618 * k) % 1 - 0.5) for k in range(len(shares))]
    axes.plot([100 * share for share in shares], spread, marker, color=colour, alpha=0.45,
              markersize=4)
    if line:
        mean = 100 * sum(shares) / len(shares)
        axes.plot([mean, mean], [y - 0.35, y + 0.35], color=colour, linewidth=2.5)
    axes.grid(axis='x', alpha=0.3)
