"""The probes: full points for right answers in every style, fewer for every wrong one.

The answers are those that the checks of the labs are tested with, tests/cases. They are asked in
this process, through the same JSON as a kernel.
"""

import importlib
import json

import pytest
import torch
from test_check import wrong_answers

from nndl.grading import inside
from nndl.grading.inside.plain import NotPlain, pack, unpack
from nndl.grading.labs import read_labs
from nndl.grading.probes import NoProbes, probes_of
from nndl.grading.probes.compare import close, same_number
from nndl.grading.probes.draw import Draw
from nndl.grading.verdict import NoValue, advise, judge, read_answer

EXERCISES = [grade_id for lab in read_labs().values() for grade_id in lab.exercises]
CASES = {grade_id: importlib.import_module('cases.' + {'map_names': 'weight_mapping'}.get(
    grade_id, grade_id)) for grade_id in EXERCISES}
RIGHT = [pytest.param(grade_id, answer, id=f'{grade_id}-{style}')
         for grade_id, module in CASES.items() for style, answer in module.RIGHT.items()]
WRONG = [pytest.param(grade_id, answer, id=f'{grade_id}-{title}')
         for grade_id, module in CASES.items() for title, answer, _ in wrong_answers(module)]


def asker(grade_id, answer):
    namespace = {probes_of(grade_id).NAME: answer}
    return lambda request: inside.answer(request, namespace).text


def verdict_on(grade_id, answer):
    return judge(grade_id, asker(grade_id, answer), Draw(seed=len(grade_id)))


@pytest.mark.parametrize(('grade_id', 'answer'), RIGHT)
def test_right_answers_get_all_points(grade_id, answer):
    verdict = verdict_on(grade_id, answer)
    assert verdict.share == 1, verdict
    assert verdict.errors == []


@pytest.mark.parametrize(('grade_id', 'answer'), WRONG)
def test_wrong_answers_get_fewer(grade_id, answer):
    assert verdict_on(grade_id, answer).share < 1


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
    def forged(request):
        return json.dumps({'faults': ['full_marks', 'count', 5], 'message': 'm' * 9999})

    verdict = judge('accuracy', forged)
    advise(verdict, 'accuracy', forged, 'en')
    assert (verdict.share, verdict.faults, len(verdict.message)) == (0, ['count'], 2000)


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


@pytest.mark.parametrize('grade_id', EXERCISES)
def test_each_probe_catches_some_wrong_answer_whose_code_runs(grade_id):
    """Else a probe that always passes would be seen by nothing."""
    caught = set()
    for param in WRONG:
        wrong_id, answer = param.values
        if wrong_id == grade_id:
            verdict = verdict_on(grade_id, answer)
            caught |= {probe for probe, passed in verdict.passed.items()
                       if not passed and not verdict.errors}
    assert caught == set(probes_of(grade_id).PROBES)
