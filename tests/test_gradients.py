"""Gradients at every depth: against autograd by hand, and the network is left as it was."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from nndl.gradients import block_gains, filter_normalised, gradient_norms, loss_surface
from nndl.resnet import ResBlock

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
                    lambda: loss_surface(model, *BATCH, points=3)):
        measure()
        assert_as_before(model, before)


def test_weights_come_back_even_after_an_exception():
    model, calls = network(), []

    def fail_at_the_third(module, inputs):
        calls.append(inputs)
        if len(calls) == 3:
            raise KeyboardInterrupt

    model.register_forward_pre_hook(fail_at_the_third)
    before = state_of(model)
    with pytest.raises(KeyboardInterrupt):
        loss_surface(model, *BATCH)
    assert_as_before(model, before)


def test_surface_is_the_loss_on_the_plane():
    model = network()
    steps, losses = loss_surface(model, *BATCH, points=5, span=0.5, seed=3)
    assert steps.tolist() == pytest.approx([-0.5, -0.25, 0, 0.25, 0.5])
    assert losses.shape == (5, 5)
    assert losses[2, 2] == pytest.approx(losses_by_hand(network(), *BATCH).item(), rel=1e-5)
    directions = [filter_normalised(model, seed) for seed in (6, 7)]
    with torch.no_grad():
        weights = [p for p in model.parameters() if p.dim() > 1]
        for w, a, b in zip(weights, *directions, strict=True):
            w += 0.25 * a - 0.5 * b
    assert losses[3, 0] == pytest.approx(losses_by_hand(model, *BATCH).item(), rel=1e-4)


def test_directions_have_the_filters_lengths_and_leave_vectors_alone():
    model = network()
    weights = [p for p in model.parameters() if p.dim() > 1]
    a, b = filter_normalised(model, 0), filter_normalised(model, 1)
    for w, d, other in zip(weights, a, b, strict=True):
        assert torch.allclose(d.flatten(1).norm(dim=1), w.flatten(1).norm(dim=1))
        assert not torch.equal(d, other)
    assert len(a) == 5  # four convolutions and the linear layer; no bias, no normalisation


def test_the_surface_repeats_and_depends_on_the_seed():
    surfaces = [loss_surface(network(), *BATCH, points=2, seed=seed)[1] for seed in (0, 0, 1)]
    assert torch.equal(surfaces[0], surfaces[1])
    assert not torch.equal(surfaces[0], surfaces[2])


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match='Linear has no residual blocks'):
        gradient_norms(nn.Linear(2, 2), *BATCH)
    with pytest.raises(ValueError, match='Linear has no residual blocks'):
        block_gains(nn.Linear(2, 2), BATCH[0])
    for wrong in ({'points': 1}, {'span': 0}, {'span': math.nan}):
        with pytest.raises(ValueError, match='at least 2 points a side and a positive span'):
            loss_surface(network(), *BATCH, **wrong)
