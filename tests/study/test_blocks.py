"""Networks without one of their blocks, against networks built without it."""

import torch
from test_gradients import network
from torch import nn

from nndl.resnet import Model_ResNet18
from nndl.study.blocks import accuracy_without_blocks


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
