"""mapping_check: a right mapping gives 0 up to rounding, and each planted fault is found."""

import re
from functools import cache, partial

import torch

from nndl.check.exercises.mapping_check.probe import CLASSES, networks
from nndl.check.feedback import Fault
from nndl.check.line import StudentError
from nndl.check.values import is_number, kind_seen
from nndl.weights import STEM_BIAS, torchvision_name

__all__ = ['criteria']

ROUNDING, FOUND = 1e-4, 1e-3  # a right mapping gives at most this, a wrong one at least that
CRITERIA = {'names': ('misspelt', 'left_out'), 'layers': ('swapped',),
            'statistics': ('means_swapped',), 'sign': ('lower', 'higher', 'one_logit')}
SWAPPED = {'swapped': '', 'means_swapped': 'running_mean'}  # of which entries
SMALL = 2 * FOUND  # a mean over ten logits, of which one differs by it, is below FOUND
# {planted: what is added to one logit, and to each of the others}
SHIFTED = {'lower': (0.0, -1.0), 'higher': (0.0, 1.0), 'one_logit': (SMALL, 0.0)}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    trial = _Trial(ask, draw)
    return {name: partial(trial.fault, name, faults) for name, faults in CRITERIA.items()}


class _Trial:
    """The student's answers for a right mapping and for wrong ones, of the same networks."""

    def __init__(self, ask, draw):
        given = {'images': draw.normal(8, 3, 32, 32), 'seed': draw.seed()}
        self.right = draw.integers(CLASSES, 1)
        self.told = cache(lambda name: ask('difference', **self.mapping(name), **given))

    def fault(self, criterion, planted):
        """The fault of the answer for the right mapping, or the first planted one missed."""
        if not is_number(got := self.told('right')):
            return Fault('not_a_number', {'got': kind_seen(got)})
        if abs(got) > ROUNDING:
            return Fault('false_alarm', {'got': f'{got:.3g}'})
        for name in planted:
            if (got := self.answer(name)) is not None:
                return Fault('missed_one' if name == 'one_logit' else f'missed_{criterion}',
                             {'got': got, 'by': SMALL})
        return None

    def answer(self, planted):
        """The number for a wrong mapping, as text; None if it is large, or the check raised."""
        try:
            got = self.told(planted)
        except StudentError:
            return None
        if not is_number(got):
            return kind_seen(got)
        return None if abs(got) >= FOUND else f'{got:.3g}'

    def mapping(self, planted):
        """The arguments of the probe for a mapping with one fault, or for the right one."""
        names, zeros, add = _right_names(), {STEM_BIAS: 64}, {}
        if planted == 'misspelt':
            names = [[theirs, ours.replace('bn3', 'shorcutt')] for theirs, ours in names]
        elif planted == 'left_out':
            names, zeros = [pair for pair in names if 'net.4.0.bn3' not in pair[1]], {}
        elif planted in SWAPPED:
            names = [[theirs, _swapped(ours) if ours.endswith(SWAPPED[planted]) else ours]
                     for theirs, ours in names]
        elif planted in SHIFTED:
            is_right = torch.arange(CLASSES) == self.right
            add = {'net.7.bias': torch.where(is_right, *SHIFTED[planted])}
        return {'names': names, 'zeros': zeros, 'add': add}


@cache
def _right_names():
    """[[torchvision's name, ours]]."""
    names = (name for name in networks()[0].state_dict() if name != STEM_BIAS)
    return [[f'{torchvision_name(layer)}.{entry}', f'{layer}.{entry}']
            for layer, _, entry in (name.rpartition('.') for name in names)]


def _swapped(name):
    """The name with the normalisations of one block swapped."""
    return re.sub(r'^(net\.3\.0\.bn)([12])', lambda found: f'{found[1]}{3 - int(found[2])}', name)
