"""Lab 02: Model_ResNet18."""

import nndl
from nndl.grading.probes.first_module import HIDDEN, HIDDEN_PACKAGES

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'HIDDEN_PACKAGES', 'PROBES', 'judge']

NAME = 'Model_ResNet18'
CHECK = 'network'
PROBES = {
    'residual': (2, {'en': 'ResNet18 for one channel and ten classes',
                     'zh': '1 个输入通道、10 个类别的 ResNet18'}),
    'sizes': (1, {'en': 'other channels, classes, image sizes and numbers of blocks',
                  'zh': '其他的通道数、类别数、图像大小和残差单元个数'}),
    'plain': (2, {'en': 'use_residual=False reaches every block',
                  'zh': 'use_residual=False 传到每一个残差单元'}),
}
BLOCKS = 1, 2, 1, 3
CALLS = {
    'residual': ({'in_channels': 1, 'num_classes': 10, 'use_residual': True}, (32, 32)),
    'sizes': ({'in_channels': 2, 'num_classes': 7}, (64, 32)),
    'plain': ({'in_channels': 1, 'num_classes': 10, 'use_residual': False}, (32, 32)),
}


def judge(ask, draw):
    """By the output, with random parameters and statistics."""
    from nndl.grading.probes.networks import agrees

    own_blocks = ask('takes', parameter='num_blocks').get('takes') is True
    for probe, (options, size) in CALLS.items():
        if probe == 'sizes' and own_blocks:  # the textbook's network has no such parameter
            options = options | {'num_blocks': BLOCKS}
        x = draw.normal(2, options['in_channels'], *size)
        yield probe, agrees(ask, draw, nndl.Model_ResNet18(**options), x, count=False,
                            options=options)
