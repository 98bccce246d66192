"""resnet_module: accepted is what computes the same as the library's blocks in a row."""

from functools import partial

import nndl
from nndl.check.exercises.resnet_module import NAME
from nndl.check.feedback import Fault
from nndl.check.networks import Case, Examination, changed

__all__ = ['VARIANTS', 'criteria']

CASES = {
    'halving': [Case((4, 6, 3), {'stride': 2}, (3, 4, 9, 12)),
                Case((4, 6, 1, 2), {}, (3, 4, 8, 11))],
    'default': [Case((4, 6, 2), {}, (3, 4, 7, 6)), Case((6, 6, 3, 1, True), {}, (2, 6, 8, 5))],
    'plain': [Case((6, 6, 3, 2, False), {}, (3, 6, 8, 11)),
              Case((4, 6, 2), {'use_residual': False}, (3, 4, 7, 6))],
}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    exam = Examination(ask, draw, NAME, nndl.resnet_module, CASES, VARIANTS, several=True)
    return {criterion: partial(_judge, exam, criterion) for criterion in CASES}


def _judge(exam, criterion):
    fault = exam.judge(criterion)
    return fault and (_observed(exam) or fault)


def _observed(exam):
    """The ``Fault`` that the list itself shows, None if it is as it should be."""
    for seen in exam.outcomes.values():
        n, got = seen.case.arguments[2], seen.got
        if got.get('n') is None or got['kind'] != 'Module':
            continue
        if got['n'] != n:
            return Fault('n_blocks', {'call': seen.call, 'got': got['n'], 'expected': n})
        if got['shared']:
            return Fault('shared_blocks')
    return None


# Parts of the library's text
FIRST, OTHERS, MADE = 'stride, use_residual)', 'out_channels, use_residual=', 'first = '
# (change, *(old, new)), see ``networks.changed``; several may be the same change
CHANGES = (
    ('stride = 1', (FIRST, '1, use_residual)')),
    ('stride = 2', (FIRST, '2, use_residual)')),
    ('ResBlock(out_channels, out_channels, stride, use_residual)',
     (OTHERS, 'out_channels, stride, use_residual=')),
    *((f'use_residual = {value}', (MADE, f'use_residual = {value}; {MADE}'))
      for value in ('True', 'False', 'not use_residual')),
    ('ResBlock(out_channels, out_channels)', ('use_residual=use_residual', '')),
    ('ResBlock(input_channels, out_channels, stride)', (FIRST, 'stride)')),
    (Fault('all_take_input_channels'),
     ('ResBlock(out_channels', 'ResBlock(input_channels')),
    (Fault('other_default', {'name': 'stride', 'got': 2}), ('stride=1', 'stride=2')),
    (Fault('other_default', {'name': 'use_residual', 'got': False}),
     ('use_residual=True', 'use_residual=False')),
)
VARIANTS = changed(nndl.resnet_module, CHANGES)
