"""Figures in the answers of lab 01, computed."""

import torch
import torch.nn.functional as F
from torch import nn

from nndl import ResBlock

PHRASES = [
    'The output has the shape {shape}', '输出的形状为 {shape}',
    '$64\\cdot128={weights}$ weights, a 3×3 convolution nine times as many, ${more}$',
    '$64\\cdot128={weights}$ 个权重，3×3 卷积是它的九倍，${more}$ 个',
    'A {share}: every second pixel of every second row', '{share_zh}：隔一行取一行']
SHARES = {0.25: ('quarter', '四分之一')}


def facts():
    """{name: text}."""
    maps = torch.zeros(1, 4, 32, 32)
    block, x = ResBlock(1, 1, stride=2), torch.ones(1, 1, 8, 8, requires_grad=True)
    nn.init.ones_(block.shortcut.weight)
    gradient, = torch.autograd.grad(block.shortcut(x).sum(), x)
    share, share_zh = SHARES[(gradient != 0).float().mean().item()]
    return {'shape': str(tuple(F.conv2d(maps, torch.zeros(3, 4, 1, 1)).shape)),
            'weights': str(nn.Conv2d(64, 128, 1, bias=False).weight.numel()),
            'more': f'{nn.Conv2d(64, 128, 3, bias=False).weight.numel():,}'.replace(',', '{,}'),
            'share': share, 'share_zh': share_zh}
