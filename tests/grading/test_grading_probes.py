"""The probes: full points for right answers in every style, fewer for every wrong one.

The answers are those that the checks of the labs are tested with, tests/cases. They are asked in
this process, through the same JSON as a kernel.
"""

import functools
import json

import pytest
import torch
from answers import (
    CASES,
    quick_beginnings,  # noqa: F401
    right_answers,
    told,
    wrong_answers,
    wrong_of,
)

import nndl
from nndl import check
from nndl.grading import inside
from nndl.grading.inside.plain import NotPlain, pack, unpack
from nndl.grading.labs import read_labs
from nndl.grading.probes import NoProbes, probes_of
from nndl.grading.probes.compare import close, same_number
from nndl.grading.probes.draw import Draw
from nndl.grading.verdict import NoValue, advise, judge, read_answer

pytestmark = pytest.mark.hostile

EXERCISES = [grade_id for lab in read_labs().values() for grade_id in lab.exercises]

# Whole networks take a second each; the tests of their other answers are long.
RIGHT = {'network': ('the kit', 'convolutional head')}
WRONG = {
    'network': ('BlocksInAnotherOrder', 'Squeezed', 'NoFlatten', 'PlainList', 'ResidualInModule4',
                'NothingLearns'),
    'fair_comparison': ('not copied', 'assigned, not copied', 'two learning rates',
                        'momentum in both', 'optimizer of the other', 'other order',
                        'one block more', 'two seeds', 'tensors not seeded', 'models only'),
    'new_head': ('no_num_classes', 'returns_the_layer', 'takes_the_outputs', 'appended',
                 'always_ten', 'new_network', 'frozen_after_replacing', 'nothing_frozen')}


def asker(grade_id, answer):
    namespace = {probes_of(grade_id).NAME: answer}
    return lambda request: inside.answer(request, namespace).text


@functools.cache
def verdict_on(grade_id, answer):
    return judge(grade_id, asker(grade_id, answer), Draw(seed=len(grade_id)))


@pytest.mark.parametrize(('grade_id', 'answer'), right_answers(RIGHT))
def test_right_answers_get_all_points(grade_id, answer):
    verdict = verdict_on(grade_id, answer)
    assert verdict.share == 1, verdict
    assert verdict.errors == []


@pytest.mark.parametrize(('grade_id', 'answer', 'fault'), wrong_answers(WRONG))
def test_wrong_answers_get_fewer_points_and_what_the_check_says(grade_id, answer, fault,
                                                               monkeypatch):
    verdict, name = verdict_on(grade_id, answer), probes_of(grade_id).CHECK
    assert verdict.share < 1
    if name is not None:  # the check itself is tested: here its words must come through whole
        said, real = told(name, answer), getattr(check, name)
        monkeypatch.setattr(check, name, functools.wraps(real)(lambda thing, lang: said[lang]))
    advise(verdict, grade_id, asker(grade_id, answer), 'zh')
    assert verdict.message == ('' if name is None else said['zh'].message)


@pytest.mark.parametrize('grade_id', EXERCISES)
def test_each_probe_catches_some_wrong_answer_whose_code_runs(grade_id):
    """Else a probe that always passes would be seen by nothing."""
    uncaught = set(probes_of(grade_id).PROBES)
    for title, answer, _ in wrong_of(grade_id):
        if uncaught and title in WRONG.get(grade_id, [title]):
            verdict = verdict_on(grade_id, answer)
            uncaught -= {probe for probe, passed in verdict.passed.items()
                         if not passed and not verdict.errors}
    assert not uncaught


@pytest.mark.parametrize('grade_id', EXERCISES)
def test_an_exercise_left_as_it_is_fails_every_probe(grade_id):
    def untouched(*args, **kwargs):
        raise NotImplementedError

    verdict = verdict_on(grade_id, untouched)
    assert verdict.share == 0
    assert set(verdict.passed) == set(probes_of(grade_id).PROBES)
    assert verdict.errors == ['NotImplementedError: ']
    advise(verdict, grade_id, asker(grade_id, untouched), 'zh')
    if probes_of(grade_id).CHECK is None:
        assert verdict.message == ''
        return
    assert verdict.faults == ['not_written']
    assert '还没有写代码' in verdict.message


@pytest.mark.parametrize('grade_id', EXERCISES)
def test_probes_say_in_both_languages_what_they_look_at(grade_id):
    for _, titles in probes_of(grade_id).PROBES.values():
        assert any('\u4e00' <= letter <= '\u9fff' for letter in titles['zh'])
        assert titles['en'].isprintable()


def test_an_exercise_without_probes_is_named():
    for name in ('no_such', '../x', 'draw.x'):
        with pytest.raises(NoProbes, match='has no probes: write nndl/grading/probes'):
            probes_of(name)


def test_advice_names_known_faults_only():
    text = check.accuracy.faults['count']['en'].format(n=5)

    def forged(request):
        return json.dumps({'faults': ['full_marks', 'count', 5],
                           'message': f'4 of 4 points\n{text}\n{"m" * 9999}'})

    verdict = judge('accuracy', forged)
    advise(verdict, 'accuracy', forged, 'en')
    assert (verdict.share, verdict.faults, verdict.message) == (0, ['count'], text)


def test_a_lost_kernel_is_worth_nothing_whatever_came_before():
    answers = iter([asker('accuracy', CASES['accuracy'].RIGHT['mean'])])

    def dying(request):
        try:
            return next(answers)(request)
        except StopIteration:
            raise NoValue('crashed') from None

    verdict = judge('accuracy', dying)
    assert (verdict.share, verdict.stopped) == (0, 'crashed')


