"""Figures of gradients and blocks; each takes the numbers of ``gradients`` or ``blocks``."""

from nndl.plot import looks_of, new_figure

__all__ = ['plot_by_block', 'plot_gradient_logs']

MOST_NAMES = 12  # below an axis; where there are more blocks they are counted


def plot_by_block(networks, ylabel, title='', log=False, axes=None):
    """One number a block, from the input to the output.

    Args:
        networks: {label: {name of the block: number}}, at most three, with equal names.
        ylabel, title: of the axes.
        log: a logarithmic scale.
        axes: where to draw; None: a figure of its own.

    Returns:
        The ``Figure``.
    """
    axes = _lines({label: (range(1, len(numbers) + 1), list(numbers.values()))
                   for label, numbers in networks.items()}, axes)
    names = list(next(iter(networks.values())))
    if len(names) <= MOST_NAMES:
        axes.set_xticks(range(1, len(names) + 1), names)
        axes.set_xlabel('block, from the input to the output')
    else:
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel('block (1 is next to the input)')
    if log:
        axes.set_yscale('log')
    axes.set_ylabel(ylabel)
    return _finish(axes, title)


def plot_gradient_logs(networks, title=''):
    """Gradient norm of every block along the training; the colour says which block.

    Args:
        networks: {label: ``GradientLog``}.
        title: of the figure.

    Returns:
        The ``Figure``.
    """
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    figure = new_figure((1 + 5.5 * len(networks), 4))
    places = figure.subplots(1, len(networks), sharey=True, squeeze=False)[0]
    most = max(len(log.norms) for log in networks.values())
    shades = [colormaps['viridis'](0.85 * i / max(1, most - 1)) for i in range(most)]  # no yellow
    colours = ScalarMappable(Normalize(1, most), ListedColormap(shades))
    for axes, (label, log) in zip(places, networks.items(), strict=True):
        for number, norms in enumerate(log.norms.values(), start=1):
            ends = {1: ('o', 'first block'), len(log.norms): ('s', 'last block')}
            marker, name = ends.get(number, (None, None))
            axes.plot(log.steps, norms, color=colours.to_rgba(number), marker=marker, label=name,
                      markersize=4, linewidth=2 if name else 1)
        axes.set(yscale='log', xlabel='training step')
        _finish(axes, label)
    figure.axes[0].set_ylabel('norm of the gradient of conv1')
    figure.colorbar(colours, ax=figure.axes, label='block (1 is next to the input)')
    figure.suptitle(title)
    return figure


def _lines(networks, axes):
    """{label: (x, y)} as lines that can be told apart; the axes."""
    axes = axes or new_figure((8, 4)).subplots()
    looks = looks_of(networks)
    for label, points in networks.items():
        axes.plot(*points, label=label, markersize=4, **looks[label])
    return axes


def _finish(axes, title):
    axes.grid(alpha=0.3)
    axes.legend()
    axes.set_title(title)
    return axes.figure
