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
CONV = 'nn.Conv2d(in_channels, 64, 7, stride=2, padding=3)'
NORM, RELU, POOL = ('nn.BatchNorm2d(64)', 'nn.ReLU()',
                    'nn.MaxPool2d(kernel_size=3, stride=2, padding=1)')
NOTHING = 'nn.Identity()'
OTHERS = {
    CONV: ['nn.Conv2d(1, 64, 7, stride=2, padding=3)', 'nn.Conv2d(3, 64, 7, stride=2, padding=3)',
           *(f'nn.Conv2d(in_channels, 64, {size})' for size in (
               '3, stride=2, padding=1', '5, stride=2, padding=2', '7, stride=1, padding=3',
               '7, stride=2', '7, stride=2, padding=1', '7, stride=2, padding=2'))],
    POOL: ['nn.AvgPool2d(3, 2, 1)', 'nn.MaxPool2d(3, 2, ceil_mode=True)',
           *(f'nn.MaxPool2d({size})' for size in (
               '2, 2', '3, 2', '3, 3', '3, 3, 1', '3, 1, 1', '2, 2, 1'))],
    RELU: ['nn.Sigmoid()', 'nn.Tanh()', 'nn.LeakyReLU()', 'nn.GELU()'],
}
# (change, *(old, new)), see ``networks.changed``; several may be the same change
CHANGES = (
    ('Conv2d, BatchNorm2d, MaxPool2d', (RELU, NOTHING)),
    ('Conv2d, ReLU, MaxPool2d', (NORM, NOTHING)),
    ('Conv2d, BatchNorm2d, ReLU', (POOL, NOTHING)),
    ('Conv2d, ReLU, BatchNorm2d, MaxPool2d', (NORM, NOTHING), (RELU, f'{RELU}, {NORM}')),
    ('Conv2d, ReLU, MaxPool2d, BatchNorm2d', (NORM, NOTHING), (POOL, f'{POOL}, {NORM}')),
    ('Conv2d, MaxPool2d, BatchNorm2d, ReLU', (POOL, NOTHING), (NORM, f'{POOL}, {NORM}')),
    *((f'nn.Conv2d(in_channels, {n}, ...)', ('64', str(n))) for n in (32, 128)),
    *((new, (old, new)) for old, others in OTHERS.items() for new in others),
)
VARIANTS = changed(nndl.make_first_module, CHANGES)
