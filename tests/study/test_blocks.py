"""Dead units and networks without one of their blocks, against planted cases."""

import pytest
import torch
from test_gradients import BATCH, network
from torch import nn

from nndl.resnet import Model_ResNet18, ResBlock
from nndl.study.blocks import accuracy_without_blocks, dead_relus


def test_dead_units_are_counted():
    model = network(use_residual=False)
    assert max(dead_relus(model, BATCH[0]).values()) < 0.02
    # of the two ReLUs of the second block the first is silenced for one channel in three
    with torch.no_grad():
        model[1].bn1.bias[0] = -100
    dead = dead_relus(model, BATCH[0])
    assert dead['0'] < 0.02
    assert dead['1'] == pytest.approx(1 / 6, abs=0.02)
    nn.init.constant_(model[0].bn2.bias, -100)  # and the second of the first block altogether
    assert dead_relus(model, BATCH[0])['0'] == pytest.approx(1 / 2, abs=0.02)


def test_the_shortcut_keeps_units_alive():
    """f(x) is about -100, whatever the scale of x: small x leaves the second ReLU dead."""
    model, inputs = network(use_residual=True, blocks=1), torch.rand(64, 3, 5, 4)
    before = dead_relus(model, inputs)['0']  # a few corners, which see mostly padding
    assert before < 0.04
    nn.init.constant_(model[0].bn2.bias, -100)
    assert dead_relus(model, inputs)['0'] == pytest.approx(before + 1 / 2, abs=1e-6)
    assert dead_relus(model, 1000 * inputs)['0'] == pytest.approx(before, abs=1e-6)


def test_accuracy_without_each_block_by_hand():
    """Against networks that were built without that block."""
    torch.manual_seed(0)
    inputs, labels = torch.rand(40, 3, 5, 4), torch.arange(40) % 4
    for use_residual in (True, False):
        model = network(use_residual, blocks=3).eval()
        got = accuracy_without_blocks(model, inputs, labels)
        assert list(got) == [None, '0', '1', '2']
        for name, score in got.items():
            parts = [part for key, part in model.named_children() if key != name]
            outputs = nn.Sequential(*parts)(inputs)
            assert score == (outputs.argmax(1) == labels).float().mean().item()


def test_the_same_blocks_can_be_taken_out_of_both_arms():
    names = [list(accuracy_without_blocks(Model_ResNet18(1, use_residual=use_residual),
                                          torch.rand(4, 1, 32, 32), torch.arange(4)))
             for use_residual in (True, False)]
    assert names[0] == names[1] == [None, 'net.1.0', 'net.1.1', 'net.2.1', 'net.3.1', 'net.4.1']


def test_networks_without_such_blocks_are_named():
    with pytest.raises(ValueError, match='Linear has no residual blocks'):
        dead_relus(nn.Linear(2, 2), BATCH[0])
    with pytest.raises(ValueError, match='no block of this Sequential keeps the shape'):
        accuracy_without_blocks(nn.Sequential(ResBlock(3, 6)), *BATCH)
