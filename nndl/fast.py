"""Convolutions that leave out the products with padding.

A 3x3 kernel that slides over a 1x1 map with padding 1 looks at nine places, and eight of them
are padding:

    kernel    a b c      map with padding    0 0 0
              d e f                          0 x 0      ->   e * x
              g h i                          0 0 0

The other eight numbers have gradient 0 and never learn: at 32x32 pixels 62% of ResNet18's
parameters. On a 2x2 map all nine meet a pixel, but 20 of 36 products are still with 0.

A *tap* is a place (i, j) in the kernel; it is dead if it meets no pixel. ``TapConv2d`` adds, for
each live tap, the product of the pixels it meets with the matrix ``weight[:, :, i, j]``. On larger
maps (from 5x5 for a 3x3 kernel with padding 1) torch's own convolution is as fast and is used.
"""

import math
from functools import cache

import numpy as np
import torch
from torch import nn

__all__ = ['skip_dead_taps', 'plain_convolutions', 'live_taps', 'live_share']

# Below this share of products with real pixels, tap by tap is the faster way (measured).
TAP_BY_TAP_BELOW = 0.75


@cache
def live_taps(size, kernel_size, stride=1, padding=0, dilation=1):
    """Return ``(tap, outputs, inputs)`` for each live tap along one axis.

    ``outputs`` and ``inputs`` are slices of equal length: output ``outputs[n]`` takes
    ``weight[tap] * input[inputs[n]]``.
    """
    n_outputs = _n_outputs(size, kernel_size, stride, padding, dilation)
    live = []
    for tap in range(kernel_size):
        offset = tap * dilation - padding  # output o looks at pixel o * stride + offset
        first = max(0, -(offset // stride))
        last = min(n_outputs - 1, (size - 1 - offset) // stride)
        if first <= last:
            live.append((tap, slice(first, last + 1),
                         slice(first * stride + offset, last * stride + offset + 1, stride)))
    return tuple(live)


def live_share(size, kernel_size, stride=1, padding=0, dilation=1):
    """Return the share of the products along one axis that are with a pixel, not padding."""
    n_outputs = _n_outputs(size, kernel_size, stride, padding, dilation)
    return sum(outputs.stop - outputs.start for _, outputs, _ in live_taps(
        size, kernel_size, stride, padding, dilation)) / (kernel_size * n_outputs)


def skip_dead_taps(model):
    """Replace every ``nn.Conv2d`` of ``model`` by a ``TapConv2d`` with the same parameters.

    The model is changed in place and returned; if it is a convolution itself, the new one is
    returned. Outputs and gradients are equal up to rounding; the ``state_dict`` keeps its names
    and tensors. The weights are converted to channels_last. Subclasses, parametrized convolutions
    and convolutions with hooks are not replaced. Second derivatives raise an error; use
    ``plain_convolutions`` for them.
    """
    model.to(memory_format=torch.channels_last)
    return _replace(model, TapConv2d, lambda module: type(module) is nn.Conv2d and not any(
        value for name, value in vars(module).items() if name.endswith('_hooks')))


def plain_convolutions(model):
    """Reverse ``skip_dead_taps``: replace every ``TapConv2d``, with its hooks, by ``nn.Conv2d``."""
    return _replace(model, nn.Conv2d, lambda module: type(module) is TapConv2d)


def _replace(model, kind, is_replaced):
    new = {}  # a convolution at two places stays one module
    for path, module in list(model.named_modules(remove_duplicate=False)):
        if is_replaced(module):
            if module not in new:
                new[module] = kind.__new__(kind)  # __init__ would draw random weights
                vars(new[module]).update(vars(module))
            if path:
                parent, _, name = path.rpartition('.')
                setattr(model.get_submodule(parent), name, new[module])
    return new.get(model, model)


class TapConv2d(nn.Conv2d):
    """An ``nn.Conv2d`` that computes tap by tap where that is possible and faster, on the CPU."""

    def forward(self, inputs):
        if not self.goes_tap_by_tap(inputs):
            return super().forward(inputs)
        outputs = _TapByTap.apply(inputs, self.weight, *self.axes(inputs))
        return outputs if self.bias is None else outputs + self.bias.view(-1, 1, 1)

    def axes(self, inputs):
        """Return (size, kernel_size, stride, padding, dilation) of the rows and the columns."""
        return tuple(zip(inputs.shape[-2:], self.kernel_size, self.stride, self.padding,
                         self.dilation, strict=True))

    def goes_tap_by_tap(self, inputs):
        if (self.groups != 1 or self.padding_mode != 'zeros' or isinstance(self.padding, str)
                or inputs.dim() != 4 or inputs.shape[1] != self.in_channels
                or inputs.device.type != 'cpu' or inputs.dtype != self.weight.dtype
                or torch.is_autocast_enabled('cpu')):
            return False
        axes = self.axes(inputs)
        return (min(_n_outputs(*axis) for axis in axes) > 0  # otherwise torch raises its error
                and math.prod(live_share(*axis) for axis in axes) < TAP_BY_TAP_BELOW)


class _TapByTap(torch.autograd.Function):
    """Convolution on maps laid out as (H, W, N, C): a row of pixels is one matrix, not copied."""

    @staticmethod
    def forward(ctx, inputs, weight, rows, columns):
        x = inputs.permute(2, 3, 0, 1).contiguous()  # (H, W, N, C)
        y = x.new_zeros(_n_outputs(*rows), _n_outputs(*columns), x.shape[2], len(weight))
        for i, j, outputs, pixels in _pairs(rows, columns):
            y_rows = y[outputs].flatten(1, 2)  # (H', W' * N, C_out)
            tap = weight[:, :, i, j].t().expand(len(y_rows), -1, -1)  # (H', C, C_out)
            y_rows.baddbmm_(x[pixels].flatten(1, 2), tap)
        ctx.save_for_backward(x, weight)
        ctx.axes = rows, columns
        return y.permute(2, 3, 0, 1).contiguous(memory_format=torch.channels_last)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_outputs):
        x, weight = ctx.saved_tensors
        g = grad_outputs.permute(2, 3, 0, 1).contiguous()  # (H', W', N, C_out)
        grad_x = torch.zeros_like(x) if ctx.needs_input_grad[0] else None
        grad_weight = _zeros_like(weight) if ctx.needs_input_grad[1] else None
        for i, j, outputs, pixels in _pairs(*ctx.axes):
            g_rows = g[outputs].flatten(1, 2)  # (H', W' * N, C_out)
            if grad_weight is not None:
                grad_weight[:, :, i, j].addbmm_(g_rows.transpose(1, 2), x[pixels].flatten(1, 2))
            if grad_x is not None:
                x_rows = grad_x[pixels]  # (H', W', N, C)
                tap = weight[:, :, i, j].expand(len(g_rows), -1, -1)  # (H', C_out, C)
                if ctx.axes[1][2] == 1:  # stride 1: neighbouring columns
                    x_rows.flatten(1, 2).baddbmm_(g_rows, tap)
                else:
                    x_rows += (g_rows @ tap).view_as(x_rows)
        return None if grad_x is None else grad_x.permute(2, 3, 0, 1), grad_weight, None, None


def _zeros_like(tensor):
    """Return ``torch.zeros_like(tensor)`` in memory that the system has already cleared."""
    zeros = torch.from_numpy(np.zeros(tensor.nbytes, np.uint8)).view(tensor.dtype)
    return zeros.as_strided(tensor.shape, torch.empty_like(tensor, device='meta').stride())


def _n_outputs(size, kernel_size, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


@cache
def _pairs(rows, columns):
    """(i, j, outputs, pixels) for every tap that meets a pixel; slices for (H', W') and (H, W)."""
    return tuple((i, j, (row_outputs, column_outputs), (row_pixels, column_pixels))
                 for i, row_outputs, row_pixels in live_taps(*rows)
                 for j, column_outputs, column_pixels in live_taps(*columns))
