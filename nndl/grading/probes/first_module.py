"""Lab 02: make_first_module."""

import nndl

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'HIDDEN_PACKAGES', 'PROBES', 'judge']

NAME = 'make_first_module'
CHECK = 'first_module'
HIDDEN = {'nndl.resnet': ('make_first_module', 'resnet_module', 'make_modules', 'Model_ResNet18')}
HIDDEN_PACKAGES = ('torchvision',)
PROBES = {
    'one_channel': (1, {'en': 'one input channel', 'zh': '输入为 1 个通道'}),
    'three_channels': (1, {'en': 'three input channels', 'zh': '输入为 3 个通道'}),
}


def judge(ask, draw):
    """By the output, with random parameters and statistics; the bias is free."""
    from nndl.grading.probes.networks import agrees

    for probe, n in (('one_channel', 1), ('three_channels', 3)):
        yield probe, agrees(ask, draw, nndl.make_first_module(n), draw.normal(2, n, 32, 36),
                            count=False, arguments=[n])
