"""Figures of what goes on inside: what is drawn are the numbers that were given."""

from types import SimpleNamespace

import pytest

from nndl.study.plot_inside import plot_by_block, plot_gradient_logs


def lines(axes, n=2):
    """(label, y) of the first lines, each told apart by more than its colour."""
    drawn = axes.lines[:n]
    assert len({(line.get_linestyle(), line.get_marker()) for line in drawn}) == n
    return {line.get_label(): list(line.get_ydata()) for line in drawn}


def test_one_number_a_block():
    figure = plot_by_block({'plain': {'a': 3.0, 'b': 2.0}, 'residual': {'a': 1.0, 'b': 1.5}},
                           'norm', log=True)
    axes, = figure.axes
    assert lines(axes) == {'plain': [3, 2], 'residual': [1, 1.5]}
    assert list(axes.lines[0].get_xdata()) == [1, 2]
    assert (axes.get_yscale(), axes.get_ylabel()) == ('log', 'norm')
    assert [label.get_text() for label in axes.get_xticklabels()] == ['a', 'b']


def test_logs_have_a_colour_for_each_block():
    log = SimpleNamespace(steps=[0, 5], norms={'a': [9.0, 1.0], 'b': [5.0, 2.0], 'c': [4.0, 3.0]})
    figure = plot_gradient_logs({'plain': log, 'residual': log})
    colours = [[line.get_color() for line in axes.lines] for axes in figure.axes[:2]]
    assert len(set(colours[0])) == 3 and colours[0] == colours[1], 'the same block, the same colour'
    for axes in figure.axes[:2]:
        assert [list(line.get_ydata()) for line in axes.lines] == list(log.norms.values())
        assert [text.get_text() for text in axes.get_legend().get_texts()] == [
            'first block', 'last block']


def test_more_networks_than_can_be_told_apart_are_refused():
    with pytest.raises(ValueError, match='4 networks in one figure: at most 3'):
        plot_by_block(dict.fromkeys('abcd', {}), 'share')
