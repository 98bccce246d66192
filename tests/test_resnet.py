"""ResNet18: the textbook's layer table, the equation."""

import pytest
import torch
import torch.nn.functional as F
from cases.inputs.layers import LAYER_TABLE
from torch import nn
from twins import random_norms

from nndl.count import parameters
from nndl.resnet import (
    NUM_BLOCKS,
    Model_ResNet18,
    ResBlock,
    make_first_module,
    make_modules,
    resnet_module,
)


def layer_table(model, x):
    rows = []

    def note(module, _, output):
        own = sum(p.numel() for p in module.parameters(recurse=False))
        shape = ','.join(str(size) for size in output.shape[1:])
        rows.append(f'{type(module).__name__} {shape} {own}')

    for module in model.modules():
        if not isinstance(module, nn.Sequential | Model_ResNet18):
            module.register_forward_hook(note)
    model.eval()(x)
    return rows


def test_layer_table_of_the_textbook():
    expected = [row.strip() for row in LAYER_TABLE.strip().replace('\n', '|').split('|')]
    rows = layer_table(Model_ResNet18(in_channels=1), torch.zeros(1, 1, 64, 32))
    assert rows == expected
    assert len(rows) == 53


@pytest.mark.parametrize(('use_residual', 'expected'), [(True, 11_175_434), (False, 11_001_610)])
def test_number_of_parameters_and_that_each_is_used(use_residual, expected):
    model = Model_ResNet18(1, 10, use_residual)
    assert parameters(model) == expected
    model(torch.randn(2, 1, 64, 64)).sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize(('channels', 'stride'), [((8, 8), 1), ((8, 16), 1), ((8, 8), 2),
                                                  ((8, 16), 2)])
@pytest.mark.parametrize('training', [True, False])
def test_block_is_the_equation(channels, stride, training):
    torch.manual_seed(0)
    block = random_norms(ResBlock(*channels, stride=stride)).train(training)
    x = torch.randn(4, channels[0], 9, 6)

    def norm(x, bn):
        return F.batch_norm(x, bn.running_mean.clone(), bn.running_var.clone(), bn.weight, bn.bias,
                            training)

    f = F.relu(norm(F.conv2d(x, block.conv1.weight, stride=stride, padding=1), block.bn1))
    f = norm(F.conv2d(f, block.conv2.weight, padding=1), block.bn2)
    if channels == (8, 8) and stride == 1:
        expected = F.relu(f + x)
    else:
        expected = F.relu(f + norm(F.conv2d(x, block.shortcut.weight, stride=stride), block.bn3))
    assert torch.allclose(block(x), expected, atol=1e-6)


@pytest.mark.parametrize('use_residual', [True, False])
def test_a_branch_of_zero_leaves_the_shortcut_or_nothing(use_residual):
    block = random_norms(ResBlock(8, 8, use_residual=use_residual))
    nn.init.zeros_(block.bn2.weight)
    nn.init.zeros_(block.bn2.bias)
    x = torch.randn(2, 8, 5, 5)
    assert torch.equal(block(x), F.relu(x) if use_residual else torch.zeros_like(x))


def test_block_leaves_its_input_alone():
    x = torch.randn(2, 8, 5, 5)
    before = x.clone()
    ResBlock(8, 8)(x)
    assert torch.equal(x, before)


def test_modules():
    assert make_first_module(3)(torch.zeros(2, 3, 32, 32)).shape == (2, 64, 8, 8)
    blocks = resnet_module(64, 128, 3, stride=2)
    assert [block.stride for block in blocks] == [2, 1, 1]
    assert [block.use_1x1conv for block in blocks] == [True, False, False]
    assert [len(module) for module in make_modules(True)] == [2, 2, 2, 2]


@pytest.mark.parametrize(('depth', 'num_blocks'), NUM_BLOCKS.items())
def test_depth(depth, num_blocks):
    with torch.device('meta'):
        model = Model_ResNet18(1, num_blocks=num_blocks)
        output = model(torch.zeros(2, 1, 32, 32))
    on_the_way = [m for name, m in model.named_modules()
                  if isinstance(m, nn.Conv2d | nn.Linear) and 'shortcut' not in name]
    assert len(on_the_way) == depth
    assert output.shape == (2, 10)
