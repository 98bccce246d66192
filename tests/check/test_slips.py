"""No message is false: slips in right answers, and random changes as a guard."""

import inspect
import random
from collections import Counter

import pytest
import torch
import torch.nn.functional as F
from answers import CASES
from cases.texts.slips import SLIPS, Change
from torch import nn

import nndl
from nndl.check.exercises.resblock import checker as resblock
from nndl.check.feedback import examine
from nndl.check.line import connect
from nndl.check.networks import Case, Examination
from nndl.check.values import Draw

RIGHT = {'resblock': nndl.ResBlock, 'resnet_module': nndl.resnet_module,
         'first_module': nndl.make_first_module}
# What is observed and names no cause: never false.
OBSERVED = {'differs', 'shape', 'gradient', 'no_gradient', 'missing_tensors', 'roles', 'crashed',
            'crashed_in_library', 'one_image', 'random_in_training', 'nothing_returned',
            'input_changed', 'not_a_module', 'frozen', 'wrong_value', 'stride_is_bool'}
AT_LEAST_NAMED = 0.7


def source_of(exercise):
    answer = RIGHT.get(exercise) or next(iter(
        a for t, a in CASES[exercise].RIGHT.items() if inspect.isfunction(a)))
    return answer.__name__, inspect.getsource(answer)


def made(name, source):
    namespace = {'torch': torch, 'nn': nn, 'F': F, 'ResBlock': nndl.ResBlock}
    exec(compile(source, 'answer', 'exec'), namespace)
    return namespace[name]


def found(exercise, thing):
    return examine(exercise, connect(exercise, thing), Draw(0))


def told_of_slips():
    for exercise, old, new, true in SLIPS:
        name, source = source_of(exercise)
        assert old in source, f'{exercise}: {old!r} is not in its source'
        yield exercise, old, new, true, found(exercise, made(name, source.replace(old, new, 1)))


def test_of_slips_nothing_false_is_said_and_most_are_named():
    named, wrong = 0, 0
    for exercise, old, new, true, findings in told_of_slips():
        if findings.fault is None:
            pytest.fail(f'{exercise}: {old!r} -> {new!r} passes')
        fault = findings.fault
        assert fault.code in {*true, *OBSERVED}, (exercise, old, new, fault)
        wrong += 1
        is_explained = fault.name.startswith('crashed') and fault.facts['clause']['en']
        named += fault.code in true or bool(is_explained)
    print(f'{named} of {wrong} slips are named')
    assert wrong >= 40
    assert named >= AT_LEAST_NAMED * wrong


# ---- random changes of the residual block -----------------------------------------------------

def is_true(fault, block):
    """True if the library's block with this change equals the student's for other calls too."""
    cases = {'other': [Case((4, 6, 3), {}, (3, 4, 10, 9)), Case((6, 2), {}, (2, 6, 5, 8)),
                       Case((4, 4, 2, False), {}, (3, 4, 7, 9)), Case((2, 2), {}, (3, 2, 6, 6))]}
    variants = [(f, make) for f, make in resblock.VARIANTS if f.code == fault.code]
    exam = Examination(connect('resblock', block), Draw(5), 'ResBlock', nndl.ResBlock, cases)
    return any(all(seen.is_explained(make) for seen in exam.outcomes.values())
               for _, make in variants)


def computes_the_same(block):
    """With the same tensors by name, for calls that the check does not make."""
    for arguments in ((4, 6, 3), (6, 2), (4, 4, 2, False), (2, 2), (3, 5, 2)):
        ours, theirs = nndl.ResBlock(*arguments), block(*arguments)
        with torch.no_grad():
            for parameter in theirs.parameters():
                parameter.zero_()  # biases before norms, and what is not used
        theirs.load_state_dict(ours.state_dict(), strict=False)
        x = torch.randn(3, arguments[0], 10, 9)
        for mode in (True, False):
            if not torch.allclose(ours.train(mode)(x), theirs.train(mode)(x), atol=1e-5):
                return False
    return True


@pytest.mark.parametrize('seed', [*range(12), *(pytest.param(s, marks=pytest.mark.long)
                                               for s in range(12, 400))])
def test_a_name_given_to_a_random_change_is_true_for_other_calls_too(seed):
    rng = random.Random(seed)
    source = inspect.getsource(nndl.ResBlock)
    for _ in range(rng.choice([1, 1, 2])):
        source = Change(rng).of(source)
    try:
        block = made('ResBlock', source)
    except AttributeError:  # not even the class can be made
        return
    findings = found('resblock', block)
    if findings.fault is None:
        assert computes_the_same(block), source
    counts[findings.fault.code if findings.fault else 'passed'] += 1
    if findings.fault and findings.fault.name not in OBSERVED | {
            'not_written', 'no_forward', 'not_registered', 'signature', 'switches_mode'}:
        assert is_true(findings.fault, block), (findings.fault, source)


counts = Counter()


def test_the_guard_catches_a_false_name():
    reused = 'f(x) = bn1(conv2(relu(bn1(conv1(x)))))'
    fault = next(fault for fault, _ in resblock.VARIANTS if fault.code == reused)
    assert not is_true(fault, made('ResBlock', inspect.getsource(nndl.ResBlock).replace(
        'return F.relu(y)', 'return y')))
    assert not computes_the_same(made('ResBlock', inspect.getsource(nndl.ResBlock).replace(
        'return F.relu(y)', 'return y')))
    print(counts)
