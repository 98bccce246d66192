"""The widgets from Python's side: what they compute, say and send."""

import base64
import io
import json
import re

import numpy as np
import pytest
import torch
from cases.inputs.networks import Always
from cases.inputs.programs import COLAB, WITHOUT_PACKAGE
from conftest import ROOT, run_python
from PIL import Image
from torch import nn

from nndl import Model_ResNet18, Torch_LeNet, load_mnist, widgets
from nndl.lab.language import set_language
from nndl.widgets import errors, inside, live, pad, shown
from nndl.widgets.block import blocks_of, look_into, shares

LINE = [{'width': 20, 'points': [[140, 40], [140, 240]]}]


@pytest.fixture(scope='module')
def digits():
    return load_mnist(0, 0, 60)[2]


@pytest.fixture(scope='module')
def residual():
    torch.manual_seed(0)
    return Model_ResNet18(in_channels=1)


@pytest.fixture
def lenet():
    torch.manual_seed(0)
    return Torch_LeNet()


def pixels(address):
    content = base64.b64decode(address.removeprefix('data:image/png;base64,'))
    return np.array(Image.open(io.BytesIO(content)))


# ---- words -----------------------------------------------------------------------------------

def test_the_language_is_that_of_the_lab_unless_another_is_asked_for(lenet, digits):
    set_language('zh')
    try:
        assert widgets.DrawDigit({'x': lenet}, digits).words['clear'] == '清除'
        assert widgets.DrawDigit({'x': lenet}, digits, language='en').words['clear'] == 'Clear'
    finally:
        set_language('en')
    assert widgets.DrawDigit({'x': lenet}, digits).words['clear'] == 'Clear'
    with pytest.raises(ValueError, match="language is 'fr': give one of en, zh"):
        set_language('fr')


@pytest.mark.parametrize('module', [errors, inside, live, pad])
def test_both_languages_say_the_same(module):
    english, chinese = module.WORDS['en'], module.WORDS['zh']
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        fields = [sorted(re.findall(r'\{(\w+)', words[name])) for words in (english, chinese)]
        assert fields[0] == fields[1], name
        assert not re.search('[\u4e00-\u9fff]', text)


def test_every_word_that_the_browser_asks_for_is_there():
    asked = set(re.findall(r'words\.(\w+)', pad.DrawDigit._esm))
    assert asked - {'language'} <= pad.WORDS['en'].keys()


# ---- how they are shown ----------------------------------------------------------------------

def every_widget(residual, digits):
    yield widgets.DrawDigit({'residual': residual}, digits)
    yield widgets.WhereItErrs({'residual': residual}, digits)
    yield widgets.LookInside(residual, digits)


def test_each_widget_brings_a_picture_for_the_web_page(residual, digits):
    for widget in every_widget(residual, digits):
        data, metadata = widget._repr_mimebundle_()
        assert len(metadata['image/png']['alt']) > 50
        assert data[shown.ALIVE]['model_id'] == widget.model_id
        picture = np.array(Image.open(io.BytesIO(base64.b64decode(data['image/png']))))
        assert min(picture.shape[:2]) > 150
        assert widget._ipython_display_ is None
    with pytest.raises(NotImplementedError, match='Shown has no picture'):
        shown.Shown().picture()


@pytest.mark.parametrize(('package', 'still'), [
    ('ipywidgets', ['DrawDigit', 'LookInside', 'WhereItErrs']), ('anywidget', ['DrawDigit'])])
def test_without_a_package_its_widgets_are_still_pictures(package, still):
    bundles = json.loads(run_python(WITHOUT_PACKAGE.format(package=package)).stdout)
    assert all('image/png' in bundle for bundle in bundles.values())
    assert [name for name, bundle in bundles.items() if len(bundle) == 2] == still


def test_colab_is_asked_for_its_widget_manager():
    """In a process of its own: anywidget asks once, ever."""
    assert run_python(COLAB).stdout.strip() == '[True] True image/png'


def test_the_javascript_is_one_module_and_lies_in_the_package():
    assert pad.DrawDigit._esm.count('export default') == 1
    assert 'import ' not in pad.DrawDigit._esm
    assert '.nndl' in pad.DrawDigit._css
    assert {path.suffix for path in (ROOT / 'nndl' / 'widgets' / 'js').iterdir()} == {
        '.js', '.css'}


