"""ResBlock: accepted is what computes the same as the library's, for ten calls."""

import nndl
from nndl.check.exercises.resblock import NAME
from nndl.check.networks import Case, Examination, changed

__all__ = ['VARIANTS', 'criteria']

# Channels, strides, and sizes of both parities: some mistakes do no harm at one of them.
CALLS = {
    'plain': [((4, 6, 2, False), {}), ((4, 4), {'use_residual': False}), ((6, 4, 1, False), {})],
    'projection': [((4, 6), {}), ((6, 4), {'use_residual': True})],
    'identity': [((4, 4), {}), ((6, 6, 1, True), {})],
    'stride': [((4, 4), {'stride': 2}), ((4, 6, 2), {}), ((6, 4, 2, True), {})],
}
SIZES = (3, 9, 6), (2, 6, 7)  # N, H, W
CASES = {criterion: [Case(arguments, options, (n, arguments[0], h, w))
                     for k, (arguments, options) in enumerate(calls) for n, h, w in (SIZES[k % 2],)]
         for criterion, calls in CALLS.items()}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    return Examination(ask, draw, NAME, nndl.ResBlock, CASES, VARIANTS).criteria()


# Parts of the library's text
USED, NEEDED = 'use_residual = use_residual', 'in_channels != out_channels or stride != 1'
CONV_1, CONV_2, ALL_PADDING = 'stride=stride, padding=1', 'out_channels, 3, padding=1', 'padding=1'
CONV_3, OF_OUT = '1, stride=stride', ('in_channels, out_channels, 1, stride=stride',
                                      'out_channels, out_channels, 1')
H, F_X = 'F.relu(self.bn1(self.conv1(inputs)))', 'self.bn2(self.conv2(y))'
SIDE, SUM, END = 'self.bn3(self.shortcut(inputs))', 'y = y + (', 'return F.relu(y)'
BIASES = 'bias=False', 'bias=True'

OPTIONS = {'padding=0': 'padding=0', 'dilation': 'padding=2, dilation=2',
           'groups': 'padding=1, groups=2'} | {
    mode: f'padding=1, padding_mode={mode!r}' for mode in ('reflect', 'replicate', 'circular')}
ACTIVATIONS = {name: f'F.{name}' for name in ('leaky_relu', 'gelu', 'silu', 'elu', 'sigmoid',
                                              'tanh', 'softplus')} | {
    f'leaky_relu {slope}': f'(lambda x: F.leaky_relu(x, {slope}))' for slope in (0.1, 0.2)}
NO_NORM = ((H, 'F.relu(self.conv1(inputs))'), (F_X, 'self.conv2(y)'),
           (SIDE, 'self.shortcut(inputs)'))
