"""Figures of a notebook: labels in its language, a font that has them, and a text for each."""

import ast
import re
import tomllib
import warnings

import pytest
from conftest import ROOT
from fontTools.ttLib import TTFont
from make_font import characters

from nndl import plot
from nndl.lab.figures import CHINESE, LONGEST, describe, prepare_figures
from nndl.plot import new_figure, show_maps
from nndl.study.report import pair_rows, run_rows

WORDS_OF_DECISIONS = 'helps', 'harms', 'equivalent', 'undecided', 'plain', 'residual'


@pytest.fixture
def chinese(monkeypatch):
    import matplotlib

    monkeypatch.setattr(plot, 'LABELS', {})
    with matplotlib.rc_context():
        prepare_figures('zh')
        yield


def labels_used():
    """The texts that the library passes to ``label``, as they stand in its code or its tables."""
    yield from (*pair_rows([])[0], *run_rows([])[0], *WORDS_OF_DECISIONS)
    for path in (ROOT / 'nndl').rglob('*.py'):
        code = path.read_text(encoding='utf-8')
        if path.name == 'plot.py' or re.search(r'from nndl.plot import .*\blabel\b', code):
            yield from (node.args[0].value for node in ast.walk(ast.parse(code))
                        if isinstance(node, ast.Call)
                        and getattr(node.func, 'id', '') in ('label', 'say')
                        and isinstance(node.args[0], ast.Constant))


def test_every_label_has_a_chinese_one_with_the_same_values():
    known, used = tomllib.loads(CHINESE.read_text(encoding='utf-8')), set(labels_used())
    assert used - known.keys() == set() and len(used) > 40
    for english, text in known.items():
        assert sorted(re.findall('{.*?}', english)) == sorted(re.findall('{.*?}', text))


def test_a_chinese_figure_is_drawn_without_a_missing_glyph(chinese, tmp_path):
    figure = new_figure((4, 3))
    axes = figure.subplots()
    axes.set(title=plot.label('accuracy'), xlabel=plot.label('training step'))
    with warnings.catch_warnings(action='error'):
        for ending in ('png', 'pdf', 'svg'):
            figure.savefig(tmp_path / f'x.{ending}')
        axes.set_ylabel('\u9f98')  # a character that no lab has
        with pytest.raises(UserWarning, match='Glyph 40856'):
            figure.savefig(tmp_path / 'x.png')


def test_the_font_has_the_characters_of_the_labs():
    font = ROOT / 'data' / 'chinese.ttf'
    assert font.stat().st_size < 200_000
    assert characters() - {chr(code) for code in TTFont(font).getBestCmap()} == set()


def test_a_figure_is_described_with_its_numbers():
    figure = new_figure((6, 3))
    left, right = figure.subplots(1, 2)
    left.plot([0, 1, 2], [3.0, 0.5, 1.25], label='loss')
    left.axhline(0.1, label='chance')
    left.axvline(1)
    left.set(title='Training', xlabel='step', xlim=(0, 2))
    right.plot([0.2, 0.7], [1, 1])
    right.set_yticks([1], ['LeNet-5'])
    assert describe(figure, 'en') == (
        'Training: loss from 3 to 1.25 (lowest 0.5, highest 3); chance 0.1. '
        'Horizontal: step, 0 to 2. LeNet-5 from 0.2 to 0.7')
    assert '损失 从 3 到 1.25（最小 0.5，最大 3）' in describe(figure, 'zh').replace('loss', '损失')
    right.hist([1, 2, 2], bins=2)
    assert 'bars 1 2' in describe(figure, 'en')
    figure.suptitle('x' * 2 * LONGEST)
    assert len(describe(figure, 'en')) == LONGEST


def test_pictures_are_described_by_their_titles_and_matrices_by_their_values():
    import torch

    maps = show_maps(torch.zeros(2, 4, 4), ['left', 'right'])
    assert describe(maps, 'en') == '2 images: left, right'
    figure = new_figure((3, 3))
    axes = figure.subplots()
    axes.imshow([[0, 1], [2, 5]])
    axes.text(0, 0, 'dead')
    assert describe(figure, 'en') == 'image of 2×2, 0 to 5; dead'