# ---- answers ---------------------------------------------------------------------------------

def test_shares_are_those_of_eval_mode_and_leave_the_mode(residual, digits):
    residual.train()
    means = residual.net[0][1].running_mean.clone()
    answer = shares({'residual': residual}, digits.images[:3])['residual']
    assert residual.training
    assert torch.equal(means, residual.net[0][1].running_mean)
    with torch.no_grad():
        expected = residual.eval()(digits.images[:3]).softmax(dim=1)
    assert torch.equal(answer, expected)


# ---- the pad ---------------------------------------------------------------------------------

def test_the_pad_answers_what_is_drawn(lenet, digits):
    drawing_pad = widgets.DrawDigit({'LeNet-5': lenet}, digits)
    assert drawing_pad.answer['answers'] == []
    drawing_pad.drawing = {'number': 7, 'strokes': LINE, 'digit': None}
    answer = drawing_pad.answer
    assert answer['number'] == 7
    assert answer['label'] is None
    assert [each['name'] for each in answer['answers']] == ['LeNet-5']
    assert sum(answer['answers'][0]['shares']) == pytest.approx(1, abs=1e-3)
    seen = pixels(answer['seen'])
    assert seen.shape == (32, 32)
    image = torch.from_numpy(seen / 127.5 - 1).float()[None, None]
    expected = shares({'x': lenet}, image)['x'][0]
    assert answer['answers'][0]['shares'] == pytest.approx(expected.tolist(), abs=2e-3)


def test_a_test_digit_is_read_as_it_is_and_can_be_drawn_over(lenet, digits):
    drawing_pad = widgets.DrawDigit({'LeNet-5': lenet}, digits)
    answer = drawing_pad.read([], digit=3)
    assert answer['label'] == digits.labels[3]
    expected = shares({'x': lenet}, digits.images[[3]])['x'][0]
    assert answer['answers'][0]['shares'] == pytest.approx(expected.tolist(), abs=1e-4)
    over = drawing_pad.read(LINE, digit=3)
    assert over['under'] == answer['under']
    assert over['seen'] != answer['seen']
    assert over['seen'] != drawing_pad.read(LINE)['seen']


def test_a_network_that_fails_is_reported_on_the_pad(digits):
    drawing_pad = widgets.DrawDigit({'odd': nn.Linear(3, 2)}, digits)
    drawing_pad.drawing = {'number': 1, 'strokes': LINE, 'digit': None}
    assert drawing_pad.answer['error'].startswith('RuntimeError: ')
    assert drawing_pad.answer['number'] == 1
    drawing_pad.drawing = {'number': 2, 'strokes': [{}], 'digit': None}
    assert 'stroke 0' in drawing_pad.answer['error']


# ---- look inside -----------------------------------------------------------------------------

def test_the_maps_are_those_of_the_block(residual, digits):
    for name, at in blocks_of(residual).items():
        image = digits.images[:1]
        result = look_into(residual, at, image, 0.4)
        torch.testing.assert_close(result.sum, result.branch + result.shortcut)
        torch.testing.assert_close(result.output, result.sum.relu())
        whole = look_into(residual, at, image)
        torch.testing.assert_close(result.branch, 0.4 * whole.branch)
        torch.testing.assert_close(whole.answers, shares({'x': residual}, image)['x'])
        if not at.use_1x1conv and name != (2, 1):
            before = look_into(residual, blocks_of(residual)[name[0], 1], image)
            torch.testing.assert_close(whole.shortcut, before.output)


def test_a_branch_scaled_to_nothing_leaves_the_shortcut(residual, digits):
    at = blocks_of(residual)[3, 1]
    result = look_into(residual, at, digits.images[:1], 0.0)
    torch.testing.assert_close(result.output, result.shortcut.relu())
    bare = look_into(residual, at, digits.images[:1], 0.0, shortcut=False)
    assert not bare.output.any()
    torch.testing.assert_close(bare.shortcut, result.shortcut)
    assert at.use_residual


def test_looking_changes_nothing(residual, digits):
    residual.train()
    before = {name: tensor.clone() for name, tensor in residual.state_dict().items()}
    widget = widgets.LookInside(residual, digits)
    widget.scale.value = 0.2
    assert residual.training
    assert all(torch.equal(before[name], tensor)
               for name, tensor in residual.state_dict().items())
    assert not any(module._forward_hooks for module in residual.modules())


