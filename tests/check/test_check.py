"""Every checker refuses each typical wrong answer by the name of its fault, and passes the right.

With -s it prints what each wrong answer is told.
"""

import re
import string

import pytest
import torch
from answers import (
    CASES,
    findings,
    quick_beginnings,  # noqa: F401
    right_answers,
    told,
    wrong_answers,
    wrong_of,
)
from conftest import ROOT
from torch import nn

import nndl
from nndl import check
from nndl.check.catalog import EXERCISES, NoExercise, about, hints_of, messages_of
from nndl.check.errors import explained
from nndl.check.feedback import Feedback, Findings, NotYet
from nndl.check.line import StudentError, connect
from nndl.grading.labs import read_labs
from nndl.lab.language import set_language

AT_LEAST_WRONG = {'resblock': 10}
OWN = {name: set(messages_of(name)) - {'passed', 'criteria'} for name in EXERCISES}
COMMON = set.intersection(*OWN.values())  # any_exercise.toml


@pytest.mark.parametrize(('name', 'answer'), right_answers())
def test_right_answers_pass(name, answer):
    feedback = told(name, answer)['en']
    assert feedback.passed, feedback
    assert (feedback.faults, feedback.share) == ((), 1)
    assert feedback.require() is feedback


@pytest.mark.parametrize(('name', 'answer', 'fault'), wrong_answers())
def test_wrong_answers_are_refused_by_name(name, answer, fault, request):
    assert findings(name, answer).share < 1
    for feedback in told(name, answer).values():
        assert not feedback.passed
        assert feedback.faults == (fault,), feedback
        with pytest.raises(NotYet, match='Not yet|还没有通过'):
            feedback.require()
    print(f'{request.node.callspec.id:44s} {fault}\n    {told(name, answer)["en"].message}')


@pytest.mark.parametrize(('name', 'title', 'says'), [
    ('first_module', 'no norm', 'written instead: `Conv2d, ReLU, MaxPool2d`.'),
    ('resblock', 'NoSecondNorm', 'instead: `f(x) = conv2(relu(bn1(conv1(x))))`.'),
    ('resblock', 'StrideTwoByDefault', 'stride=2'),
    ('resnet_module', 'residual_off_by_default', 'use_residual=False'),
    ('network', 'MaxPooling', 'module 6 behaves like a right one in which this is written')])
def test_a_message_that_several_mistakes_share_says_which_it_is(name, title, says):
    assert says in told(name, {t: a for t, a, _ in wrong_of(name)}[title])['en'].message


@pytest.mark.parametrize('name', EXERCISES)
def test_every_exercise_has_enough_cases_and_every_fault_is_planted(name):
    assert len(CASES[name].RIGHT) >= 3
    assert len(wrong_of(name)) >= AT_LEAST_WRONG.get(name, 5)
    planted = {fault for _, _, fault in wrong_of(name)}
    assert planted >= OWN[name] - COMMON
    assert {fault for fault in planted if fault.isidentifier()} <= OWN[name]


def test_the_common_faults_are_planted_somewhere():
    planted = {fault for name in EXERCISES for _, _, fault in wrong_of(name)}
    # below, in the grader's tests, in those of changes
    others = {'no_forward', 'not_written', 'unjudged', 'undefined', 'computes'}
    assert planted >= COMMON - others


@pytest.mark.parametrize('name', EXERCISES)
def test_both_languages_say_the_same_facts(name):
    texts = messages_of(name)
    for fault, text in [*texts['criteria'].items(), *((f, texts[f]) for f in OWN[name])]:
        fields = [{field for _, field, _, _ in string.Formatter().parse(text[language]) if field}
                  for language in ('en', 'zh')]
        assert fields[0] == fields[1], fault
        assert re.search('[\u4e00-\u9fff]', text['zh'])
        assert not re.search('[\u4e00-\u9fff]', text['en'])


def test_every_lab_exercise_has_a_folder_and_cases():
    of_labs = {name: lab.name for lab in read_labs().values() for name in lab.exercises}
    assert of_labs == {name: about(name).LAB for name in EXERCISES}
    assert set(CASES) == set(EXERCISES)
    for name in EXERCISES:
        assert hasattr(nndl.resnet, about(name).NAME) or about(name).NAME.islower()
        assert list(messages_of(name)['criteria']) == list(
            findings(name, next(iter(CASES[name].RIGHT.values()))).passed)
    with pytest.raises(NoExercise, match="no exercise is called 'no_such': there are accuracy"):
        about('no_such')


# ---- hints -----------------------------------------------------------------------------------

@pytest.mark.parametrize('name', EXERCISES)
def test_three_hints_one_further_with_each_call(name, capsys, monkeypatch):
    monkeypatch.setattr('nndl.check.feedback._shown', {})
    for known in (name, about(name).NAME, name, name):
        check.hint(known, lang='en')
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines] == ['1/3', '2/3', '3/3', '3/3']
    for language in ('en', 'zh'):
        texts = [hint[language] for hint in hints_of(name)]
        assert len(set(texts)) == 3
        assert '____' in texts[2] and '____' not in texts[0] + texts[1]
        assert bool(re.search('[\u4e00-\u9fff]', ''.join(texts))) == (language == 'zh')


@pytest.mark.parametrize('name', EXERCISES)
def test_what_hints_quote_is_in_the_lab(name):
    source = (ROOT / f'notebooks/source/{about(name).LAB}.md').read_text(encoding='utf-8')
    plain = re.sub(r'\$|\\mathbf ', '', source)
    for hint in hints_of(name):
        for quoted in re.findall('[“"](.*?)[”"]', hint['en'] + hint['zh']):
            assert quoted in plain