@pytest.mark.parametrize('text', [
    '', 'null', '[]', '{"a": NaN}', '[' * 100_000, '{"a": ' + '9' * 5000 + '}', 'x' * 9_000_000,
    '{"shares": [Infinity]}', '{"output": 1e999}'])
def test_what_is_no_answer_is_none(text):
    answer = read_answer(text)
    assert 'error' in answer or answer == {'output': float('inf')}
    assert judge('accuracy', lambda request: text).share == 0


ODD = [None, 5, 'x', [], {}, {'type': 'float32'}, {'shape': [1], 'type': 'float64', 'data': ''},
       {'shape': [2], 'type': 'float32', 'data': 'AAAA'},
       {'shape': [-1], 'type': 'int64', 'data': ''},
       {'shape': [True], 'type': 'float32', 'data': 'AAAAAA=='}, {'shape': 'x', 'type': 'float32'},
       {'shape': [10 ** 9] * 9, 'type': 'float32', 'data': ''},
       {'shape': [1], 'outer': [[1, 2, 3]]},
       {'shape': [1], 'type': 'float32', 'data': 'AADAfw=='},  # nan
       {'shape': [1], 'type': 'float32', 'data': 'AACAfw==', 'x': 1}]  # infinity


@pytest.mark.parametrize('packed', ODD)
def test_what_is_no_tensor_is_refused(packed):
    with pytest.raises(NotPlain):
        unpack(packed)
    assert not close(packed, torch.zeros(1))


def test_tensors_come_back_as_they_went():
    for tensor in (torch.randn(2, 3), torch.tensor(5), torch.zeros(0, 4), torch.arange(6)):
        assert torch.equal(unpack(json.loads(json.dumps(pack(tensor)))), tensor)
        assert close(pack(tensor), tensor)
    assert not close(pack(torch.ones(2)), torch.ones(2) + 2e-4)
    assert not close(pack(torch.ones(2)), torch.ones(2, 1))
    assert not close(pack(torch.ones(2, dtype=torch.long)), torch.ones(2))
    for bad in (torch.zeros(1, dtype=torch.double), [1.0], None):
        with pytest.raises(NotPlain, match='expected'):
            pack(bad)


def test_numbers_are_plain():
    assert same_number(0.5, 0.50001)
    for bad in (True, None, '0.5', float('nan'), float('inf'), [0.5], 0.51):
        assert not same_number(bad, 0.5)


# ---- answers that only look right -------------------------------------------------------------

def forged(answers):
    """A kernel that gives what ``answers`` says for what is asked, and else tells the truth."""
    def query(request):
        asked = json.loads(request)
        return json.dumps(answers[asked['do']](asked))
    return query


def test_an_empty_list_is_no_right_list():
    """There, everything agrees."""
    norms = forged({'norms': lambda asked: {
        'norms': [], 'train': asked.get('train', True), 'left': False, 'state': asked['values']}})
    assert judge('gradient_norms', norms).passed['norms'] is False
    steps = forged({'steps': lambda asked: {'states': [{}, {}], 'losses': []}})
    assert judge('training_step', steps).share == 0


def test_a_head_that_looks_at_nothing_is_wrong():
    def constant(model, num_classes):
        class Head(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.body, old = model, model.fc
                self.body.fc = torch.nn.Identity()
                self.weight = torch.nn.Parameter(torch.zeros(num_classes, old.in_features))
                self.bias = torch.nn.Parameter(torch.zeros(num_classes))

            def forward(self, x):
                return self.bias + 0 * self.weight.sum() + torch.zeros(len(x), 1)
        return Head()

    assert verdict_on('new_head', constant).share == 0


def test_a_right_block_is_right_whatever_is_drawn():
    """Also where nearly all its units are 0: once in a hundred draws that says nothing."""
    for seed in (*range(20), 450, 540, 641):  # the last three did say nothing
        verdict = judge('resblock', asker('resblock', CASES['resblock'].RIGHT['the kit']),
                        Draw(seed))
        assert verdict.share == 1, (seed, verdict)


def test_a_head_may_begin_at_0():
    def zeros(model, num_classes):
        model.requires_grad_(False)
        model.fc = torch.nn.Linear(model.fc.in_features, num_classes)
        torch.nn.init.zeros_(model.fc.weight)
        return model

    assert verdict_on('new_head', zeros).share == 1


def test_rounding_is_refused_always():
    def rounded(outputs, labels):
        return round((outputs.argmax(1) == labels.flatten()).float().mean().item(), 4)

    for seed in range(20):
        verdict = judge('accuracy', asker('accuracy', rounded), Draw(seed))
        assert verdict.share == 0, seed


# ---- what is right of a wrong answer counts ---------------------------------------------------

def passed(grade_id, answer):
    return {probe for probe, right in verdict_on(grade_id, answer).passed.items() if right}


def test_one_pair_only_misses_the_seeds_and_nothing_else():
    def one(digits):
        yield next(iter(CASES['fair_comparison'].RIGHT['the kit'](digits)))

    assert passed('fair_comparison', one) == {'arms', 'tensors', 'settings', 'batches'}


def test_a_block_that_cannot_be_trained_has_no_points():
    class EvalOnly(nndl.ResBlock):
        def forward(self, x):
            if self.training:
                raise RuntimeError('not now')
            return super().forward(x)

    assert passed('resblock', EvalOnly) == set()


def test_a_step_that_is_not_taken_still_gives_its_loss():
    def no_step(model, optimizer, loss_fn, inputs, labels):
        model.train()
        return loss_fn(model(inputs), labels).item()

    assert passed('training_step', no_step) == {'loss'}


def test_a_head_for_one_body_learns_there():
    def always_512(model, num_classes):
        model.requires_grad_(False)
        model.fc = torch.nn.Linear(512, num_classes)
        return model

    assert passed('new_head', always_512) == {'basic', 'learning'}
