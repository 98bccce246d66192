"""The answers of tests/cases, one file an exercise, and what the checks say of each.

    RIGHT    {style: answer}
    WRONG    {answer: the fault that must be named first}, or a list of (name, answer, fault)
    PLANTED  (old, new): a replacement by which the lab's own solution gets wrong
"""

import functools
import importlib

import pytest
import torch
from conftest import ROOT
from torch.nn import init

from nndl.check.feedback import examine, feedback_on
from nndl.check.line import connect
from nndl.check.values import Draw

__all__ = ['CASES', 'findings', 'quick_beginnings', 'right_answers', 'told', 'wrong_answers',
           'wrong_of']

CASES = {path.stem: importlib.import_module(f'cases.{path.stem}')
         for path in sorted((ROOT / 'tests' / 'cases').glob('[a-z]*.py'))}
WHOLE_NETWORKS = 'network', 'fair_comparison', 'new_head', 'mapping_check'  # an answer takes long
# Of the networks, which take longest, the tests of these answers are not long.
NETWORKS = {'network': ('the kit', 'convolutional head', 'BlocksInAnotherOrder', 'NoFlatten',
                        'KernelThree', 'ResidualInModule4', 'SumPooling', 'OneBlockEach')}


def wrong_of(name):
    """[(title, answer, fault)] of an exercise."""
    wrong = CASES[name].WRONG
    if isinstance(wrong, dict):
        if any(isinstance(answer, str) for answer in wrong):
            raise ValueError(f'WRONG of {name} is {{fault: answer}}: give {{answer: fault}}, as '
                             'several answers may have one fault')
        return [(answer.__name__, answer, fault) for answer, fault in wrong.items()]
    return wrong


def _param(name, *values, title, long):
    """Parameters of one test; a long one is left to ``make test-long``."""
    marks = [pytest.mark.long] if long else []
    return pytest.param(name, *values, id=f'{name}-{title}', marks=marks)


def right_answers(some=None):
    """Parameters (name of the exercise, answer); of ``some`` {name: styles} the others are long."""
    some = some or NETWORKS
    return [_param(name, answer, title=style, long=style not in some.get(name, [style]))
            for name, module in CASES.items() for style, answer in module.RIGHT.items()]


def wrong_answers(some=None):
    """Parameters (name of the exercise, answer, fault).

    Args:
        some: {name: titles}, of whose other answers the tests are long; by default, of whole
            networks, those whose fault has been seen with an answer before.
    """
    some = some or {name: {fault: title for title, _, fault in reversed(wrong_of(name))}.values()
                    for name in WHOLE_NETWORKS} | NETWORKS
    return [_param(name, answer, fault, title=title, long=title not in some.get(name, [title]))
            for name in CASES for title, answer, fault in wrong_of(name)]


@functools.cache
def findings(name, answer):
    """What the checker finds, asked in this process."""
    return examine(name, connect(name, answer), Draw(0))


def told(name, answer):
    """{language: feedback} of the check, which looks at the answer once."""
    return {language: feedback_on(name, findings(name, answer), language)
            for language in ('en', 'zh')}


@pytest.fixture(autouse=True, scope='module')
def quick_beginnings():
    """Layers begin with 5,003 random numbers, repeated: drawing all takes most of the time."""
    def fill(tensor, a=0, mode='fan_in', nonlinearity='leaky_relu', generator=None):
        fan, size = init._calculate_correct_fan(tensor, mode), tensor.numel()
        bound = init.calculate_gain(nonlinearity, a) * (3 / fan) ** 0.5
        drawn = torch.empty(min(size, 5003)).uniform_(-bound, bound, generator=generator)
        with torch.no_grad():
            tensor.copy_(drawn.repeat(-(-size // len(drawn)))[:size].view_as(tensor))
        return tensor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(init, 'kaiming_uniform_', fill)
        yield
