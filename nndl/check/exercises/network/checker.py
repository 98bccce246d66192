"""Model_ResNet18: the whole is compared as a block is; if it differs, it is followed part by part.

The maps behind modules 1 to 5 are looked for among the outputs of the student's own modules, and
the output is compared with what the head makes of a map that is there. So a network that is wrong
in one part keeps the points of the others, and the fault is looked for in that part alone.
"""

from functools import cached_property, partial

import torch
import torch.nn.functional as F
from torch import nn

import nndl
from nndl.check.exercises.first_module import checker as first_module
from nndl.check.exercises.network import NAME
from nndl.check.exercises.resnet_module import checker as resnet_module
from nndl.check.feedback import Fault
from nndl.check.networks import Case, Examination
from nndl.check.observe import Fill
from nndl.check.values import close

__all__ = ['criteria']

# The defaults are those of the exercise: 3 channels, 10 classes, with the residual connections.
CASES = {'residual': [Case((1, 7), {}, (3, 1, 40, 33))],
         'plain': [Case((), {'use_residual': False}, (3, 3, 33, 40))]}
BLOCKS = Case((1,), {'num_classes': 4, 'num_blocks': (5, 4, 6, 3)}, (3, 1, 33, 33))
PLAN = {2: (64, 64, 1), 3: (64, 128, 2), 4: (128, 256, 2), 5: (256, 512, 2)}
OTHERS = {'use_residual': (True, False), 'stride': (1, 2), 'out_channels': (64, 128, 256, 512),
          'num_res_blocks': (1, 3, 4)}
TOLERANCE = 1e-3  # 18 layers may blow rounding up to 1e-4; a wrong layer changes some per cent


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    exam = Examination(ask, draw, NAME, nndl.Model_ResNet18, CASES, tolerance=TOLERANCE,
                       kept_channels=512)
    parts = _Parts(exam)
    return {'stem': partial(parts.judge, ('residual', 'plain'), 1),
            'residual': partial(parts.judge, ('residual',), 5),
            'plain': partial(parts.judge, ('plain',), 5),
            'head': partial(parts.judge, ('residual', 'plain'), 6),
            'whole': partial(_whole, exam, parts)}


def _whole(exam, parts):
    """Gradients, statistics, evaluation mode, one image; and the numbers of blocks, if taken."""
    fault = exam.judge('residual') or exam.judge('plain')
    if fault:
        return parts.fault or fault
    deeper = Examination(exam.ask, exam.draw, NAME, exam.make, {'blocks': [BLOCKS]},
                         tolerance=TOLERANCE, kept_channels=512)
    fault = deeper.judge('blocks')
    if fault is None or fault.name == 'signature':  # the textbook's network takes no num_blocks
        return None
    return Fault('num_blocks', {'call': BLOCKS.called(NAME)})


class _Parts:
    """The parts of a student's networks: module 1, modules 2 to 5, and the head, number 6."""

    def __init__(self, exam):
        self.exam = exam

    def judge(self, criteria, part):
        """The ``Fault`` if a part, and those before it, are not right in these networks."""
        for criterion in criteria:
            seen = self.exam.outcomes[CASES[criterion][0]]
            if not seen.right and not self.followed[criterion].has(part):
                if seen.error and not self.followed[criterion].fault:
                    raise seen.error
                return self.fault or self.exam.judge(criterion)
        return None

    @cached_property
    def followed(self):
        """{criterion: ``_Followed``} of the networks that are wrong."""
        return {criterion: _Followed(self.exam, self.exam.outcomes[cases[0]])
                for criterion, cases in CASES.items()
                if not self.exam.outcomes[cases[0]].right}

    @cached_property
    def fault(self):
        """The first ``Fault`` that is established about a part, None if there is none."""
        return next(filter(None, (each.fault for each in self.followed.values())), None)


