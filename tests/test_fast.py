"""skip_dead_taps gives the numbers of plain convolutions, for every shape."""

import copy

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nndl import fast
from nndl.fast import TapConv2d, live_share, live_taps, plain_convolutions, skip_dead_taps
from nndl.resnet import Model_ResNet18

pair = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def convolutions(draw):
    groups = draw(st.sampled_from([1, 1, 1, 2]))
    options = {'kernel_size': draw(pair), 'stride': draw(pair),
               'padding': draw(st.tuples(st.integers(0, 4), st.integers(0, 4))),
               'dilation': draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
               'groups': groups, 'bias': draw(st.booleans())}
    channels = [groups * draw(st.integers(1, 3)) for _ in range(2)]
    size = [draw(st.integers(1, 6)) for _ in range(2)]
    for axis in range(2):  # the kernel must fit on the padded map
        reach = options['dilation'][axis] * (options['kernel_size'][axis] - 1) + 1
        size[axis] = max(size[axis], reach - 2 * options['padding'][axis])
    return channels, size, options


def values_and_gradients(layer, x, weights):
    y = layer(x)
    if weights is None:
        weights = torch.randn_like(y)
    gradients = torch.autograd.grad((y * weights).sum(), [x, *layer.parameters()])
    return [y, *gradients], weights


@settings(max_examples=300, deadline=None)
@given(convolutions(), st.integers(1, 3), st.booleans())
def test_equal_to_a_plain_convolution(convolution, n, always):
    channels, size, options = convolution
    plain = nn.Conv2d(*channels, **options, dtype=torch.float64)
    tapped = skip_dead_taps(nn.Sequential(copy.deepcopy(plain)))[0]
    x = torch.randn(n, channels[0], *size, dtype=torch.float64, requires_grad=True)
    expected, weights = values_and_gradients(plain, x, None)
    threshold = 2 if always and options['groups'] == 1 else fast.TAP_BY_TAP_BELOW
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, 'TAP_BY_TAP_BELOW', threshold)
        assert tapped.goes_tap_by_tap(x) or threshold != 2
        got, _ = values_and_gradients(tapped, x, weights)
    for a, b in zip(got, expected, strict=True):
        assert a.shape == b.shape
        torch.testing.assert_close(a, b, rtol=0, atol=1e-10)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(0, 6),
       st.integers(1, 3))
def test_live_taps_against_a_count_by_hand(size, kernel_size, stride, padding, dilation):
    n_outputs = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
    by_hand = {(tap, o, o * stride + tap * dilation - padding)
               for tap in range(kernel_size) for o in range(n_outputs)
               if 0 <= o * stride + tap * dilation - padding < size}
    taps = live_taps(size, kernel_size, stride, padding, dilation)
    found = {(tap, o, i) for tap, outputs, inputs in taps
             for o, i in zip(range(n_outputs)[outputs], range(size)[inputs], strict=True)}
    assert found == by_hand
    if n_outputs > 0:
        share = live_share(size, kernel_size, stride, padding, dilation)
        assert share == len(by_hand) / (kernel_size * n_outputs)


# The convolutions of ResNet18 at 32x32 pixels that go tap by tap: channels, map size, stride.
SMALL_MAPS = [(128, 128, 4, 1), (128, 256, 4, 2), (256, 256, 2, 1), (256, 512, 2, 2),
              (512, 512, 1, 1)]


@pytest.mark.parametrize(('c_in', 'c_out', 'size', 'stride'), SMALL_MAPS)
def test_single_precision_layer_by_layer(c_in, c_out, size, stride):
    """Largest difference relative to the largest value, a batch of 64."""
    torch.manual_seed(0)
    plain = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)
    tapped = skip_dead_taps(copy.deepcopy(plain))
    x = torch.randn(64, c_in, size, size, requires_grad=True)
    assert tapped.goes_tap_by_tap(x)
    expected, weights = values_and_gradients(plain, x, None)
    got, _ = values_and_gradients(tapped, x, weights)
    for a, b in zip(got, expected, strict=True):
        assert (a - b).abs().max() < 2e-6 * b.abs().max()


def gradients_and_statistics(model, x):
    outputs = model(x)
    F.cross_entropy(outputs, torch.arange(len(x)) % 10).backward()
    return [outputs.detach(), *(p.grad for p in model.parameters()), *model.buffers(),
            model.eval()(x).detach()]


