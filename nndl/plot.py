"""Figures of a training and of feature maps."""

import io
import sys
from functools import cache, partial
from pathlib import Path
from types import ModuleType

from nndl.files import write_whole

__all__ = ['plot_training_loss_acc', 'show_maps', 'new_figure', 'save_figure', 'label']

# From a palette for colour-blind readers (Okabe and Ito).
BLUE, ORANGE, GREEN, PURPLE = '#0072b2', '#d55e00', '#009e73', '#aa4499'
GREY = '#555555'
LABELS = {}  # {label in English: what is drawn}, of the language of the lab


def plot_training_loss_acc(runner, fig_name=None, fig_size=(12, 4.5), sample_step=20,
                           loss_legend_loc='upper right', acc_legend_loc='lower right',
                           train_color=PURPLE, dev_color=GREEN, fontsize='large',
                           train_linestyle='-', dev_linestyle='--', labels=None):
    """Loss on training and dev digits over the steps, and the dev accuracy.

    Args:
        runner: a trained runner; its ``train_step_losses``, ``dev_losses`` and ``dev_scores``.
        fig_name: file to save to (.pdf, .png or .svg); None: not saved.
        sample_step: draw every ``sample_step``-th training loss, or more, so that at least 100
            are drawn.
        labels: {label in English: what is drawn}, such as {'loss': 'Verlust'}; others are drawn in
            the language of the lab.

    Returns:
        The ``Figure``.
    """
    if not getattr(runner, 'train_step_losses', None):
        raise ValueError('the runner has not been trained: there is nothing to draw')
    figure = new_figure(fig_size)
    left, right = figure.subplots(1, 2)
    every = max(1, min(sample_step, len(runner.train_step_losses) // 100))
    steps, losses = zip(*runner.train_step_losses[::every], strict=True)
    say = partial(label, labels=labels)
    name = say('training loss, every {0} steps', every) if every > 1 else say('training loss')
    left.plot(steps, losses, color=train_color, linestyle=train_linestyle, label=name)
    if runner.dev_losses:
        dev_steps, dev_losses = zip(*runner.dev_losses, strict=True)
        left.plot(dev_steps, dev_losses, color=dev_color, linestyle=dev_linestyle, marker='o',
                  label=say('dev loss'))
        right.plot(dev_steps, runner.dev_scores, color=dev_color, linestyle=dev_linestyle,
                   marker='o', label=say('dev accuracy'))
        right.legend(loc=acc_legend_loc, fontsize=fontsize)
    left.set_ylim(bottom=0)
    left.legend(loc=loss_legend_loc, fontsize=fontsize)
    right.set_ylim(0, 1.02)
    for axes, what in ((left, 'loss'), (right, 'accuracy')):
        axes.set_ylabel(say(what), fontsize=fontsize)
        axes.set_xlabel(say('step'), fontsize=fontsize)
        axes.set_xlim(left=0, right=1.02 * runner.train_step_losses[-1][0] + 1)  # the last marker
    save_figure(figure, fig_name)
    return figure


def show_maps(maps, titles, columns=None):
    """Feature maps, or images, in a row (or in several), each on its own grey scale.

    Args:
        maps: (C, H, W), or a list of (H, W).
        titles: one for each map.
        columns: maps in a row; by default all.

    Returns:
        The ``Figure``.
    """
    columns = columns or len(titles)
    rows = -(-len(titles) // columns)
    figure = new_figure((1.5 * columns, 1.75 * rows))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes:
        ax.set_axis_off()
    for ax, image, title in zip(axes, maps, titles, strict=False):
        ax.imshow(image.detach().cpu().numpy(), cmap='gray')
        ax.set_title(title, fontsize=max(11, 1.6 * columns))  # wide figures are shown smaller
    figure.alt = label('{0} images: {1}', len(titles), ', '.join(titles))
    return figure


def label(text, *values, labels=None):
    """A label in the language of the lab, or as ``labels`` has it, with values put in."""
    return {**LABELS, **(labels or {})}.get(text, text).format(*values)


def new_figure(size):
    """An empty ``Figure`` that a notebook shows when it is the last value of a cell."""
    return _shown_figure()(figsize=size, layout='constrained')


@cache
def _shown_figure():
    from matplotlib.figure import Figure  # matplotlib is imported only to draw

    class ShownFigure(Figure):
        """Shown by the notebook, without a second copy kept by pyplot."""

        def _repr_png_(self):
            file = io.BytesIO()
            self.savefig(file, format='png', dpi=80)
            return file.getvalue()

    return ShownFigure


def save_figure(figure, path):
    """Save in the format that the name ends in, whole or not at all; None: do not save.

    Raises:
        ValueError: naming the formats, if matplotlib does not know this one.
    """
    if path is not None:
        ending = Path(path).suffix.lower()[1:] or 'none'
        write_whole(path, lambda file: figure.savefig(file, format=ending, dpi=150))


class _CalledAsTheBookDoes(ModuleType):
    """``plot(runner, fig_name)`` of the textbook draws as ``plot_training_loss_acc`` does."""

    __call__ = staticmethod(plot_training_loss_acc)


sys.modules[__name__].__class__ = _CalledAsTheBookDoes
