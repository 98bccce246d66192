"""resnet_module: accepted is what computes the same as the library's blocks in a row."""

from functools import partial

import nndl
from nndl.check.exercises.resnet_module import NAME
from nndl.check.feedback import Fault
from nndl.check.networks import Case, Examination

__all__ = ['blocks', 'criteria', 'variants']

CASES = {
    'halving': [Case((4, 6, 3), {'stride': 2}, (3, 4, 9, 12)),
                Case((4, 6, 1, 2), {}, (3, 4, 8, 11))],
    'default': [Case((4, 6, 2), {}, (3, 4, 7, 6)), Case((6, 6, 3, 1, True), {}, (2, 6, 8, 5))],
    'plain': [Case((6, 6, 3, 2, False), {}, (3, 6, 8, 11)),
              Case((4, 6, 2), {'use_residual': False}, (3, 4, 7, 6))],
}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    exam = Examination(ask, draw, NAME, nndl.resnet_module, CASES, variants(), several=True)
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


def blocks(c_in, c_out, n, stride=1, use_residual=True, change=''):
    """The blocks of a module with one change; without one they are the library's."""
    first = {'stride_ignored': 1, 'stride_on_last': stride if n == 1 else 1,
             'always_halves': 2}.get(change, stride)
    on = {'residual_always': True, 'residual_never': False,
          'residual_inverted': not use_residual}.get(change, use_residual)
    made = []
    for k in range(n):
        taken = c_in if k == 0 or change == 'all_take_input_channels' else c_out
        taken = c_out if change == 'first_takes_out_channels' else taken
        given = {'last_changes_channels': c_out if k == n - 1 else c_in}.get(change, c_out)
        taken = c_in if change == 'last_changes_channels' else taken
        step = first if k == 0 or change == 'stride_everywhere' else 1
        if k == n - 1 and change in ('stride_on_last', 'last_changes_channels'):
            step = stride if change == 'stride_on_last' else 1
        active = {'residual_first_only': on if k == 0 else True,
                  'residual_not_in_first': True if k == 0 else on}.get(change, on)
        made.append(nndl.ResBlock(taken, given, step, active))
    return made


def variants():
    """[(``Fault``, the library's function with this one change)]."""
    return [(Fault(name), partial(blocks, change=change)) for name, change in (
        *((name, name) for name in (
            'stride_ignored', 'stride_on_last', 'stride_everywhere', 'always_halves',
            'residual_always', 'residual_never', 'residual_inverted', 'all_take_input_channels',
            'first_takes_out_channels', 'last_changes_channels')),
        ('residual_not_everywhere', 'residual_first_only'),
        ('residual_not_everywhere', 'residual_not_in_first'))] + [
        (Fault('stride_default'), lambda i, o, n, stride=2, use_residual=True:
            blocks(i, o, n, stride, use_residual)),
        (Fault('residual_default'), lambda i, o, n, stride=1, use_residual=False:
            blocks(i, o, n, stride, use_residual))]
