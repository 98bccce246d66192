"""Lab 02: resnet_module."""

import nndl
from nndl.grading.probes.first_module import HIDDEN, HIDDEN_PACKAGES

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'HIDDEN_PACKAGES', 'PROBES', 'judge']

NAME = 'resnet_module'
CHECK = 'resnet_module'
PROBES = {
    'halving': (1, {'en': 'three blocks, the first of which changes channels and size',
                    'zh': '三个残差单元，其中第一个改变通道数和大小'}),
    'default': (1, {'en': 'two blocks without a given stride', 'zh': '不给步长时的两个残差单元'}),
    'plain': (1, {'en': 'use_residual=False reaches every block',
                  'zh': 'use_residual=False 传到每一个残差单元'}),
}
CALLS = {'halving': ([4, 6, 3], {'stride': 2}), 'default': ([4, 6, 2], {}),
         'plain': ([6, 6, 3, 2, False], {})}


def judge(ask, draw):
    """By the output of all blocks in a row."""
    from torch import nn

    from nndl.grading.probes.networks import agrees

    for probe, (arguments, options) in CALLS.items():
        reference = nn.Sequential(*nndl.resnet_module(*arguments, **options))
        yield probe, agrees(ask, draw, reference, draw.normal(2, arguments[0], 8, 12),
                            several=arguments[2], arguments=arguments, options=options)
