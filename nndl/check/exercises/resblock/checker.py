"""ResBlock: accepted is what computes the same as the library's, for ten calls."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

import nndl
from nndl.check.exercises.resblock import NAME
from nndl.check.feedback import Fault
from nndl.check.networks import Case, Examination

__all__ = ['Variant', 'criteria']

# Channels, strides, and sizes of both parities: some mistakes do no harm at one of them.
CALLS = {
    'plain': [((4, 6, 2, False), {}), ((4, 4), {'use_residual': False}), ((6, 4, 1, False), {})],
    'projection': [((4, 6), {}), ((6, 4), {'use_residual': True})],
    'identity': [((4, 4), {}), ((6, 6, 1, True), {})],
    'stride': [((4, 4), {'stride': 2}), ((4, 6, 2), {}), ((6, 4, 2, True), {})],
}
SIZES = (3, 9, 6), (2, 6, 7)  # N, H, W


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    cases = {criterion: [Case(arguments, options, (n, arguments[0], h, w))
                         for k, (arguments, options) in enumerate(calls)
                         for n, h, w in (SIZES[k % 2],)]
             for criterion, calls in CALLS.items()}
    return Examination(ask, draw, NAME, nndl.ResBlock, cases, variants()).criteria()


def variants():
    """[(``Fault``, the library's block with this one change)]."""
    return [(Fault(name, facts), partial(Variant, change=change))
            for name, facts, change in CHANGES] + [
        (Fault('default_residual'), lambda i, o, stride=1, use_residual=False:
            Variant(i, o, stride, use_residual)),
        (Fault('default_stride'), lambda i, o, stride=2, use_residual=True:
            Variant(i, o, stride, use_residual))]


class Variant(nn.Module):
    """The residual block with one change; without one it is the library's.

    Args:
        in_channels, out_channels, stride, use_residual: as for ``nndl.ResBlock``.
        change: name of the change, see ``CHANGES``.
    """

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True, change=''):
        super().__init__()
        change, _, biased = change.partition(' + ')
        self.on = {'residual_ignored': False, 'residual_always': True,
                   'residual_inverted': not use_residual}.get(change, use_residual)
        self.change, self.shapes = change, (in_channels, out_channels, stride)
        options = CONVOLUTION.get(change.removeprefix('1 ').removeprefix('2 '), {})
        plain, options = {'bias': bool(biased)}, options | {'bias': bool(biased)}
        first, second, side = _strides(change, in_channels, out_channels, stride)
        self.conv1 = _conv(in_channels, out_channels, 3, first,
                           plain if change[:2] == '2 ' else options)
        self.conv2 = _conv(out_channels, out_channels, 3, second,
                           plain if change[:2] == '1 ' else options)
        self.conv3 = _conv(out_channels, out_channels, 3)
        norm = NORM.get(change.removeprefix('all '), {})
        self.bn1, self.bn2, self.bn3, self.bn4 = (
            nn.BatchNorm2d(out_channels, **norm if k == 1 or change[:4] == 'all ' else {})
            for k in range(1, 5))
        taken = out_channels if change in ('shortcut of h', 'shortcut of f') else in_channels
        self.shortcut = _conv(taken, out_channels, 3 if change == 'shortcut_kernel' else 1, side,
                              plain)

    def forward(self, x):
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride)."""
        y = self.f(x)
        if self.on:
            side = self.side(x, y)
            if self.change == 'concatenated':
                return F.relu(torch.cat([y, side], 1))
            if self.change == 'added_where_equal' and side.shape != y.shape:
                return F.relu(y)
            if self.change in ('relu_before_sum', 'relu_before_and_after_sum'):
                y = F.relu(y)
            y = self.bn2(y + side) if self.change == 'sum_before_norm' else y + side
            if self.change in ('no_relu_after_sum', 'relu_before_sum'):
                return y
        elif self.change == 'sum_before_norm':
            y = self.bn2(y)
        elif self.change == 'plain_without_relu':
            return y
        if self.change == 'no_relu_at_the_end':
            return y
        place, _, name = self.change.partition(' ')
        other = place == 'outer' or place == 'sum' and self.on
        return ACTIVATIONS[name](y) if other else F.relu(y)

    def f(self, x):
        """The two convolutions with their normalisations."""
        change = self.change
        if change == 'relu_on_input':
            x = F.relu(x)
        y = self.conv1(x)
        self.h = y
        if change == 'one_convolution':
            return self.bn1(y)
        if change == 'relu_before_norm':
            y = self.bn1(F.relu(y))
        else:
            y = y if change in ('no_first_norm', 'no_norm_in_f', 'no_norm') else self.bn1(y)
            inner = ACTIVATIONS.get(change.removeprefix('inner '), F.relu)
            y = y if change == 'no_relu_inside' else inner(y)
        self.h = y
        y = self.conv2(y)
        if change in ('no_second_norm', 'sum_before_norm', 'no_norm_in_f', 'no_norm'):
            return y
        y = (self.bn1 if change == 'norm_reused' else self.bn2)(y)
        return self.bn4(self.conv3(F.relu(y))) if change == 'three_convolutions' else y

    def side(self, x, y):
        """What is added."""
        change, (c_in, c_out, stride) = self.change, self.shapes
        needed = {
            'no_projection': False, 'projection_always': True,
            'projection_only_for_channels': c_in != c_out, 'added_where_equal': False,
            'projection_only_for_stride': stride != 1, 'projection_only_for_more': stride != 1 or
            c_out > c_in}.get(change, c_in != c_out or stride != 1)
        if change == 'relu_on_shortcut' and not needed:
            return F.relu(x)
        if not needed:
            return x
        x = {'shortcut of relu': F.relu(x), 'shortcut of h': self.h, 'shortcut of f': y,
             'pooled': F.avg_pool2d(x, stride, stride, ceil_mode=True)}.get(change, x)
        x = self.shortcut(x)
        if change not in ('shortcut_without_norm', 'no_norm'):
            x = (self.bn2 if change == 'shortcut_norm_reused' else self.bn3)(x)
        return F.relu(x) if change == 'relu_on_shortcut' else x


def _strides(change, c_in, c_out, stride):
    """Strides of the first, the second and the shortcut's convolution."""
    first = {'stride_on_second': 1, 'stride_ignored': 1,
             'halves_with_channels': 2 if c_in != c_out else stride}
    second = {'stride_on_second': stride, 'stride_on_both': stride}
    side = {'shortcut_no_stride': 1, 'stride_ignored': 1, 'shortcut_stride_2': 2, 'pooled': 1,
            'shortcut of h': 1, 'shortcut of f': 1}
    return first.get(change, stride), second.get(change, 1), side.get(change, stride)


