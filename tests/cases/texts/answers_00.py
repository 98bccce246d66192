"""Figures in the answers of lab 00, computed."""

from nndl import Torch_LeNet

PHRASES = [
    '$28\\cdot28={one}$ windows', '$28\\cdot28={one}$ 个窗口',
    '$(32-5)/1+1={side}$ in each direction, {one} in all; with stride 2 '
    '$\\lfloor(32-5)/2\\rfloor+1={half}$, {two} in all',
    '每个方向 $(32-5)/1+1={side}$ 个，共 {one} 个；步长为 2 时，每个方向 '
    '$\\lfloor(32-5)/2\\rfloor+1={half}$ 个，共 {two} 个',
    '$16\\cdot120\\cdot25+120={most}$, {share}% of all', '$16\\cdot120\\cdot25+120={most}$ 个，占 {share}%',
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
    return {'side': str(side), 'half': str(half), 'one': str(side ** 2), 'two': str(half ** 2),
            'most': f'{layers[most]:,}'.replace(',', '{,}'), 'share': f'{100 * layers[most] / n:.0f}',
            'inputs': str(model.conv5.in_channels), 'outputs': str(model.conv5.out_channels),
            'all': f'{n:,}', 'test': '200'}