@pytest.mark.parametrize('use_residual', [True, False])
@pytest.mark.parametrize('size', [32, 20, 64])
def test_resnet18_in_double_precision(use_residual, size):
    """In single precision rounding is amplified by 18 layers, with or without the short way."""
    torch.manual_seed(0)
    plain = Model_ResNet18(1, use_residual=use_residual).double()
    tapped = skip_dead_taps(copy.deepcopy(plain))
    assert all(torch.equal(plain.state_dict()[name], tensor)
               for name, tensor in tapped.state_dict().items())
    assert list(tapped.state_dict()) == list(plain.state_dict())
    x = torch.randn(16, 1, size, size, dtype=torch.float64)
    for a, b in zip(gradients_and_statistics(plain, x), gradients_and_statistics(tapped, x),
                    strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def rounding_of(layer, x, upstream):
    """Root mean square distance of output and gradients, in single precision, from double's."""
    found = []
    for each in (layer, copy.deepcopy(layer).double()):
        like = next(each.parameters())
        own = x.to(like.dtype).clone().requires_grad_()
        y = each(own)
        gradients = torch.autograd.grad(y, [own, each.weight], upstream.to(like.dtype))
        found.append([tensor.double() for tensor in (y.detach(), *gradients)])
    return [(a - b).square().mean().sqrt().item() for a, b in zip(*found, strict=True)]


def test_rounding_of_every_layer_is_about_torchs_own():
    """Measured over 5 seeds, on one thread and on two: at most 2.13 times torch's.

    Layer by layer, on the same input: over the whole network a single ReLU that flips decides.
    """
    torch.manual_seed(0)
    plain, seen = Model_ResNet18(1), {}
    tapped = skip_dead_taps(copy.deepcopy(plain))
    for name, module in plain.named_modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(
                lambda module, inputs, output, name=name: seen.update(
                    {name: (inputs[0].detach(), torch.randn_like(output))}))
    plain(torch.randn(64, 1, 32, 32))
    assert len(seen) == 20
    for name, (x, upstream) in seen.items():
        ours, torchs = (rounding_of(model.get_submodule(name), x, upstream)
                        for model in (tapped, plain))
        for own, reference in zip(ours, torchs, strict=True):
            assert own <= 4 * reference, name


def test_62_percent_of_the_parameters_never_learn():
    """And each of those gradients is exactly 0, with and without the short way."""
    torch.manual_seed(0)
    for model in (Model_ResNet18(1), skip_dead_taps(Model_ResNet18(1))):
        F.cross_entropy(model(torch.randn(8, 1, 32, 32)), torch.arange(8)).backward()
        dead = 0
        for name, parameter in model.named_parameters():
            if name.startswith('net.4') and parameter.shape[2:] == (3, 3):
                lives = torch.zeros(3, 3, dtype=torch.bool)
                lives[1:, 1:] = True
                if name != 'net.4.0.conv1.weight':
                    lives = torch.zeros(3, 3, dtype=torch.bool)
                    lives[1, 1] = True
                assert parameter.grad[:, :, ~lives].abs().max() == 0, name
                dead += parameter[:, :, ~lives].numel()
        assert dead == 6_946_816
    assert round(100 * dead / 11_175_434) == 62


def test_products_that_touch_no_padding():
    """Counted in what the layers of the network look at: 20.23 of 35.41 million an image."""
    layers, live = [], 0

    def note(module, inputs, output):
        layers.append((module, inputs[0].shape[-2:], output.shape[-2:]))

    model = Model_ResNet18(1).eval()
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(note)
    model(torch.zeros(1, 1, 32, 32))
    for conv, size, out in layers:
        axes = zip(size, conv.kernel_size, conv.stride, conv.padding, strict=True)
        share = [live_share(*axis) for axis in axes]
        live += conv.weight.numel() * out[0] * out[1] * share[0] * share[1]
    assert round((live + 5120) / 1e6, 2) == 20.23


def test_a_wrong_tap_is_seen(monkeypatch):
    """The comparison above fails when one tap is taken for its neighbour."""
    right = fast._pairs

    def shifted(rows, columns):
        return tuple((i, (j + 1) % 3, outputs, pixels)
                     for i, j, outputs, pixels in right(rows, columns))

    monkeypatch.setattr(fast, '_pairs', shifted)
    plain = nn.Conv2d(4, 4, 3, padding=1)
    tapped = skip_dead_taps(copy.deepcopy(plain))
    if type(tapped) is nn.Conv2d:  # a bare layer is its own model
        pytest.fail('the layer itself was not changed')
    x = torch.randn(2, 4, 2, 2)
    assert (plain(x) - tapped(x)).abs().max() > 1e-3


@pytest.mark.parametrize('layer', [
    nn.Conv2d(4, 4, 3, padding='same'),
    nn.Conv2d(4, 4, 3, padding=1, padding_mode='reflect'),
    nn.Conv2d(4, 4, 3, padding=1, padding_mode='circular'),
    nn.Conv2d(4, 4, 3, padding=1, groups=2),
])
def test_other_convolutions_keep_torchs_way(layer):
    tapped = skip_dead_taps(copy.deepcopy(layer))
    x = torch.randn(2, 4, 2, 2)
    assert not tapped.goes_tap_by_tap(x)
    assert torch.allclose(layer(x), tapped(x), atol=1e-6)


def test_torch_says_what_does_not_fit():
    tapped = skip_dead_taps(nn.Conv2d(4, 4, 3))
    with pytest.raises(RuntimeError, match='Kernel size'):
        tapped(torch.zeros(1, 4, 2, 2))
    with pytest.raises(RuntimeError, match='to have 4 channels'):
        tapped(torch.zeros(1, 3, 5, 5))
    assert tapped(torch.zeros(4, 5, 5)).shape == (4, 3, 3)


def test_the_reverse():
    model = skip_dead_taps(Model_ResNet18(1))
    assert any(type(m) is TapConv2d for m in model.modules())
    assert not any(type(m) is TapConv2d for m in plain_convolutions(model).modules())


def test_frozen_weights_and_second_derivatives():
    tapped = skip_dead_taps(nn.Conv2d(2, 2, 3, padding=1))
    tapped.requires_grad_(False)
    x = torch.randn(1, 2, 1, 1, requires_grad=True)
    tapped(x).sum().backward()
    assert x.grad is not None
    assert tapped.weight.grad is None
    gradient, = torch.autograd.grad(tapped(x).pow(2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match='once_differentiable'):
        gradient.sum().backward()
