"""Lab 01: ResBlock."""

import nndl

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'HIDDEN_PACKAGES', 'PROBES', 'judge']

NAME = 'ResBlock'
CHECK = 'resblock'
HIDDEN = {'nndl.resnet': ('ResBlock', 'make_first_module', 'resnet_module', 'make_modules',
                          'Model_ResNet18')}
HIDDEN_PACKAGES = ('torchvision',)
PROBES = {
    'plain': (1, {'en': 'use_residual=False: ReLU(f(x))',
                  'zh': 'use_residual=False 时：ReLU(f(x))'}),
    'identity': (1, {'en': 'equal channels, stride 1: the input itself is added',
                     'zh': '通道数不变、步长为 1 时：加上输入本身'}),
    'projection': (1, {'en': 'other channels, more or fewer: the shortcut follows',
                       'zh': '通道数增加或减少时：直连边随之改变'}),
    'stride': (1, {'en': 'equal channels, stride 2; no parameter too many',
                   'zh': '通道数不变、步长为 2 时；没有多余的参数'}),
}


def judge(ask, draw):
    """By the output, with random parameters and statistics."""
    from nndl.grading.probes.networks import agrees

    x = draw.normal(2, 4, 8, 6)
    blocks = {'plain': [([4, 6, 2, False], {})], 'identity': [([4, 4], {})],
              'projection': [([4, 6], {}), ([4, 3], {'use_residual': True})],
              'stride': [([4, 4], {'stride': 2})]}
    for probe, calls in blocks.items():
        yield probe, all(agrees(ask, draw, nndl.ResBlock(*arguments, **options), x,
                                count=probe == 'stride', arguments=arguments, options=options)
                         for arguments, options in calls)