@pytest.mark.parametrize('name', EXERCISES)
def test_the_last_hint_typed_in_as_it_stands_passes_nothing(name):
    """Not even in the place of the solution's line: the gap is a name that nobody has."""
    line = re.search('[:：] ?(.*____.*)$', hints_of(name)[2]['en'])[1]
    with pytest.raises((NameError, SyntaxError, AttributeError)):
        exec(line.strip().lstrip('*').rstrip(','), {'nn': nn, 'model': nn.Linear(1, 1),
                                                  'labels': torch.zeros(1), 'torch': torch})


# ---- what any exercise may be told -----------------------------------------------------------

@pytest.mark.parametrize('name', EXERCISES)
def test_an_exercise_left_as_it_is(name):
    def untouched(*args, **kwargs):
        raise NotImplementedError

    feedback = getattr(check, name)(untouched, lang='zh')
    assert feedback.faults[0] == 'not_written', feedback
    assert '还没有写代码' in feedback.message
    assert feedback.share == 0


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


ERRORS = [
    ('NameError', "name 'nn' is not defined", 'has not been imported here'),
    ('NameError', "name 'ResBlock' is not defined", 'the cell that defines it must be run again'),
    ('AttributeError', "'NoneType' object has no attribute 'append'", 'append changes the list'),
    ('AttributeError', "'torch.return_types.max' object has no attribute 'eq'", 'two tensors'),
    ('TypeError', "<class 'torch.nn.modules.activation.ReLU'> is not a Module subclass",
     'ReLU is the class; ReLU()'),
    ('RuntimeError', 'Given groups=1, weight of size [6, 4, 3, 3], expected input[2, 3, 8, 8] to '
     'have 4 channels, but got 3 channels instead', 'made for 4 input channels and gets 3'),
    ('RuntimeError', 'mat1 and mat2 shapes cannot be multiplied (2x2048 and 512x10)',
     'made for 512 features and gets 2048'),
    ('ValueError', 'something else', ''),
]


@pytest.mark.parametrize(('kind', 'text', 'clause'), ERRORS)
def test_certain_causes_of_errors_are_explained(kind, text, clause):
    fault = explained(StudentError(kind, text, 'y = f(x)', 'forward'), 'ResBlock')
    assert fault.name == 'crashed'
    assert (clause in fault.facts['clause']['en']) if clause else not fault.facts['clause']['en']


def test_other_arguments_than_the_exercises_are_told_as_such():
    def new_head(model):
        return model

    feedback = check.new_head(new_head, lang='en')
    assert feedback.faults == ('signature',)
    assert 'takes 1 positional argument but 2 were given' in feedback.message


def test_a_forgotten_self_is_told_by_the_object_itself():
    feedback = check.resblock(next(a for t, a, _ in wrong_of('resblock') if t == 'ForgottenSelf'))
    assert 'inside a method it is called self.bn2' in feedback.message
    assert 'return bn2(self.conv2(' in feedback.message


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


def test_the_line_that_is_shown_is_the_students_own():
    """Not one of the standard library, where the error came up."""
    import random

    def accuracy(outputs, labels):
        return random.sample([], 3)  # the student's line

    assert "return random.sample([], 3)  # the student's line" in check.accuracy(accuracy).message


def test_an_answer_that_cannot_be_read_says_nothing_against_the_solution(monkeypatch):
    monkeypatch.setattr('nndl.check.exercises.accuracy.probe.share', lambda fn, batches: 5,
                        raising=False)
    monkeypatch.setattr('nndl.check.exercises.accuracy.checker.criteria', lambda ask, draw: {
        'flat': lambda: ask('share', batches=[])['shares']})
    feedback = check.accuracy(len, lang='en')
    assert feedback.faults == ('unjudged',)
    assert 'says nothing about your solution' in feedback.message


def test_checking_leaves_the_random_numbers_and_the_tensors_of_the_session_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    check.resblock(nndl.ResBlock)
    assert torch.equal(torch.rand(1), expected)


def test_language_is_the_editions(monkeypatch):
    monkeypatch.setattr('nndl.lab.language._language', 'en')
    answer = CASES['accuracy'].RIGHT['mean']
    assert check.accuracy(answer).language == 'en'
    set_language('zh')
    assert check.accuracy(answer).language == 'zh'
    assert check.accuracy(answer, lang='en').language == 'en'
    for call in (lambda: set_language('fr'), lambda: check.accuracy(answer, lang='fr')):
        with pytest.raises(ValueError, match="'fr': give one of en, zh"):
            call()


def test_feedback_shows_itself_and_escapes():
    feedback = Feedback('demo', False, ('x',), '<b> & co', 'en')
    assert '&lt;b&gt; &amp; co' in feedback._repr_html_()
    assert 'Not yet (demo)' in feedback._repr_html_()
    with pytest.raises(NotYet) as caught:
        feedback.require()
    assert caught.value._render_traceback_() == ['✘ Not yet (demo)', '<b> & co']
    assert Findings({'a': True, 'b': False}, None).share == 0.5


def test_no_such_check():
    with pytest.raises(AttributeError, match='nndl.check has no'):
        print(check.no_such)
    assert {'resblock', 'hint', 'hand_in'} <= set(dir(check))
    assert connect('accuracy', len)  # a line to a probe that nothing is asked on
