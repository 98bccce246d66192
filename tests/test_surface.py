"""The loss on a plane through the weights, which come back whatever happens."""

import math

import pytest
import torch
from test_gradients import BATCH, assert_as_before, losses_by_hand, network, state_of

from nndl.surface import filter_normalised, loss_surface


def test_weights_come_back_even_after_an_exception():
    model, calls = network(), []

    def fail_at_the_third(module, inputs):
        calls.append(inputs)
        if len(calls) == 3:
            raise KeyboardInterrupt

    inner = next(module for module in model.modules() if isinstance(module, torch.nn.Conv2d))
    inner.register_forward_hook(lambda module, inputs, output: fail_at_the_third(module, inputs))
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


@pytest.mark.parametrize('wrong', [{'points': 1}, {'span': 0}, {'span': math.nan}])
def test_wrong_grids_are_named(wrong):
    with pytest.raises(ValueError, match='at least 2 points a side and a positive span'):
        loss_surface(network(), *BATCH, **wrong)
