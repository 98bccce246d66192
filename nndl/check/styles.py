"""Right in another style: orders of a convolution's axes, and statistics of a normalisation."""

import torch
from torch import nn

__all__ = ['MOMENTA', 'ORDERS', 'layouts_of', 'with_statistics']

# Left open: what a batch normalisation keeps of its statistics, and what it adds to the variance.
MOMENTA = 0.1, 0.01, 0.9, 0.05, 0.2, 0.001, 0.99, None
# Orders of a convolution's axes (out, in, height, width), by those who write their own.
ORDERS = (0, 1, 2, 3), 'unfolded', (1, 0, 2, 3), (2, 3, 1, 0), (2, 3, 0, 1)


def layouts_of(shapes, first):
    """[[shape, torch's shape, permutation]] of all orders, the ``first`` one before the others."""
    layouts = []
    for order in (ORDERS[first], *ORDERS):
        for shape in sorted(shapes):
            if len(shape) < 2:
                continue
            usual, axes = list(shape), order
            if order == 'unfolded' or len(shape) == 2:
                usual, axes = [shape[0], torch.Size(shape[1:]).numel()], (1, 0)
                if order == (0, 1, 2, 3):
                    axes = 0, 1
            layouts.append([[usual[axis] for axis in axes], usual, list(axes)])
            if len(shape) == 4 and shape[2:] == (1, 1) and order == (0, 1, 2, 3):
                layouts.append([list(shape[:2]), list(shape[:2]), [0, 1]])  # a linear layer
    return layouts


def with_statistics(network, eps, momentum, biased):
    """The network, its normalisations with these settings."""
    modules = network if isinstance(network, list) else [network]
    for module in modules:
        for norm in module.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.eps, norm.momentum = eps, momentum
                if biased:
                    norm.__class__ = _Norm
    return network


class _Norm(nn.BatchNorm2d):
    """A batch normalisation whose running variance may be the biased one."""

    def forward(self, x):
        """(N, C, H, W) -> the same."""
        before, y = self.running_var.clone(), super().forward(x)
        if self.training:
            momentum = self.momentum or 1 / int(self.num_batches_tracked)
            n, kept = x.numel() // x.shape[1], (1 - momentum) * before
            added = (self.running_var - kept) * (n - 1) / n
            self.running_var.data.copy_(kept + added)  # not seen by autograd
        return y
