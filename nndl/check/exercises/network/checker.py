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
from nndl.check.catalog import messages_of
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
LARGEST, SUM = {'en': 'largest value', 'zh': '最大值'}, {'en': 'sum', 'zh': '和'}
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
    if not exam.ask('takes', parameter='num_blocks'):  # the textbook's network has none
        return None
    deeper = Examination(exam.ask, exam.draw, NAME, exam.make, {'blocks': [BLOCKS]},
                         tolerance=TOLERANCE, kept_channels=512)
    return deeper.judge('blocks') and Fault('num_blocks', {'call': BLOCKS.called(NAME)})


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
        names = {str(fault.facts.get('what', fault.name)): fault
                 for fault, make in self._changes(wrong)
                 if self._gives(fault, make, wrong)}
        if len(names) == 1:
            return next(iter(names.values()))
        return None if self.seen.error else Fault('module' if wrong > 1 else 'first_map', {
            'call': self.seen.call, 'module': wrong,
            'shape': tuple(self.maps[wrong].shape)})

    def _gives(self, fault, make, part):
        """True if a changed part gives a map that was seen, and that was used as such."""
        try:
            with torch.no_grad():
                y = self.fill.into(make()).train()(self.maps[part - 1])
                # A map within a part is seen in any case: do the next layers take it?
                return self._seen(y) and (
                    fault.name not in ('n_blocks', 'stem') or self._is_used(y, part))
        except RuntimeError:
            return False

    def _is_used(self, y, part):
        if part == 5:
            return close(self.got['train'], self._heads(y)[0][1], TOLERANCE)
        c_in, c_out, stride = PLAN[part + 1]
        first = nndl.ResBlock(c_in, c_out, stride, self.residual)
        return self._seen(self.fill.into(first).train()(y))

    def _changes(self, part):
        """[(``Fault``, function that makes this part with one change)]."""
        if part == 1:
            said = messages_of('first_module')
            return [(Fault('stem', {'what': {
                language: said[fault.name][language].format(call=self.seen.call, **fault.facts)
                for language in ('en', 'zh')}}), partial(make, self.x.shape[1]))
                for fault, make in first_module.VARIANTS]
        c_in, c_out, stride = PLAN[part]
        here = {'module': part, 'call': self.seen.call}

        def row(c_out=c_out, n=2, stride=stride, use=self.residual, make=nndl.resnet_module):
            return lambda: nn.Sequential(*make(c_in, c_out, n, stride, use))
        return [
            (Fault('residual_missing' if self.residual else 'residual_always', here),
             row(use=not self.residual)),
            *((Fault(fault.name, here), row(make=make)) for fault, make in resnet_module.VARIANTS
              if fault.name == 'stride_everywhere' or
              fault.name == 'residual_not_everywhere' and not self.residual),
            *((Fault('module_stride', here | {'got': s, 'expected': stride}), row(stride=s))
              for s in (1, 2) if s != stride),
            *((Fault('module_channels', here | {'got': c, 'expected': c_out}), row(c_out=c))
              for c in (64, 128, 256, 512) if c != c_out),
            *((Fault('n_blocks', here | {'got': n}), row(n=n)) for n in (1, 3, 4))]

    @cached_property
    def head(self):
        """None if the head is right, a ``Fault`` if it is known how it differs, else False."""
        if self.seen.right:
            return None
        output = self.got.get('train')
        if not isinstance(output, torch.Tensor):
            return False
        here = self.has(5)
        found = [fault for kept in ([self.maps[5]] if here else self.got['kept'])
                 for fault, wanted in self._heads(kept) if close(output, wanted, TOLERANCE)]
        if None in found:
            return None
        return found[0] if len(found) == 1 and here else False

    def _heads(self, kept):
        """[(``Fault`` or None, output)] of heads on the maps of the last module."""
        n = (*self.seen.case.arguments, 10, 10)[1]
        weight, bias = self.fill.drawn((n, 512)), self.fill.drawn((n,))
        features = kept.mean((2, 3))
        logits = F.linear(features, weight, bias)
        made = [(None, logits), (Fault('head_bias'), F.linear(features, weight)),
                (Fault('no_linear'), features),
                *((Fault('head_pooling', {'got': got}), F.linear(pooled, weight, bias))
                  for got, pooled in ((LARGEST, kept.amax((2, 3))), (SUM, kept.sum((2, 3))))),
                *((Fault('activation_at_the_end', {'got': name}), scores) for name, scores in {
                    'ReLU': F.relu(logits), 'sigmoid': logits.sigmoid(),
                    'softmax': logits.softmax(1), 'log-softmax': logits.log_softmax(1)}.items())]
        if n != 10:
            ten = F.linear(features, self.fill.drawn((10, 512)), self.fill.drawn((10,)))
            made.append((Fault('num_classes'), ten))
        return made