# (fault, facts, *changes); several may have one name
NORMS = (
    ('sum_before_norm', {}, NO_NORM[1], (END, 'return F.relu(self.bn2(y))')),
    ('relu_before_norm', {}, (H, 'self.bn1(F.relu(self.conv1(inputs)))')),
    ('no_norm_in_f', {'number': 1}, NO_NORM[0]), ('no_norm_in_f', {'number': 2}, NO_NORM[1]),
    ('no_norm_in_f', {'number': '1, 2'}, *NO_NORM[:2]), ('no_norm', {}, *NO_NORM),
    ('norm_reused', {}, ('self.bn2(', 'self.bn1(')),
    ('shortcut_norm_reused', {}, ('self.bn3(', 'self.bn2(')),
    ('shortcut_without_norm', {}, NO_NORM[2]),
)
CHANGES = (
    *NORMS, *((*change, BIASES) for change in NORMS),
    ('other_default', {'name': 'use_residual', 'got': False},
     ('use_residual=True', 'use_residual=False')),
    ('other_default', {'name': 'stride', 'got': 2}, ('stride=1', 'stride=2')),
    ('no_relu_at_the_end', {'on': True}, (SUM, 'return y + (')),
    ('residual_never', {}, ('if self.use_residual', 'if False')),
    ('residual_always', {}, (USED, f'{USED} = True')),
    ('residual_inverted', {}, (USED, 'use_residual = use_residual = not use_residual')),
    ('relu_on_shortcut', {}, (SUM, 'y = y + F.relu(')),
    ('relu_on_shortcut', {}, (SIDE, f'F.relu({SIDE})')),
    ('relu_on_input', {}, ('conv1(inputs)', 'conv1(F.relu(inputs))')),
    ('no_relu_at_the_end', {'on': False}, (END, f'{END} if self.use_residual else y')),
    ('no_relu_at_the_end', {'on': 'True/False'}, (END, 'return y')),
    ('no_relu_inside', {}, (H, 'self.bn1(self.conv1(inputs))')),
    ('one_convolution', {}, (H, 'self.bn1(self.conv1(inputs))'), (F_X, 'y')),
    ('three_convolutions', {}, (F_X, f'self.conv3(F.relu({F_X}))'), (
        'super().__init__()', 'super().__init__(); self.conv3 = nn.Sequential(nn.Conv2d('
        'out_channels, out_channels, 3, padding=1, bias=False), nn.BatchNorm2d(out_channels))')),
    ('stride_on_second', {}, (CONV_1, 'padding=1'), (
        f'out_channels, {CONV_2}', f'out_channels, out_channels, 3, {CONV_1}')),
    ('stride_on_both', {}, (CONV_2, f'out_channels, 3, {CONV_1}')),
    ('stride_ignored', {}, ('stride=stride', 'stride=1')),
    ('halves_with_channels', {}, (
        CONV_1, 'stride=2 if in_channels != out_channels else stride, padding=1')),
    ('shortcut_no_stride', {}, (CONV_3, '1')),
    ('shortcut_stride_2', {}, (CONV_3, '1, stride=2')),
    ('shortcut_kernel', {}, (CONV_3, '3, stride=stride, padding=1')),
    ('shortcut_pooled', {}, (CONV_3, '1'), (
        'shortcut(inputs)', 'shortcut(F.avg_pool2d(inputs, self.stride, ceil_mode=True))')),
    ('shortcut_input', {'what': 'F.relu(x)'}, ('shortcut(inputs)', 'shortcut(F.relu(inputs))')),
    ('shortcut_input', {'what': 'relu(bn(conv(x)))'}, OF_OUT, (H, f'h = {H}'),
     ('shortcut(inputs)', 'shortcut(h)')),
    ('shortcut_input', {'what': 'f(x)'}, OF_OUT, ('shortcut(inputs)', 'shortcut(y)')),
    ('no_projection', {}, (f'use_residual and ({NEEDED})', 'False')),
    ('no_projection', {}, (NEEDED, 'stride != 1')),
    ('no_projection', {}, (NEEDED, 'stride != 1 or out_channels > in_channels')),
    ('projection_always', {}, (NEEDED, 'True')),
    ('projection_only_for_channels', {}, (NEEDED, 'in_channels != out_channels')),
    ('added_where_equal', {}, (f'({SIDE} if self.use_1x1conv else inputs)',
                               '(inputs if inputs.shape == y.shape else 0)')),
    ('concatenated', {}, (SUM, 'y = torch.cat((y, '), ('else inputs)', 'else inputs), 1)')),
    ('relu_before_sum', {}, (SUM, 'return F.relu(y) + (')),
    ('relu_before_sum', {}, (SUM, 'y = F.relu(y) + (')),
    *(('conv_options', {'option': name}, (old, old.replace(ALL_PADDING, new)))
      for name, new in OPTIONS.items() for old in (CONV_1, CONV_2, ALL_PADDING)),
    *(('norm_options', {'option': option}, (f'{place}BatchNorm2d(out_channels',
                                            f'{place}BatchNorm2d(out_channels, {option}'))
      for option in ('affine=False', 'momentum=0', 'track_running_stats=False')
      for place in ('self.bn1 = nn.', 'nn.')),
    *(('activation', {'got': name}, change) for name, call in ACTIVATIONS.items()
      for change in ((H, H.replace('F.relu', call)), (END, f'return {call}(y)'),
                     (END, f'return ({call} if self.use_residual else F.relu)(y)'))),
)
VARIANTS = changed(nndl.ResBlock, CHANGES)
