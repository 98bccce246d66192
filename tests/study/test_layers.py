"""Comparison layer by layer: it names the first layer that differs."""

import copy

import pytest
import torch
from twins import theirs_of, twins

from nndl.resnet import NUM_BLOCKS, Model_ResNet18
from nndl.study.layers import compare_layers
from nndl.weights import WeightsError, from_torchvision


def test_nan_is_a_difference():
    ours, theirs = twins()
    ours.net[4][1].bn2.bias.data[0] = float('nan')
    result = compare_layers(ours.eval(), theirs.eval(), torch.randn(2, 3, 32, 32))
    assert result.first_difference == 'net.4.1.bn2'
    assert result.largest == float('inf')


def test_compare_changes_neither_network():
    ours, theirs = twins()
    before = copy.deepcopy(ours.state_dict())
    compare_layers(ours.train(), theirs.train(), torch.randn(2, 3, 32, 32))
    assert all(torch.equal(value, before[name]) for name, value in ours.state_dict().items())
    assert 'net.2.0.bn3' in str(compare_layers(ours, theirs, torch.randn(2, 3, 32, 32)))


def test_networks_of_other_depth_are_refused():
    ours = Model_ResNet18(3, 1000, num_blocks=NUM_BLOCKS[34])
    with pytest.raises(WeightsError, match='net.1.2.* has no counterpart.*same depth'):
        compare_layers(ours.eval(), theirs_of(18).eval(), torch.randn(1, 3, 32, 32))
    with pytest.raises(WeightsError, match="torchvision's block layer1.2 has no counterpart"):
        compare_layers(Model_ResNet18(3, 1000).eval(), theirs_of(34).eval(),
                       torch.randn(1, 3, 32, 32))
    with pytest.raises(WeightsError, match="conv1.weight is missing"):
        from_torchvision({'fc.weight': torch.zeros(1)})


def test_a_missing_residual_connection_is_seen():
    ours, theirs = twins()
    ours.net[1][0].use_residual = False
    x = torch.randn(2, 3, 32, 32)
    assert compare_layers(ours.eval(), theirs.eval(), x).first_difference == 'net.1.0'


def test_swapped_layers_are_seen():
    ours, theirs = twins()
    block = ours.net[3][1]
    block.conv1, block.conv2 = block.conv2, block.conv1
    x = torch.randn(2, 3, 32, 32)
    assert compare_layers(ours.eval(), theirs.eval(), x).first_difference == 'net.3.1.conv1'
