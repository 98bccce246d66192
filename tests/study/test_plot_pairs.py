"""Figures of runs: lines that can be told apart without colour."""

import pytest

from nndl.study.plot_pairs import plot_arms

HISTORY = [(0, 3.0), (1, 2.0), (2, 1.0)], [(1, 2.0), (2, 0.5)], [0.2, 0.9]


def test_lines_differ_in_more_than_colour():
    figure = plot_arms({'plain': HISTORY, 'residual': HISTORY, 'LeNet-5': HISTORY}, 'title')
    for axes in figure.axes:
        assert len(axes.lines) == 3
        assert len({line.get_linestyle() for line in axes.lines}) == 3
        assert len({line.get_marker() for line in axes.lines}) == 3
        assert [text.get_text() for text in axes.get_legend().get_texts()] == [
            'plain', 'residual', 'LeNet-5']


def test_more_networks_than_lines_are_refused():
    with pytest.raises(ValueError, match='4 networks in one figure: at most 3'):
        plot_arms(dict.fromkeys('abcd', HISTORY))