def _conv(in_channels, out_channels, kernel, stride=1, options=None):
    return nn.Conv2d(in_channels, out_channels, kernel, stride,
                     **{'padding': kernel // 2, 'bias': False, **(options or {})})


CONVOLUTION = {
    'no padding': {'padding': 0}, 'dilation': {'padding': 2, 'dilation': 2},
    'groups': {'groups': 2}, 'reflect': {'padding_mode': 'reflect'},
    'replicate': {'padding_mode': 'replicate'}, 'circular': {'padding_mode': 'circular'},
}
NORM = {'affine=False': {'affine': False}, 'momentum=0': {'momentum': 0.0},
        'track_running_stats=False': {'track_running_stats': False}}
ACTIVATIONS = {
    'leaky_relu': F.leaky_relu, 'leaky_relu 0.1': partial(F.leaky_relu, negative_slope=0.1),
    'leaky_relu 0.2': partial(F.leaky_relu, negative_slope=0.2), 'gelu': F.gelu, 'silu': F.silu,
    'elu': F.elu, 'sigmoid': torch.sigmoid, 'tanh': torch.tanh, 'softplus': F.softplus,
}
ALONE = (
    'no_relu_after_sum', 'residual_ignored', 'residual_always', 'residual_inverted',
    'sum_before_norm', 'relu_on_shortcut', 'relu_on_input', 'plain_without_relu',
    'no_relu_at_the_end', 'no_relu_inside', 'relu_before_norm', 'no_first_norm', 'no_second_norm',
    'no_norm_in_f', 'no_norm', 'norm_reused', 'shortcut_norm_reused', 'one_convolution',
    'three_convolutions', 'stride_on_second', 'stride_on_both', 'stride_ignored',
    'halves_with_channels', 'shortcut_no_stride', 'shortcut_stride_2', 'shortcut_kernel',
    'shortcut_without_norm', 'no_projection', 'projection_always', 'projection_only_for_channels',
    'added_where_equal', 'concatenated', 'relu_before_sum',
)
# (fault, facts, change): several changes may have one name
CHANGES = (
    *((name, {}, name) for name in ALONE),
    *((name, {}, f'{name} + biases') for name in ALONE if '_norm' in name),
    ('relu_before_sum', {}, 'relu_before_and_after_sum'),
    ('no_projection', {}, 'projection_only_for_stride'),
    ('no_projection', {}, 'projection_only_for_more'),
    *(('shortcut_input', {'what': what}, f'shortcut of {name}') for name, what in {
        'relu': 'F.relu(x)', 'h': 'relu(bn(conv(x)))', 'f': 'f(x)'}.items()),
    ('shortcut_pooled', {}, 'pooled'),
    *(('conv_options', {'option': option, 'number': number}, f'{number} {option}')
      for option in CONVOLUTION for number in (1, 2)),
    *(('conv_options', {'option': option, 'number': '1, 2'}, option) for option in CONVOLUTION),
    *(('norm_options', {'option': option}, place + option) for option in NORM
      for place in ('', 'all ')),
    *(('activation', {'got': name}, f'{place} {name}')
      for name in ACTIVATIONS for place in ('inner', 'outer', 'sum')),
)
