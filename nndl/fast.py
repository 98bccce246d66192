"""The same numbers with less work: leave out what only multiplies padding.

A 3x3 kernel that slides over a 1x1 map with padding 1 looks at nine places, and eight of them
are padding:

    kernel    a b c      map with padding    0 0 0
              d e f                          0 x 0      ->   e * x
              g h i                          0 0 0

The other eight numbers are multiplied by 0, and so is everything that flows back: their gradient
is exactly 0 and they never learn. At 32x32 pixels that holds for 62% of ResNet18's parameters.
On a 2x2 map every number of the kernel meets some pixel, but 20 of 36 products are still with 0.

``skip_dead_taps`` turns the loop round. For each *tap*, that is each place (i, j) in the kernel,
it asks which outputs the tap feeds from a real pixel, and multiplies those pixels alone: one
matrix product with the (out_channels, in_channels) matrix ``weight[:, :, i, j]``. A tap that
never meets a pixel is never touched. Values, gradients and ``state_dict`` stay what they were.

Where most of the map is not border (5x5 and larger for a 3x3 kernel with padding 1) torch's own
convolution is as fast, and stays in use.
"""

import math
from functools import cache

import torch
from torch import nn

__all__ = ['skip_dead_taps', 'plain_convolutions', 'live_taps', 'live_share']

# Below this share of products with real pixels, tap by tap is the faster way (measured).
TAP_BY_TAP_BELOW = 0.75


@cache
def live_taps(size, kernel_size, stride=1, padding=0, dilation=1):
    """Which outputs each tap feeds from real pixels, along one axis.

    Returns:
        A tuple of ``(tap, outputs, inputs)``, where ``outputs`` and ``inputs`` are slices of equal
        length: output ``outputs[n]`` takes ``weight[tap] * input[inputs[n]]``. Taps that only
        meet padding are missing.
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
    """Share of a convolution's products along one axis that meet a pixel, not padding."""
    n_outputs = _n_outputs(size, kernel_size, stride, padding, dilation)
    taps = live_taps(size, kernel_size, stride, padding, dilation)
    return sum(outputs.stop - outputs.start for _, outputs, _ in taps) / (kernel_size * n_outputs)


def skip_dead_taps(model):
    """Let every convolution of ``model`` leave out the products with padding. Changes in place.

    Outputs and gradients differ by rounding alone, the ``state_dict`` not at all. A convolution
    takes torch's own way where that is as fast or where this one does not apply: large maps,
    groups, padding other than zeros, other devices than the CPU. The weights move to torch's
    ``channels_last`` layout, in which each tap's matrix can be used where it lies. Second
    derivatives are refused; take ``plain_convolutions`` for them.

    Returns:
        The same model.
    """
    model.to(memory_format=torch.channels_last)
    for module in model.modules():
        if type(module) is nn.Conv2d:
            module.__class__ = TapConv2d
    return model


def plain_convolutions(model):
    """The reverse of ``skip_dead_taps``: every convolution is torch's own again. In place."""
    for module in model.modules():
        if type(module) is TapConv2d:
            module.__class__ = nn.Conv2d
    return model


class TapConv2d(nn.Conv2d):
    """An ``nn.Conv2d`` that goes tap by tap where the map is mostly border."""

    def forward(self, inputs):
        if not self.goes_tap_by_tap(inputs):
            return super().forward(inputs)
        outputs = _TapByTap.apply(inputs, self.weight, *self.axes(inputs))
        return outputs if self.bias is None else outputs + self.bias.view(-1, 1, 1)

    def axes(self, inputs):
        """(size, kernel_size, stride, padding, dilation) of the rows and of the columns."""
        return tuple(zip(inputs.shape[-2:], self.kernel_size, self.stride, self.padding,
                         self.dilation, strict=True))

    def goes_tap_by_tap(self, inputs):
        if (self.groups != 1 or self.padding_mode != 'zeros' or isinstance(self.padding, str)
                or inputs.dim() != 4 or inputs.shape[1] != self.in_channels
                or inputs.device.type != 'cpu' or inputs.dtype != self.weight.dtype
                or torch.is_autocast_enabled('cpu')):
            return False
        axes = self.axes(inputs)
        if min(_n_outputs(*axis) for axis in axes) < 1:
            return False  # torch says what is wrong
        return math.prod(live_share(*axis) for axis in axes) < TAP_BY_TAP_BELOW


class _TapByTap(torch.autograd.Function):
    """Convolution as one matrix product a tap, on maps laid out as (H, W, N, C).

    In that layout a row of pixels is one matrix with a pixel's N x C entries below each other, so
    that no product needs a copy of its operands.
    """

    @staticmethod
    def forward(ctx, inputs, weight, rows, columns):
        x = inputs.permute(2, 3, 0, 1).contiguous()  # (H, W, N, C)
        y = x.new_zeros(_n_outputs(*rows), _n_outputs(*columns), x.shape[2], len(weight))
        for i, j, outputs, pixels in _pairs(rows, columns):
            tap = weight[:, :, i, j].t()  # (C, C_out)
            y_rows = y[outputs].flatten(1, 2)  # (H', W' * N, C_out)
            y_rows.baddbmm_(x[pixels].flatten(1, 2), tap.expand(len(y_rows), -1, -1))
        ctx.save_for_backward(x, weight)
        ctx.axes = rows, columns
        return y.permute(2, 3, 0, 1).contiguous(memory_format=torch.channels_last)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_outputs):
        x, weight = ctx.saved_tensors
        g = grad_outputs.permute(2, 3, 0, 1).contiguous()  # (H', W', N, C_out)
        grad_x, grad_weight = torch.zeros_like(x), torch.zeros_like(weight)
        for i, j, outputs, pixels in _pairs(*ctx.axes):
            g_rows = g[outputs].flatten(1, 2)  # (H', W' * N, C_out)
            grad_weight[:, :, i, j].addbmm_(g_rows.transpose(1, 2), x[pixels].flatten(1, 2))
            tap = weight[:, :, i, j]  # (C_out, C)
            x_rows = grad_x[pixels]  # (H', W', N, C)
            x_rows += (g_rows @ tap).view_as(x_rows)
        return grad_x.permute(2, 3, 0, 1), grad_weight, None, None


def _n_outputs(size, kernel_size, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


@cache
def _pairs(rows, columns):
    """(i, j, outputs, pixels) for every tap that meets a pixel; slices for (H', W') and (H, W)."""
    return tuple((i, j, (row_outputs, column_outputs), (row_pixels, column_pixels))
                 for i, row_outputs, row_pixels in live_taps(*rows)
                 for j, column_outputs, column_pixels in live_taps(*columns))
