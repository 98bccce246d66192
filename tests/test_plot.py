"""Figures: what is drawn, and how it is saved."""

from types import SimpleNamespace

import pytest
import torch
from matplotlib.figure import Figure

from nndl.plot import plot_training_loss_acc, show_maps


@pytest.fixture
def runner():
    return SimpleNamespace(
        train_step_losses=[(step, 3 / (step + 1)) for step in range(80)],
        dev_losses=[(15, 2.0), (30, 1.0), (79, 0.5)], dev_scores=[0.2, 0.6, 0.9])


@pytest.mark.parametrize(('name', 'magic'), [('a.pdf', b'%PDF'), ('b.png', b'\x89PNG'),
                                             ('folder/c.svg', b'<?xml')])
def test_saved_as_named(runner, tmp_path, name, magic):
    figure = plot_training_loss_acc(runner, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(magic)
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b'\x89PNG')


def test_textbook_call_and_what_is_drawn(runner):
    figure = plot_training_loss_acc(
        runner, fig_name=None, fig_size=(16, 6), sample_step=20, loss_legend_loc='upper right',
        acc_legend_loc='lower right', train_color='#8E004D', dev_color='#E20079',
        fontsize='x-large', train_linestyle='-', dev_linestyle='--')
    left, right = figure.axes
    training, dev = left.lines
    assert dev.get_xydata().tolist() == [[15, 2.0], [30, 1.0], [79, 0.5]]
    assert right.lines[0].get_ydata().tolist() == [0.2, 0.6, 0.9]
    assert training.get_xdata().tolist() == list(range(80))
    assert training.get_label() == 'training loss'
    assert training.get_color() == '#8E004D'
    assert figure.get_size_inches().tolist() == [16, 6]
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes] == [
        ('step', 'loss'), ('step', 'accuracy')]


def test_of_many_losses_some_are_drawn_and_it_says_so():
    runner = SimpleNamespace(train_step_losses=[(step, 1.0) for step in range(950)], dev_losses=[])
    training, = plot_training_loss_acc(runner).axes[0].lines
    assert training.get_xdata().tolist() == list(range(0, 950, 9))
    assert training.get_label() == 'training loss, every 9 steps'


def test_maps_are_shown(tmp_path):
    maps = torch.arange(5 * 12).reshape(5, 3, 4)
    figure = show_maps(maps, list('abcde'), columns=3)
    assert len(figure.axes) == 6
    for axes, image, title in zip(figure.axes, maps, 'abcde', strict=False):
        assert axes.get_title() == title
        assert axes.images[0].get_array().tolist() == image.tolist()
    assert not figure.axes[5].images


def test_without_dev_scores(runner):
    runner.dev_losses, runner.dev_scores = [], []
    figure = plot_training_loss_acc(runner)
    assert [len(axes.lines) for axes in figure.axes] == [1, 0]


def test_wrong_calls_are_refused(runner, tmp_path):
    with pytest.raises(ValueError, match="Format 'none' is not supported .*: .*pdf"):
        plot_training_loss_acc(runner, tmp_path / 'cnn-loss2')
    assert list(tmp_path.iterdir()) == []
    runner.train_step_losses = []
    with pytest.raises(ValueError, match='has not been trained'):
        plot_training_loss_acc(runner)
