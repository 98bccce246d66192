"""Three counters; the figures are facts of the network."""

import re
import sys

import torch
from torch import nn

from nndl.count import count, multiply_adds, parameters
from nndl.fast import skip_dead_taps
from nndl.lenet import Model_LeNet, Torch_LeNet
from nndl.resnet import Model_ResNet18

SIZE = 1, 1, 32, 32


def test_three_counters_of_resnet18():
    counts = {c.counter: (c.parameters, c.multiply_adds) for c in count(Model_ResNet18(1), SIZE)}
    assert counts == {'FlopCounterMode': (11_175_434, 35_410_944),
                      'torchinfo': (11_175_434, 35_436_938),
                      'thop': (11_175_434, 35_614_720)}


def test_why_they_differ():
    model = Model_ResNet18(1)
    by = {c.counter: c.multiply_adds for c in count(model, SIZE)}
    norm_outputs, norm_parameters = 0, 0

    def note(module, _, output):
        nonlocal norm_outputs, norm_parameters
        norm_outputs += output.numel()
        norm_parameters += sum(p.numel() for p in module.parameters())

    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(note)
    model.eval()(torch.zeros(SIZE))
    biases = 64 * 16 * 16 + 10
    assert by['torchinfo'] - by['FlopCounterMode'] == biases + norm_parameters
    assert by['thop'] - by['FlopCounterMode'] == 4 * norm_outputs + 2 * 512


def test_plain_network():
    assert multiply_adds(Model_ResNet18(1, use_residual=False), SIZE) == 35_017_728


def test_counting_leaves_the_model_alone():
    model = Model_ResNet18(1).train()
    keys, hooks = list(model.state_dict()), sum(len(m._forward_hooks) for m in model.modules())
    count(model, SIZE)
    assert list(model.state_dict()) == keys
    assert sum(len(m._forward_hooks) for m in model.modules()) == hooks
    assert model.training


def test_a_fast_model_is_counted_as_it_is_written():
    assert count(skip_dead_taps(Model_ResNet18(1)), SIZE) == count(Model_ResNet18(1), SIZE)


def test_thop_does_not_know_every_layer():
    """It knows torch's layers by their types; LeNet's convolutions here are our own."""
    first, _, thop = count(Model_LeNet(), SIZE)
    assert (first.multiply_adds, thop.multiply_adds) == (416_520, 10_920)


def test_a_counter_that_is_not_installed_is_left_out(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, 'thop', None)
    assert [c.counter for c in count(Torch_LeNet(), SIZE)] == ['FlopCounterMode', 'torchinfo']
    message, = caplog.messages
    assert re.fullmatch('thop skipped: .*thop.* pip install thop torchinfo setuptools', message)


def test_single_layers(capsys):
    assert [c[1:3] for c in count(nn.Linear(4, 3), (1, 4))] == [(15, 12), (15, 15), (15, 12)]
    assert [c[1:3] for c in count(nn.ReLU(), (1, 4))] == [(0, 0)] * 3
    assert capsys.readouterr() == ('', '')


def test_shared_parameters_count_once():
    layer = nn.Linear(3, 3)
    assert parameters(nn.Sequential(layer, layer)) == 12
