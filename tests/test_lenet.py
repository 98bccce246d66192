"""LeNet-5 on our own operators equals LeNet-5 on torch's."""

import pytest
import torch
import torch.nn.functional as F

from nndl.lenet import Conv2D, Model_LeNet, Pool2D, Torch_LeNet


def equal(a, b):
    return torch.allclose(a, b, rtol=0, atol=1e-5)


@pytest.mark.parametrize(('kernel_size', 'stride', 'padding'), [
    (1, 1, 0), (3, 1, 1), (3, 2, 1), (5, 1, 0), (5, 3, 2), (2, 2, 0)])
def test_convolution(kernel_size, stride, padding):
    torch.manual_seed(0)
    x = torch.randn(3, 4, 11, 9, requires_grad=True)
    own = Conv2D(4, 6, kernel_size, stride, padding)
    y = own(x)
    expected = F.conv2d(x, own.weight, own.bias, stride, padding)
    assert equal(y, expected)
    weights = torch.randn_like(y)
    inputs = x, own.weight, own.bias
    for a, b in zip(torch.autograd.grad((y * weights).mean(), inputs),
                    torch.autograd.grad((expected * weights).mean(), inputs), strict=True):
        assert equal(a, b)


@pytest.mark.parametrize('mode', ['max', 'avg'])
@pytest.mark.parametrize(('size', 'stride'), [(2, 2), (3, 2), (2, 1)])
def test_pooling(mode, size, stride):
    torch.manual_seed(0)
    x = torch.randn(3, 4, 11, 9, requires_grad=True)
    reference = F.max_pool2d if mode == 'max' else F.avg_pool2d
    y, expected = Pool2D(size, mode, stride)(x), reference(x, size, stride)
    assert equal(y, expected)
    assert equal(*(torch.autograd.grad((out ** 2).sum(), x)[0] for out in (y, expected)))


def test_equal_weights_give_equal_values_and_gradients():
    torch.manual_seed(0)
    own, reference = Model_LeNet(1), Torch_LeNet(1)
    reference.load_state_dict(own.state_dict())
    x, labels = torch.randn(64, 1, 32, 32), torch.arange(64) % 10
    assert equal(own(x), reference(x))
    for model in (own, reference):
        F.cross_entropy(model(x), labels).backward()
    for (name, a), (_, b) in zip(own.named_parameters(), reference.named_parameters(),
                                 strict=True):
        assert equal(a.grad, b.grad), name


def test_initial_weights_have_the_spread_of_torchs():
    torch.manual_seed(0)
    own, reference = Conv2D(16, 120, 5), torch.nn.Conv2d(16, 120, 5)
    assert own.weight.std().item() == pytest.approx(reference.weight.std().item(), rel=0.02)
    assert own.weight.abs().max() <= 1 / (16 * 25) ** 0.5


def test_size_and_channels():
    model = Model_LeNet(in_channels=3, num_classes=7)
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 7)
    assert sum(p.numel() for p in Model_LeNet().parameters()) == 61_706


def test_pooling_with_windows_that_are_no_squares():
    x = torch.randn(2, 3, 7, 9)
    expected = F.max_pool2d(x, (2, 3), stride=2)
    assert torch.equal(Pool2D((2, 3), 'max', 2)(x), expected)
