"""Comparison layer by layer: it names the first layer that differs."""

import copy

import pytest
import torch
from cases.inputs.layers import CHANGES
from twins import twins

from nndl.study.layers import compare_layers


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


@pytest.mark.parametrize(('change', 'where'), CHANGES)
def test_the_first_layer_that_differs_is_named(change, where):
    ours, theirs = twins()
    change(ours)
    x = torch.randn(2, 3, 32, 32)
    assert compare_layers(ours.eval(), theirs.eval(), x).first_difference == where
