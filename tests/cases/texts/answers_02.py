"""Figures in the answers of lab 02, computed."""

import torch
from torch import nn

from nndl import Model_ResNet18, ResBlock
from nndl.count import multiply_adds, parameters
from nndl.fast import live_taps

PHRASES = [
    '$4\\cdot2\\cdot2={convs}$ in the eight blocks, and 1 linear layer: {depth}',
    '八个残差单元有 $4\\cdot2\\cdot2={convs}$ 个卷积，最后有 1 个全连接层，共 {depth} 层',
    '{block}: the number of channels becomes {channels}', '{block}：通道数变为 {channels}',
    '{tall}: the height is twice', '{tall}：输入为 32×32 时', 'output is {small}', '输出是 {small}',
    'from {features} to {features} channels in module 5',
    '第五模块中从 {features} 到 {features} 个通道',
    'so {times} times as many weights; but each of them is used for 1/{times} of the pixels',
    '权重便是 {times} 倍；但每个权重只用于 1/{times} 的像素',
    'has {dead_2} dead taps of 9, each of the others {dead_1}: '
    '$5\\cdot256\\cdot512+3\\cdot8\\cdot512\\cdot512={dead}$',
    '有 {dead_2} 个是死的，另外三个卷积各有 {dead_1} 个：'
    '$5\\cdot256\\cdot512+3\\cdot8\\cdot512\\cdot512={dead}$',
    'From {first} pixels on', '不小于 {first} 个像素', '{error}" at {first}×{first}',
    '{first}×{first} 时是 “{error}”', 'more than {features} numbers', '多于 {features} 个',
    'Without the biases there are {without} parameters', '去掉之后有 {without} 个参数',
    '$512\\cdot10={linear}$', '$2\\cdot{square}-{linear}={double}$', '都是 {features} 个数',
    'it gets {features} numbers', '{live} M parameters can change its output',
    '能改变输出的参数只有 {live_zh} 万个',
    'have {ratio} times as many pixels: {other} million multiply-adds instead of {usual}, almost '
    '{ratio} times', '原来的 {ratio} 倍：乘加次数从 {usual}00 万增加到 {other_zh} 亿，接近 {ratio} 倍',
    'gets maps of {into} and gives {out}', '输入是 {into}，输出是 {out}',
    '{real} of {all} million multiply-adds are with pixels',
    '{all_zh} 万次乘加中，与像素相乘的有 {real_zh} 万次',
    'By a factor of ${all}/{real}={factor}$', '${all_zh}/{real_zh}={factor}$ 倍']


def facts():
    """{name: text}."""
    model = Model_ResNet18(in_channels=1).eval()
    tall, wide = model.net[:5](torch.zeros(1, 1, 64, 32)), model.net[:5](torch.zeros(1, 1, 32, 32))
    n, square, double = (parameters(model), *(multiply_adds(model, (1, 1, height, 32))
                                              for height in (32, 64)))
    dead_2, dead_1 = (9 - len(live_taps(size, 3, stride, 1)) ** 2 for size, stride in ((2, 2), (1, 1)))
    dead = dead_2 * 256 * 512 + 3 * dead_1 * 512 * 512
    other = Model_ResNet18(in_channels=1)
    other.net[0] = nn.Conv2d(1, 64, 3, padding=1)
    module_4 = other.net[:4](torch.zeros(2, 1, 32, 32))
    others, real = multiply_adds(other, (1, 1, 32, 32)), with_pixels(model)
    assert min(len(live_taps(size, 3, stride, 1)) for size, stride in ((8, 2), (4, 1))) == 3
    return {'convs': '16', 'depth': str(1 + 16 + 1), 'channels': '128',
            'block': str(tuple(ResBlock(64, 128, stride=2)(torch.zeros(2, 64, 8, 8)).shape)),
            'tall': str(tuple(tall.shape)), 'small': '×'.join(map(str, wide.shape[1:])),
            'times': str((512 // 64) ** 2), 'dead': spaced(dead), 'dead_2': str(dead_2),
            'dead_1': str(dead_1), **without_pooling(model), 'features': str(model.net[7].in_features),
            'without': f'{n - 64:,}', 'linear': str(512 * 10), 'square': spaced(square),
            'double': spaced(double), 'live': f'{(n - dead) / 1e6:.1f}',
            'live_zh': f'{(n - dead) / 1e4:.0f}'[:2] + '0', 'ratio': str((32 // 8) ** 2),
            'other': f'{others / 1e6:.0f}', 'other_zh': f'{others / 1e8:.2f}',
            'usual': f'{square / 1e6:.0f}', 'into': '×'.join(map(str, module_4.shape[2:])),
            'out': '×'.join(map(str, other.net[4](module_4).shape[2:])),
            'real': f'{real / 1e6:.2f}', 'all': f'{square / 1e6:.2f}',
            'factor': f'{square / real:.2f}',
            'real_zh': f'{real / 1e4:.0f}', 'all_zh': f'{square / 1e4:.0f}'}


def spaced(number):
    return f'{number:,}'.replace(',', '{,}')


def without_pooling(model):
    """The smallest size at which the network needs its mean, and torch's error there."""
    short = nn.Sequential(*model.net[:5], *model.net[6:])
    for size in range(32, 40):
        try:
            short(torch.zeros(1, 1, size, size))
        except RuntimeError as error:
            return {'first': str(size), 'error': str(error)}
    raise AssertionError('it never fails')


def with_pixels(model):
    """Multiply-adds with pixels at 32x32: of each convolution the live share."""
    total = 0

    def note(layer, inputs, output):
        nonlocal total
        if isinstance(layer, nn.Conv2d):
            live = 1
            for size, kernel, stride, padding in zip(inputs[0].shape[2:], layer.kernel_size,
                                                     layer.stride, layer.padding, strict=True):
                live *= sum(o.stop - o.start for _, o, _ in live_taps(size, kernel, stride, padding))
            total += live * layer.in_channels * layer.out_channels
        elif isinstance(layer, nn.Linear):
            total += layer.weight.numel()

    hooks = [layer.register_forward_hook(note) for layer in model.modules()]
    model(torch.zeros(1, 1, 32, 32))
    for hook in hooks:
        hook.remove()
    return total
