"""Every check refuses each typical wrong answer by the name of its fault, and passes the right.

With -s it prints what each wrong answer is told.
"""

import importlib
import re
import string
from pathlib import Path

import pytest
from answers import CASES, quick_beginnings, right_answers, told, wrong_answers, wrong_of  # noqa: F401
from torch import nn

from nndl import check
from nndl.check.feedback import MESSAGES, Feedback, NotYet, exercise
from nndl.lab.language import set_language

NAMES = [each.__name__ for each in check.EXERCISES]
FOR_ALL = {'crashed', 'crashed_in_library', 'no_forward', 'not_written'}  # tested below
AT_LEAST_WRONG = {'resblock': 10}


@pytest.mark.parametrize(('name', 'answer'), right_answers())
def test_right_answers_pass(name, answer):
    feedback = told(name, answer)['en']
    assert feedback.passed, feedback
    assert feedback.faults == ()
    assert feedback.require() is feedback


@pytest.mark.parametrize(('name', 'answer', 'fault'), wrong_answers())
def test_wrong_answers_are_refused_by_name(name, answer, fault, request):
    for language, feedback in told(name, answer).items():
        assert not feedback.passed
        assert feedback.faults[0] == fault, feedback
        first_words = re.split(r'[{]', getattr(check, name).faults[fault][language])[0]
        assert feedback.message.startswith(first_words)
        with pytest.raises(NotYet, match='Not yet|还没有通过'):
            feedback.require()
    print(f'{request.node.callspec.id:44s} {fault}')


def test_every_check_is_listed():
    """So that none escapes the tests below."""
    modules = [importlib.import_module(f'nndl.check.{path.stem}')
               for path in Path(check.__file__).parent.glob('[a-z]*.py')]
    found = {name for module in modules for name, thing in vars(module).items()
             if callable(thing) and isinstance(getattr(thing, 'faults', None), dict)}
    assert found == set(NAMES)
    assert set(CASES) == found
    assert {path.stem for path in MESSAGES.iterdir()} == found | {'any_exercise'}


@pytest.mark.parametrize('name', NAMES)
def test_every_exercise_has_enough_cases_and_every_fault_is_planted(name):
    assert len(CASES[name].RIGHT) >= 3
    assert len(wrong_of(name)) >= AT_LEAST_WRONG.get(name, 5)
    planted = {fault for _, _, fault in wrong_of(name)}
    assert planted >= set(getattr(check, name).faults) - FOR_ALL


@pytest.mark.parametrize('name', NAMES)
def test_both_languages_say_the_same_details(name):
    for fault, text in getattr(check, name).faults.items():
        fields = [{field for _, field, _, _ in string.Formatter().parse(text[language]) if field}
                  for language in ('en', 'zh')]
        assert fields[0] == fields[1], fault
        assert re.search('[\u4e00-\u9fff]', text['zh'])
        assert not re.search('[\u4e00-\u9fff]', text['en'])


@exercise('demo', {'passed': {'en': 'fine', 'zh': '好'},
                   'small': {'en': '{x} is small', 'zh': '{x} 太小'}})
def demo(x):
    if 1 / x < 5:
        yield 'small', {'x': x}


def test_language_is_the_editions(monkeypatch):
    monkeypatch.setattr('nndl.lab.language._language', 'en')
    assert demo(0.1) == Feedback('demo', True, (), 'fine', 'en')
    set_language('zh')
    assert demo(1).message == '1 太小'
    assert demo(1, lang='en').message == '1 is small'
    for call in (lambda: set_language('fr'), lambda: demo(1, lang='fr')):
        with pytest.raises(ValueError, match="'fr': give one of en, zh"):
            call()


@pytest.mark.parametrize('name', NAMES)
def test_an_exercise_left_as_it_is(name):
    def untouched(*args, **kwargs):
        raise NotImplementedError

    feedback = getattr(check, name)(untouched, lang='zh')
    assert feedback.faults[0] == 'not_written', feedback
    assert '还没有写代码' in feedback.message


@pytest.mark.parametrize('name', ['resblock', 'network'])
def test_a_misspelt_forward_is_not_an_exercise_left_as_it_is(name):
    class Misspelt(nn.Module):
        def __init__(self, *args, **kwargs):
            super().__init__()
            self.net = nn.Linear(1, 1)

        def foward(self, x):
            return x

    feedback = getattr(check, name)(Misspelt, lang='zh')
    assert feedback.faults[0] == 'no_forward', feedback
    assert 'forward' in feedback.message


def test_an_exercise_that_needs_another_one_names_the_one_that_is_not_written():
    def resnet_module(*args, **kwargs):
        raise NotImplementedError

    class Network(nn.Module):
        def __init__(self, in_channels=3, num_classes=10, use_residual=True):
            super().__init__()
            self.net = nn.Sequential(*resnet_module(64, 64, 2))

    assert 'resnet_module 里还没有写代码' in check.network(Network, lang='zh').message
    assert 'written in Network yet' not in check.network(Network, lang='en').message


def test_a_crash_outside_of_the_students_code_says_so():
    def first_module(in_channels):
        return nn.Sequential(nn.Conv2d(in_channels, 64, 7, 2, 3), nn.Linear(5, 5))

    feedback = check.first_module(first_module, lang='en')
    assert feedback.faults == ('crashed_in_library',)
    assert 'mat1 and mat2' in feedback.message


def test_what_torch_does_not_implement_is_a_crash():
    feedback = check.accuracy(lambda outputs, labels: labels.softmax(0).mean(), lang='en')
    assert feedback.faults[0] == 'crashed', feedback
    assert 'softmax' in feedback.message


def test_a_crash_is_told_with_the_students_line():
    feedback = demo(0, lang='en')
    assert feedback.faults == ('crashed',)
    assert 'ZeroDivisionError: division by zero' in feedback.message
    assert 'if 1 / x < 5:' in feedback.message
    assert feedback.message.startswith('Your code stopped with ')


def test_feedback_shows_itself_and_escapes():
    feedback = Feedback('demo', False, ('x',), '<b> & co', 'en')
    assert '&lt;b&gt; &amp; co' in feedback._repr_html_()
    assert 'Not yet (demo)' in feedback._repr_html_()
    with pytest.raises(NotYet) as caught:
        feedback.require()
    assert caught.value._render_traceback_() == ['✘ Not yet (demo)', '<b> & co']


def test_the_line_that_is_shown_is_the_students_own():
    """Not one of the standard library, where the error came up."""
    import random

    def accuracy(outputs, labels):
        return random.sample([], 3)  # the student's line

    assert "return random.sample([], 3)  # the student's line" in check.accuracy(accuracy).message
