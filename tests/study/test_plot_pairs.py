"""Figures of runs and pairs: lines that can be told apart, every pair a dot."""

from types import SimpleNamespace

import pytest

from nndl.study.plot_pairs import plot_arms, plot_pairs
from nndl.study.stats import mean_interval

HISTORY = [(0, 3.0), (1, 2.0), (2, 1.0)], [(1, 2.0), (2, 0.5)], [0.2, 0.9]


def test_lines_differ_in_more_than_colour():
    figure = plot_arms({'plain': HISTORY, 'residual': HISTORY, 'LeNet-5': HISTORY}, 'title')
    for axes in figure.axes:
        assert len(axes.lines) == 3
        assert len({line.get_linestyle() for line in axes.lines}) == 3
        assert len({line.get_marker() for line in axes.lines}) == 3
        assert [text.get_text() for text in axes.get_legend().get_texts()] == [
            'plain', 'residual', 'LeNet-5']


def comparison(plain, residual):
    differences = [b - a for a, b in zip(plain, residual, strict=True)]
    return SimpleNamespace(plain_scores=plain, residual_scores=residual, pairs=differences,
                           differences=differences, difference=mean_interval(differences))


def test_every_pair_is_a_dot_and_an_interval_that_holds_0_is_dotted():
    figure = plot_pairs({'clear': comparison([0.5, 0.5, 0.5], [0.51, 0.511, 0.512]),
                         'unclear': comparison([0.6, 0.6, 0.6], [0.59, 0.62, 0.6])}, 'title')
    left, right, _, unclear = figure.axes
    dots = [list(line.get_xdata()) for line in left.lines if line.get_linestyle() == 'None']
    assert dots == [[50, 50, 50], pytest.approx([51, 51.1, 51.2])]
    for axes, style, values in ((right, '-', [1, 1.1, 1.2]), (unclear, ':', [-1, 2, 0])):
        _, spread, interval, mean = axes.lines
        assert sorted(spread.get_xdata()) == pytest.approx(sorted(values))
        assert (interval.get_linestyle(), mean.get_marker()) == (style, 'D')
        assert mean.get_xdata() == pytest.approx([sum(values) / 3])
    assert [axes.get_ylabel() for axes in figure.axes] == ['clear', '', 'unclear', '']
