"""map_names: each of our names must hold its own tensor, recognised by its values."""

from functools import cache, cached_property, partial

import torch

from nndl.check.exercises.weight_mapping.probe import ramp, summary
from nndl.check.feedback import Fault
from nndl.check.line import Kind
from nndl.resnet import Model_ResNet18
from nndl.weights import STEM_BIAS, from_torchvision, to_torchvision

__all__ = ['criteria']

NOTHING = {'en': 'nothing', 'zh': '没有这一项'}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    call = _Call(ask, draw)
    parameters = [key for key in call.wanted if key.endswith(('weight', 'bias'))]
    statistics = [key for key in call.wanted if key not in parameters]
    return {'names': call.names, 'parameters': partial(call.values, parameters),
            'statistics': partial(call.values, statistics), 'stem_bias': call.stem_bias}


class _Call:
    """One call of the student's function; tensors are known by their summaries."""

    def __init__(self, ask, draw):
        with torch.device('meta'):
            theirs = to_torchvision(Model_ResNet18(3, 1000).state_dict())
        self.wanted = dict(zip(from_torchvision(theirs), theirs, strict=False))  # no STEM_BIAS
        starts = 10 * torch.arange(len(theirs)) + draw.integers(9, len(theirs))
        entries = [[name, list(tensor.shape), start] for (name, tensor), start
                   in zip(theirs.items(), starts.tolist(), strict=True)]
        self.given = {name: summary(ramp(shape, start)) for name, shape, start in entries}
        self.origins = {str(told): name for name, told in self.given.items()}
        self.told = cache(partial(ask, 'mapping', entries=entries))

    @cached_property
    def got(self):
        """{name: summary} of what the function returns; empty if that is no dict."""
        return {} if isinstance(self.told()['ours'], Kind) else dict(self.told()['ours'])

    def names(self):
        """Just the names of our network, and what was given left alone."""
        if isinstance(self.told()['ours'], Kind):
            return Fault('not_a_dict', {'got': self.told()['ours']})
        if self.told()['theirs'] != [list(entry) for entry in self.given.items()]:
            return Fault('input_changed')
        if str(self.got.get(STEM_BIAS)) in self.origins:  # all names are shifted by one
            return self.stem_bias()
        extra = {key: self.origins.get(str(told), '-') for key, told in self.got.items()
                 if key not in (*self.wanted, STEM_BIAS)}
        if extra:
            key, theirs = next(iter(extra.items()))
            return Fault('unknown_keys', {'n': len(extra), 'key': key, 'theirs': theirs})
        return self._missing(self.wanted) or (None if STEM_BIAS in self.got else self.stem_bias())

    def _missing(self, keys):
        missing = [key for key in keys if key not in self.got]
        return Fault('missing_keys', {'n': len(missing), 'key': missing[0],
                                      'theirs': self.wanted[missing[0]]}) if missing else None

    def values(self, keys):
        """Each tensor from its own namesake."""
        return self._missing(keys) or next(filter(None, map(self._wrong, keys)), None)

    def _wrong(self, key):
        told, wanted = self.got[key], self.wanted[key]
        origin = self.origins.get(str(told))
        return None if origin == wanted else Fault('wrong_layer' if origin else 'differs', {
            'key': key, 'got': origin or _shown(told), 'wanted': wanted,
            'expected': _shown(self.given[wanted])})

    def stem_bias(self):
        """The bias that torchvision does without: 64 zeros of any number type."""
        told = self.got.get(STEM_BIAS)
        if told and told[0].endswith(' (64,)') and told[1] == [0] * 64:
            return None
        got = self.origins.get(str(told)) or (_shown(told) if told else NOTHING)
        return Fault('stem_bias', {'key': STEM_BIAS, 'got': got})


def _shown(told):
    """A summary in short: type, shape, the first values."""
    return f'{told[0]}: {", ".join(f"{value:.6g}" for value in told[1][:3])}, ...'