class _Followed:
    """A wrong network, followed along the library's maps."""

    def __init__(self, exam, seen):
        self.exam, self.seen, self.got = exam, seen, seen.got
        if seen.error or seen.got.get('bools'):
            self.got = seen.look(train_only=True, forgiving=True)
        self.fill, self.x = Fill(**seen.fill), seen.inputs[0]
        self.residual = seen.case.options.get('use_residual', True)

    @cached_property
    def maps(self):
        """The library's maps: the input, and those behind modules 1 to 5."""
        case = self.seen.case
        network = self.fill.into(self.exam.make(*case.arguments, **case.options)).train()
        maps = [self.x]
        with torch.no_grad():
            for part in list(network.net)[:5]:
                maps.append(part(maps[-1]))
        return maps

    def has(self, part):
        """True if the map behind a module was seen; for 6, whether the head is right."""
        return self.head is None if part == 6 else self._seen(self.maps[part])

    def _seen(self, tensor):
        wanted = self.fill.projections(tensor)
        return any(shape == list(tensor.shape) and self.exam.near(found, wanted)
                   for _, shape, found in self.got.get('maps', ()))

    @cached_property
    def fault(self):
        """The ``Fault`` of the first part that is wrong, None if none was established."""
        if self.seen.got.get('bools'):
            return Fault('stride_is_bool')
        if not self.got.get('maps'):
            return None
        wrong = next((part for part in range(1, 6) if not self.has(part)), None)
        if wrong is None:
            return self.head or None
        changes = [change for change, make in self._changes(wrong)
                   if self._gives(change, make, wrong)]
        if len(changes) == 1:
            return self._computes(wrong, changes[0])
        return None if self.seen.error else Fault('module' if wrong > 1 else 'first_map', {
            'call': self.seen.call, 'module': _numbered(wrong),
            'shape': tuple(self.maps[wrong].shape)})

    def _computes(self, module, change):
        return Fault('computes', {'call': self.seen.call, 'module': _numbered(module),
                                  'change': change})

    def _gives(self, change, make, part):
        """True if a changed part gives a map that was seen, and that was used as such."""
        try:
            with torch.no_grad():
                y = self.fill.into(make()).train()(self.maps[part - 1])
                # A map within a part is seen in any case: do the next layers take it?
                within = part == 1 or 'num_res_blocks' in change
                return self._seen(y) and (not within or self._is_used(y, part))
        except RuntimeError:
            return False

    def _is_used(self, y, part):
        if part == 5:
            return close(self.got['train'], self._heads(y)[None], TOLERANCE)
        c_in, c_out, stride = PLAN[part + 1]
        first = nndl.ResBlock(c_in, c_out, stride, self.residual)
        return self._seen(self.fill.into(first).train()(y))

    def _changes(self, part):
        """[(change, function that makes this part with it)]."""
        if part == 1:
            return [(fault.code, partial(make, self.x.shape[1]))
                    for fault, make in first_module.VARIANTS]
        c_in, c_out, stride = PLAN[part]
        right = {'out_channels': c_out, 'num_res_blocks': 2, 'stride': stride,
                 'use_residual': self.residual}

        def row(make=nndl.resnet_module, **options):
            return lambda: nn.Sequential(*make(c_in, **right | options))
        return [(fault.code, row(make)) for fault, make in resnet_module.VARIANTS
                if fault.code.startswith('ResBlock(')] + [
            (f'resnet_module(..., {name}={value})', row(**{name: value}))
            for name, values in OTHERS.items() for value in values if value != right[name]]

    @cached_property
    def head(self):
        """None if the head is right, a ``Fault`` if it is known how it differs, else False."""
        if self.seen.right:
            return None
        output = self.got.get('train')
        if not isinstance(output, torch.Tensor):
            return False
        here = self.has(5)
        found = [change for kept in ([self.maps[5]] if here else self.got['kept'])
                 for change, wanted in self._heads(kept).items()
                 if close(output, wanted, TOLERANCE)]
        if None in found:
            return None
        return self._computes(6, found[0]) if len(found) == 1 and here else False

    def _heads(self, kept):
        """{change, None for the right head: output} on the maps of the last module."""
        n = (*self.seen.case.arguments, 10, 10)[1]
        weight, bias = self.fill.drawn((n, 512)), self.fill.drawn((n,))
        features = kept.mean((2, 3))
        logits = F.linear(features, weight, bias)
        made = {None: logits, 'nn.Linear(512, num_classes, bias=False)': F.linear(features, weight),
                'nn.AdaptiveMaxPool2d(1)': F.linear(kept.amax((2, 3)), weight, bias)} | {
            f'nn.Linear(512, num_classes), {layer}': layer(logits) for layer in (
                nn.ReLU(), nn.Sigmoid(), nn.Softmax(dim=1), nn.LogSoftmax(dim=1))}
        if n != 10:
            made['nn.Linear(512, 10)'] = F.linear(
                features, self.fill.drawn((10, 512)), self.fill.drawn((10,)))
        return made


def _numbered(module):
    return {'en': str(module), 'zh': '一二三四五六'[module - 1]}
