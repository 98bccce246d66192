"""new_head: the output must be features @ W.T + b of the body, and nothing but W and b learn."""

from functools import cache, cached_property, partial
from itertools import product

import torch
import torch.nn.functional as F

from nndl.check.exercises.new_head.probe import body, drawn
from nndl.check.feedback import Fault
from nndl.check.line import Kind, StudentError
from nndl.check.values import close

__all__ = ['criteria']

CLASSES = 5, 7, 11, 13  # so that no tensor of a body has the size of a new one


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    calls = [_Call(ask, draw, kind) for kind in ('basic', 'bottleneck')]

    def learning():
        right = [call for call in calls if call.is_right()]  # of another network it says nothing
        faults = [call.learning() for call in right] or [calls[0].output()]
        return next(filter(None, faults), None)
    return {'basic': calls[0].output, 'bottleneck': calls[1].output, 'learning': learning}


class _Call:
    """One call of the student's function."""

    def __init__(self, ask, draw, kind):
        self.kind, self.seed, self.x = kind, draw.seed(), draw.normal(2, 3, 32, 32)
        self.num_classes = CLASSES[int(draw.integers(len(CLASSES), 1))]
        self.told = cache(partial(ask, 'change', kind=kind, seed=self.seed, x=self.x,
                                  num_classes=self.num_classes))

    @cached_property
    def layers(self):
        """[(names, output)] of each linear layer on the features that new parameters can form."""
        network = body(self.kind, self.seed).eval()
        network.fc = torch.nn.Identity()
        with torch.no_grad():
            features = network(self.x)
        n, new, made = self.num_classes, self.told()['new'], []
        weights = [name for name, p in new.items() if p.numel() == n * features.shape[1]]
        biases = [name for name, p in new.items() if p.numel() == n]
        values = drawn(self.seed, n * features.shape[1])
        for weight, bias in product(weights[:9], [*biases[:9], None]):
            for w in values.reshape(n, -1), values.reshape(-1, n).T:
                b = drawn(self.seed, n) if bias else None
                made.append(({weight, bias} - {None}, F.linear(features, w, b)))
        return made

    @cached_property
    def head(self):
        """Names of the parameters of the layer that gives the output, None if none does."""
        output = self.told()['output']
        return next((names for names, scores in self.layers if close(output, scores)), None)

    def output(self):
        """The fault of what the network computes."""
        told, n = self.told(), self.num_classes
        if isinstance(told, Kind):
            return Fault('not_a_model', {'got': told})
        if self.head:
            return None
        shape = tuple(getattr(told['output'], 'shape', ()))
        if shape != (2, n):
            return Fault('wrong_shape', {'n': n, 'got': str(shape or told['output'])[:99]})
        if told['lost']:
            return Fault('body_lost', {'n': told['lost']})
        if not self.layers:
            return Fault('not_one_linear', {'n': n})
        return Fault('differs', {'got': f'{told["output"][0, 0]:.4g}',
                                 'expected': f'{self.layers[0][1][0, 0]:.4g}'})

    def is_right(self):
        """True if the network computes what it should."""
        try:
            return self.output() is None
        except StudentError:
            return False

    def learning(self):
        """The fault of what learns in a right network."""
        if self.head.difference(self.told()['learning']):
            return Fault('head_frozen')
        n = len(self.told()['learning']) - len(self.head)
        return Fault('body_not_frozen', {'n': n}) if n else None
