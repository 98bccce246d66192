"""LeNet-5, the baseline, twice: on operators of our own and on torch's.

Both take (N, in_channels, 32, 32) and return logits (N, num_classes):

    convolution 5x5  (N,   6, 28, 28)    max pooling  (N,  6, 14, 14)
    convolution 5x5  (N,  16, 10, 10)    mean pooling (N, 16,  5,  5)
    convolution 5x5  (N, 120,  1,  1)
    linear           (N,  84)            linear       (N, num_classes)
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

__all__ = ['Conv2D', 'Pool2D', 'Model_LeNet', 'Torch_LeNet']


def windows(x, size, stride):
    """Every window of ``size``, a number or a pair: (N, C, H, W) -> (N, C, H', W', *size)."""
    rows, columns = (size, size) if isinstance(size, int) else size
    if x.shape[-2] < rows or x.shape[-1] < columns:
        raise ValueError(f'a window of {rows}x{columns} does not fit on a map of '
                         f'{x.shape[-2]}x{x.shape[-1]}')
    return x.unfold(2, rows, stride).unfold(3, columns, stride)


class Conv2D(nn.Module):
    """Convolution written with tensor operations only; initialised as ``nn.Conv2d``.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H', W') with
        H' = (H + 2 * padding - kernel_size) // stride + 1.
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.stride, self.padding, self.kernel_size = stride, padding, kernel_size
        bound = 1 / math.sqrt(in_channels * kernel_size ** 2)
        shape = out_channels, in_channels, kernel_size, kernel_size
        self.weight = nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(out_channels).uniform_(-bound, bound))

    def forward(self, x):
        n, c, h, w = x.shape
        p = self.padding
        padded = x.new_zeros(n, c, h + 2 * p, w + 2 * p)
        padded[:, :, p:p + h, p:p + w] = x
        seen = windows(padded, self.kernel_size, self.stride)  # (N, C, H', W', K, K)
        y = torch.einsum('nchwij,ocij->nohw', seen, self.weight)
        return y + self.bias.view(-1, 1, 1)


class Pool2D(nn.Module):
    """Max or mean pooling written with tensor operations only.

    Shape:
        (N, C, H, W) -> (N, C, H', W') with H' = (H - size) // stride + 1; ``size`` may be a pair.
    """

    def __init__(self, size=(2, 2), mode='max', stride=1):
        super().__init__()
        if mode not in ('max', 'avg'):
            raise ValueError(f"mode is {mode!r}: give 'max' or 'avg'")
        self.size, self.mode, self.stride = size, mode, stride

    def forward(self, x):
        seen = windows(x, self.size, self.stride).flatten(-2)  # (N, C, H', W', size * size)
        return seen.max(dim=-1).values if self.mode == 'max' else seen.mean(dim=-1)


class Model_LeNet(nn.Module):
    """LeNet-5 on ``Conv2D`` and ``Pool2D``."""

    convolution = Conv2D

    def __init__(self, in_channels=1, num_classes=10):
        super().__init__()
        self.conv1 = self.convolution(in_channels, 6, 5)
        self.conv3 = self.convolution(6, 16, 5)
        self.conv5 = self.convolution(16, 120, 5)
        self.linear6 = nn.Linear(120, 84)
        self.linear7 = nn.Linear(84, num_classes)
        self.pool2, self.pool4 = self.make_pools()

    @staticmethod
    def make_pools():
        return Pool2D(2, mode='max', stride=2), Pool2D(2, mode='avg', stride=2)

    def forward(self, x):
        x = self.pool2(F.relu(self.conv1(x)))  # (N, 6, 14, 14)
        x = self.pool4(F.relu(self.conv3(x)))  # (N, 16, 5, 5)
        x = F.relu(self.conv5(x)).flatten(1)  # (N, 120)
        return self.linear7(F.relu(self.linear6(x)))  # (N, num_classes)


class Torch_LeNet(Model_LeNet):
    """LeNet-5 on ``nn.Conv2d``, ``nn.MaxPool2d`` and ``nn.AvgPool2d``; same names, same shapes."""

    convolution = nn.Conv2d

    @staticmethod
    def make_pools():
        return nn.MaxPool2d(2, stride=2), nn.AvgPool2d(2, stride=2)
