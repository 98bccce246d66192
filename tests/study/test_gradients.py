"""Gradients at every depth: against autograd by hand, and the network is left as it was."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from nndl.resnet import ResBlock
from nndl.study.blocks import accuracy_without_blocks
from nndl.study.gradients import block_gains, gradient_norms

BATCH = torch.randn(6, 3, 5, 4, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 4


def network(use_residual=True, blocks=2):
    torch.manual_seed(0)
    body = [ResBlock(3, 3, use_residual=use_residual) for _ in range(blocks)]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 4))


def state_of(model):
    return (copy.deepcopy(model.state_dict()), [p.grad for p in model.parameters()],
            [module.training for module in model.modules()])


def assert_as_before(model, before):
    tensors, gradients, modes = before
    assert all(torch.equal(tensors[name], t) for name, t in model.state_dict().items())
    assert all(p.grad is g for p, g in zip(model.parameters(), gradients, strict=True))
    assert [module.training for module in model.modules()] == modes


def losses_by_hand(model, inputs, labels):
    return F.cross_entropy(model.train()(inputs), labels)


def test_gradient_norms_are_those_of_a_backward_pass():
    model, twin = network(), network()
    losses_by_hand(twin, *BATCH).backward()
    norms = gradient_norms(model, *BATCH)
    assert list(norms) == ['0', '1']
    for name, norm in norms.items():
        expected = twin.get_submodule(name).conv1.weight.grad.norm().item()
        assert norm == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize('use_residual', [True, False])
def test_block_gains_are_those_of_the_whole_jacobian(use_residual):
    torch.manual_seed(1)
    model = network(use_residual, blocks=1)
    got = block_gains(model, BATCH[0], seed=5)['0']
    jacobian = torch.autograd.functional.jacobian(model[0].train(), BATCH[0])
    v = torch.randn(BATCH[0].shape, generator=torch.Generator().manual_seed(5))
    product = torch.einsum('abcd,abcdefgh->efgh', v, jacobian)
    assert got == pytest.approx((product.norm() / v.norm()).item(), rel=1e-4)


def test_gain_of_a_block_that_has_learnt_nothing():
    """f(x) = 0 and positive maps: the residual block passes the gradient on, the plain none."""
    for use_residual, expected in ((True, 1), (False, 0)):
        model = network(use_residual)
        for block in model[:2]:
            nn.init.zeros_(block.bn2.weight)
        gains = block_gains(model, BATCH[0].abs() + 1)
        assert list(gains.values()) == pytest.approx([expected, expected])


def test_everything_is_left_as_it_was():
    model = network().eval()
    model[0].train()
    losses_by_hand(copy.deepcopy(model), *BATCH)
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    before = state_of(model)
    for measure in (lambda: gradient_norms(model, *BATCH), lambda: block_gains(model, BATCH[0]),
                    lambda: accuracy_without_blocks(model, *BATCH)):
        measure()
        assert_as_before(model, before)
