"""Figures in the answers of lab 00, computed."""

import math

from nndl import Torch_LeNet, load_mnist

PHRASES = [
    '{chance}%: its answer is right', '{chance}%：十类中有一类',
    '$32-5+1={side}$ in each direction, so ${side}\\cdot{side}={one}$ windows',
    '每个方向 $32-5+1={side}$ 个，共 ${side}\\cdot{side}={one}$ 个窗口',
    'up to {times} windows of 5×5', '最多属于 {times} 个 5×5 的窗口',
    '$-\\ln\\frac{{1}}{{10}}=\\ln 10={uniform}$. The first loss', '=\\ln 10={uniform}$。第一个损失',
    '$\\lfloor(32-5)/2\\rfloor+1={half}$ in each direction, {two} in all',
    '每个方向 $\\lfloor(32-5)/2\\rfloor+1={half}$ 个，共 {two} 个',
    '$32+2p-5+1$ in each direction, which is 32 for $p={padding}$',
    '有 $32+2p-5+1$ 个，取 $p={padding}$ 就是 32 个',
    '$16\\cdot120\\cdot25+120={most}$, {share}% of all',
    '$16\\cdot120\\cdot25+120={most}$ 个，占 {share}%',
    'The third convolution, from {inputs} to {outputs} channels', '从 {inputs} 个通道到 {outputs} 个通道',
    'LeNet-5 has {all} parameters', 'LeNet-5 有 {all} 个参数', 'By 1/{test}', '变化 1/{test}']


def facts():
    """{name: text}."""
    model = Torch_LeNet(in_channels=1)
    layers = {name: sum(p.numel() for p in layer.parameters())
              for name, layer in model.named_children()}
    n = sum(layers.values())
    most = max(layers, key=layers.get)
    assert most == 'conv5'  # the third convolution
    side, half = ((32 - 5) // stride + 1 for stride in (1, 2))
    padding, = (p for p in range(5) if 32 + 2 * p - 5 + 1 == 32)
    _, _, test = load_mnist()
    return {'side': str(side), 'half': str(half), 'one': str(side ** 2), 'two': str(half ** 2),
            'padding': str(padding), 'times': str(5 ** 2), 'uniform': f'{math.log(10):.3f}',
            'chance': f'{100 * max(test.labels.bincount()) / len(test):.0f}',
            'most': f'{layers[most]:,}'.replace(',', '{,}'), 'share': f'{100 * layers[most] / n:.0f}',
            'inputs': str(model.conv5.in_channels), 'outputs': str(model.conv5.out_channels),
            'all': f'{n:,}', 'test': str(len(test))}
