"""make_first_module: accepted is what computes the same as the library's; the bias is free."""

import nndl
from nndl.check.exercises.first_module import NAME
from nndl.check.networks import Case, Examination, changed

__all__ = ['VARIANTS', 'criteria']

CASES = {'one_channel': [Case((1,), {}, (3, 1, 25, 32))],
         'three_channels': [Case((3,), {}, (2, 3, 32, 27))]}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    return Examination(ask, draw, NAME, nndl.make_first_module, CASES, VARIANTS).criteria()


# Parts of the library's text
KERNEL, STRIDE, PADDING = '7, stride=2, padding=3', '7, stride=2', 'padding=3'
NORM, RELU, NOTHING = 'nn.BatchNorm2d(64)', 'nn.ReLU()', 'nn.Identity()'
POOL = 'nn.MaxPool2d(kernel_size=3, stride=2, padding=1)'
# (fault, facts, *changes); several may have one name
CHANGES = (
    *(('in_channels', {'got': n}, ('d(in_channels', f'd({n}')) for n in (1, 3)),
    ('left_out', {'what': 'ReLU'}, (RELU, NOTHING)),
    ('left_out', {'what': 'BatchNorm2d'}, (NORM, NOTHING)),
    ('left_out', {'what': 'MaxPool2d'}, (POOL, NOTHING)),
    ('before_norm', {'what': 'ReLU'}, (NORM, NOTHING), (RELU, f'{RELU}, {NORM}')),
    ('before_norm', {'what': 'MaxPool2d'}, (NORM, NOTHING), (POOL, f'{POOL}, {NORM}')),
    ('before_norm', {'what': 'MaxPool2d'}, (POOL, NOTHING), (NORM, f'{POOL}, {NORM}')),
    *(('conv_kernel', {'got': k, 'padding': k // 2}, (KERNEL, f'{k}, stride=2, padding={k // 2}'))
      for k in (1, 3, 5, 9)),
    *(('conv_stride', {'got': s}, (STRIDE, f'7, stride={s}')) for s in (1, 3, 4)),
    *(('conv_padding', {'got': p}, (PADDING, f'padding={p}')) for p in (0, 1, 2, 4)),
    *(('out_channels', {'got': c}, ('64', str(c))) for c in (16, 32, 128)),
    *(('conv_options', {'option': option}, (PADDING, f'{PADDING}, {option}'))
      for option in map('padding_mode={!r}'.format, ('reflect', 'replicate', 'circular'))),
    *(('norm_options', {'option': option}, (NORM, f'nn.BatchNorm2d(64, {option})'))
      for option in ('affine=False', 'track_running_stats=False', 'momentum=0.0')),
    ('mean_pooling', {}, (POOL, 'nn.AvgPool2d(3, 2, 1)')),
    *(('pool_window', {'kernel': k, 'stride': s, 'padding': p},
       (POOL, f'nn.MaxPool2d({k}, {s}, {p})'))
      for k, s, p in ((2, 2, 0), (3, 2, 0), (3, 3, 0), (3, 3, 1), (3, 1, 1), (2, 2, 1), (5, 2, 2),
                      (3, 1, 0), (2, 1, 0))),
    ('pool_window', {'kernel': 3, 'stride': 2, 'padding': 'ceil_mode'},
     (POOL, 'nn.MaxPool2d(3, 2, ceil_mode=True)')),
    *(('activation', {'got': name}, (RELU, f'nn.{name}()'))
      for name in ('Sigmoid', 'Tanh', 'LeakyReLU', 'GELU', 'ELU')),
)
VARIANTS = changed(nndl.make_first_module, CHANGES)
