"""Calls the student's map with tensors each of which tells where it comes from."""

from collections import OrderedDict, abc

import torch

from nndl.check.line import Kind, kind_of

__all__ = ['mapping', 'ramp', 'summary']


def mapping(fn, entries):
    """Summaries of 'ours', the result for [[name, shape, start]], and of 'theirs' afterwards."""
    theirs = OrderedDict((name, ramp(shape, start)) for name, shape, start in entries)
    return {'ours': _summaries(fn(theirs)), 'theirs': _summaries(theirs)}


def ramp(shape, start):
    """A tensor of values from start to start + 1; a count is its start."""
    size = torch.Size(shape).numel()
    return start + torch.linspace(0, 1, size).reshape(shape) if shape else torch.tensor(start)


def summary(value):
    """[type and shape, at most 64 values]; of what is no tensor, [its type, no values]."""
    if not isinstance(value, torch.Tensor):
        return [kind_of(value), []]
    places = torch.linspace(0, value.numel() - 1, min(64, value.numel())).long()
    return [f'{value.dtype} {tuple(value.shape)}', torch.take(value, places).tolist()]


def _summaries(state):
    if not isinstance(state, abc.Mapping):
        return Kind(type(state).__name__)
    return [[key if type(key) is str else repr(key), summary(state[key])] for key in state]