def test_the_page_follows_the_controls(residual, digits):
    widget = widgets.LookInside(residual, digits)
    pages = [widget.page.value]
    widget.scale.value = 0.5
    pages.append(widget.page.value)
    widget.block.value = (5, 2)
    pages.append(widget.page.value)
    widget.digit.value = 9
    pages.append(widget.page.value)
    assert len(set(pages)) == 4
    assert f'The digit: {int(digits.labels[9])}' in pages[-1]
    assert pages[-1].count('<img') == 6
    assert pages[-1].count('alt="') == 6


def test_a_scaled_branch_is_seen_in_its_greys(residual, digits):
    """The greys keep their scale: at s = 0 the branch is an even grey."""
    widget = widgets.LookInside(residual, digits)
    widget.scale.value = 0.0
    rows, white, _ = widget.rows()
    assert set(np.unique(inside.strip(rows['branch'], white))) <= {127, 128, 255}
    assert len(np.unique(inside.strip(rows['sum'], white))) > 20


# ---- where it errs ---------------------------------------------------------------------------

def test_the_matrix_counts_true_against_read(digits):
    widget = widgets.WhereItErrs({'three': Always(3)}, digits)
    matrix = widget.matrix('three')
    assert matrix[:, 3].tolist() == digits.labels.bincount(minlength=10).tolist()
    assert matrix.sum() == len(digits) == matrix[:, 3].sum()
    assert widget.reads['three'].tolist() == [3] * len(digits)
    assert 'three: 54 of 60 misclassified' in [axes.get_title() for axes in widget.picture().axes]


def drawn(monkeypatch):
    """A list of what ``show_maps`` is asked to draw from now on, (images, titles)."""
    asked, draw = [], errors.show_maps

    def show_maps(images, titles, columns):
        asked.append((images, titles))
        return draw(images, titles, columns)

    monkeypatch.setattr(errors, 'show_maps', show_maps)
    return asked


def test_the_misclassified_digits_are_shown(digits, monkeypatch):
    asked = drawn(monkeypatch)
    widget = widgets.WhereItErrs({'three': Always(3), 'four': Always(4)}, digits)
    assert (widget.true.label, widget.read.label) == ('any', 'any')
    assert 'Misclassified: 54.' in widget.page.value
    assert 'and 14 more' in widget.page.value
    assert len(asked.pop()[1]) == 40
    widget.true.label = '7'
    sevens = digits.images[digits.labels == 7, 0]
    images, titles = asked.pop()
    assert torch.equal(images, sevens)
    assert titles == ['7 → 3'] * len(sevens)
    assert f'Misclassified: {len(sevens)}.' in widget.page.value
    assert f'images: {", ".join(titles)}"' in widget.page.value
    assert 'alt="three: 54 of 60 misclassified: ' in widget.page.value
    assert ' more' not in widget.page.value
    widget.network.value = 'four'
    assert asked.pop()[1] == ['7 → 4'] * len(sevens)


@pytest.mark.parametrize(('true', 'read'), [(7, 4), (3, 3), (3, '')])
def test_no_misclassified_digit_needs_no_picture(digits, monkeypatch, true, read):
    asked = drawn(monkeypatch)
    widget = widgets.WhereItErrs({'three': Always(3)}, digits)
    widget.true.value, widget.read.value = true, read
    assert 'Misclassified: 0.' in widget.page.value
    assert widget.page.value.count('<img') == 1  # the matrices
    assert len(asked) <= 2


def test_every_control_has_a_label_in_both_languages(residual, digits):
    for language, labels in (
            ('en', ['Network', 'True digit', 'Classified as', 'Digit number', 'Block',
                    'Branch times s']),
            ('zh', ['网络', '真实数字', '认成', '第几个样本', '残差单元', '支路乘以 s'])):
        made = (widgets.WhereItErrs({'x': residual}, digits, language),
                widgets.LookInside(residual, digits, language))
        assert [control.description for widget in made
                for control in widget.kwargs_widgets] == labels
        assert all(f'lang="{language}"' in widget.page.value for widget in made)


def test_an_error_in_a_page_keeps_the_widget(residual, digits, caplog):
    widget = widgets.LookInside(residual, digits)
    before = widget.page.value
    widget.digits_shown = None
    widget.scale.value = 0.5
    assert 'NoneType' in caplog.text
    assert widget.page.value == before
