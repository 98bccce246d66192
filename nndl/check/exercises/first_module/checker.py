"""make_first_module: accepted is what computes the same as the library's; the bias is free."""

from functools import partial

from torch import nn

import nndl
from nndl.check.exercises.first_module import NAME
from nndl.check.feedback import Fault
from nndl.check.networks import Case, Examination

__all__ = ['criteria', 'variants']

CASES = {'one_channel': [Case((1,), {}, (3, 1, 25, 32))],
         'three_channels': [Case((3,), {}, (2, 3, 32, 27))]}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    return Examination(ask, draw, NAME, nndl.make_first_module, CASES, variants()).criteria()


def variants():
    """[(``Fault``, the library's function with this one change)]."""
    made = [(Fault(name, facts), partial(_module, **change)) for name, facts, change in CHANGES]
    channels = [(Fault('in_channels', {'got': n}), lambda _, n=n: _module(n)) for n in (1, 3)]
    return made + channels


def _module(n, conv=(64, 7, 2, 3), norm=None, order='cnrp', pool=None, bias=True, **options):
    layers = {'c': lambda: nn.Conv2d(n, *conv, bias=bias, **options),
              'n': lambda: nn.BatchNorm2d(conv[0], **norm or {}), 'r': nn.ReLU,
              'p': pool or partial(nn.MaxPool2d, 3, 2, 1), **ACTIVATIONS}
    return nn.Sequential(*(layers[letter]() for letter in order))


ACTIVATIONS = {'s': nn.Sigmoid, 't': nn.Tanh, 'l': nn.LeakyReLU, 'g': nn.GELU, 'e': nn.ELU}
# (fault, facts, change)
CHANGES = (
    ('no_relu', {}, {'order': 'cnp'}), ('no_norm', {}, {'order': 'crp'}),
    ('no_pooling', {}, {'order': 'cnr'}), ('relu_before_norm', {}, {'order': 'crnp'}),
    ('pool_before_norm', {}, {'order': 'cpnr'}), ('pool_before_norm', {}, {'order': 'crpn'}),
    *(('conv_kernel', {'got': k, 'padding': k // 2}, {'conv': (64, k, 2, k // 2)})
      for k in (1, 3, 5, 9)),
    *(('conv_stride', {'got': s}, {'conv': (64, 7, s, 3)}) for s in (1, 3, 4)),
    *(('conv_padding', {'got': p}, {'conv': (64, 7, 2, p)}) for p in (0, 1, 2, 4)),
    *(('out_channels', {'got': c}, {'conv': (c, 7, 2, 3)}) for c in (16, 32, 128)),
    *(('conv_options', {'option': f'padding_mode={mode!r}'}, {'padding_mode': mode})
      for mode in ('reflect', 'replicate', 'circular')),
    *(('norm_options', {'option': f'{name}={value}'}, {'norm': {name: value}})
      for name, value in (('affine', False), ('track_running_stats', False), ('momentum', 0.0))),
    ('mean_pooling', {}, {'pool': partial(nn.AvgPool2d, 3, 2, 1)}),
    *(('pool_window', {'kernel': k, 'stride': s, 'padding': p},
       {'pool': partial(nn.MaxPool2d, k, s, p)})
      for k, s, p in ((2, 2, 0), (3, 2, 0), (3, 3, 0), (3, 3, 1), (3, 1, 1), (2, 2, 1), (5, 2, 2),
                      (3, 1, 0), (2, 1, 0))),
    ('pool_window', {'kernel': 3, 'stride': 2, 'padding': 'ceil_mode'},
     {'pool': partial(nn.MaxPool2d, 3, 2, ceil_mode=True)}),
    *(('activation', {'got': layer.__name__}, {'order': f'cn{letter}p'})
      for letter, layer in ACTIVATIONS.items()),
)
