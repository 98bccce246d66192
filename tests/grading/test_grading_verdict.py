"""The points: the labs' own checkers, asked in the bytes of a child, in this process."""

import json
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from answers import CASES, findings, quick_beginnings, wrong_of  # noqa: F401
from torch import nn

import nndl
from nndl.check.catalog import EXERCISES, messages_of
from nndl.check.line import _packed, answer
from nndl.grading.children import Lost
from nndl.grading.inside import _found
from nndl.grading.verdict import judge

pytestmark = pytest.mark.hostile

QUICK = sorted(set(EXERCISES) - {'network', 'fair_comparison', 'new_head'})


def asker(thing):
    return lambda request: answer(request, lambda asked: thing)


def message(text):
    return len(text.encode()).to_bytes(4, 'big') + text.encode()


@pytest.mark.parametrize('grade_id', EXERCISES)
def test_the_grader_gives_what_the_check_gives(grade_id):
    right = next(iter(CASES[grade_id].RIGHT.values()))
    verdict = judge(grade_id, asker(right), 'en', 5)
    assert (verdict.share, verdict.errors, verdict.message) == (1, [], ''), verdict
    title, wrong, fault = wrong_of(grade_id)[0]
    verdict = judge(grade_id, asker(wrong), 'zh', 0)
    found = findings(grade_id, wrong)
    assert (verdict.passed, verdict.share) == (found.passed, found.share)
    assert verdict.faults == [fault]
    assert any('\u4e00' <= letter <= '\u9fff' for letter in verdict.message)


@pytest.mark.parametrize('seed', [*range(2), *(pytest.param(s, marks=pytest.mark.long)
                                              for s in range(2, 40))])
@pytest.mark.parametrize('grade_id', QUICK)
def test_a_right_answer_is_right_whatever_is_drawn(grade_id, seed):
    verdict = judge(grade_id, asker(list(CASES[grade_id].RIGHT.values())[1]), 'en', seed)
    assert verdict.share == 1, verdict


@pytest.mark.parametrize('grade_id', EXERCISES)
@pytest.mark.parametrize('told', [None, 0, 1, True, [], {}, [[]], '', {'n': 1, 'kind': 'Module'}])
def test_an_answer_that_says_nothing_is_worth_nothing(grade_id, told):
    """There, everything might agree."""
    verdict = judge(grade_id, lambda request: message(json.dumps({'value': told})), 'en', 5)
    assert verdict.share == 0
    assert verdict.stopped is None


@pytest.mark.parametrize('text', [
    '', 'null', '[]', '{"a": NaN}', '[' * 100_000, '{"a": ' + '9' * 5000 + '}', 'x' * 9_000_000,
    '{"shares": [Infinity]}', '{"output": 1e999}', '{"error": 5}',
    '{"value": {"$tensor": "float32"}}'])
def test_what_is_no_answer_is_worth_nothing(text):
    for data in (text.encode(), message(text)):
        assert judge('accuracy', lambda request, data=data: data, 'en', 5).share == 0
        assert judge('resblock', lambda request, data=data: data, 'en', 5).share == 0


def test_a_child_may_fill_gaps_but_not_write_sentences():
    said = {'error': {'kind': 'ValueError', 'text': 'm' * 9999, 'line': '4 of 4 points',
                       'name': 'x', 'clue': 'forgotten_self'}}
    verdict = judge('accuracy', lambda request: message(json.dumps(said)), 'en', 5)
    assert (verdict.share, verdict.faults) == (0, ['crashed'])
    start = messages_of('accuracy')['crashed']['en'].partition('{')[0]
    assert verdict.message.startswith(start)
    assert len(verdict.message) < 1000


def test_a_head_of_zeros_is_not_believed():
    """Where its own values were taken, the output 0 of a forged answer was right."""
    told = {'output': torch.zeros(2, 7), 'lost': 0, 'learning': ['w', 'b'],
            'new': {'w': torch.zeros(7, 512), 'b': torch.zeros(7)}}
    assert judge('new_head', lambda request: _packed({'value': told}), 'en', 5).share == 0


def test_a_name_that_is_not_there():
    shell = SimpleNamespace(user_ns={})
    verdict = judge('accuracy', lambda request: answer(request, partial(_found, shell)), 'en', 5)
    assert (verdict.share, verdict.faults) == (0, ['undefined'])
    assert 'does not define accuracy' in verdict.message


def test_a_lost_child_is_worth_nothing_whatever_came_before():
    answers = iter([asker(CASES['accuracy'].RIGHT['mean'])])

    def dying(request):
        try:
            return next(answers)(request)
        except StopIteration:
            raise Lost('crashed', 'why') from None

    verdict = judge('accuracy', dying, 'en', 5)
    assert (verdict.share, verdict.stopped, verdict.errors) == (0, 'crashed', ['why'])


def test_what_the_check_cannot_decide_is_looked_at():
    title, answer, _ = next(case for case in wrong_of('resblock') if case[2] == 'roles')
    assert judge('resblock', asker(answer), 'en', 5).look
    assert not judge('resblock', asker(nndl.ResBlock), 'en', 5).look


# ---- what is right of a wrong answer counts ---------------------------------------------------

def passed(grade_id, answer):
    return {name for name, right in findings(grade_id, answer).passed.items() if right}


def test_a_block_that_cannot_be_trained_has_no_points():
    class EvalOnly(nndl.ResBlock):
        def forward(self, x):
            if self.training:
                raise RuntimeError('not now')
            return super().forward(x)

    assert passed('resblock', EvalOnly) == set()


def test_a_network_that_is_wrong_in_its_head_keeps_the_other_points():
    class Head(nndl.Model_ResNet18):
        def __init__(self, in_channels=3, num_classes=10, use_residual=True):
            super().__init__(in_channels, num_classes, use_residual)
            self.net[-1] = nn.Linear(256, num_classes)

    class Stem(nndl.Model_ResNet18):
        def forward(self, x):
            return super().forward(2 * x)

    assert passed('network', Head) == {'stem', 'residual', 'plain'}
    assert passed('network', Stem) == {'stem', 'residual', 'plain', 'head'} - {'stem'} or (
        'whole' not in passed('network', Stem))


def test_a_step_that_is_not_taken_still_gives_its_loss():
    def no_step(model, optimizer, loss_fn, inputs, labels):
        model.train()
        return loss_fn(model(inputs), labels).item()

    assert passed('training_step', no_step) == {'loss'}


def test_one_pair_only_misses_the_seeds_and_nothing_else():
    def one(digits):
        yield next(iter(CASES['fair_comparison'].RIGHT['the kit'](digits)))

    assert passed('fair_comparison', one) == {'arms', 'tensors', 'settings', 'batches'}


def test_a_head_for_one_body_learns_there():
    def always_512(model, num_classes):
        model.requires_grad_(False)
        model.fc = torch.nn.Linear(512, num_classes)
        return model

    assert passed('new_head', always_512) == {'basic', 'learning'}
