"""ResBlock: accepted is what computes the same as the library's, for ten calls."""

import nndl
from nndl.check.errors import Fault
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

ACTIVATIONS = {name: f'F.{name}' for name in ('leaky_relu', 'gelu', 'sigmoid', 'tanh')}
NO_NORM = ((H, 'F.relu(self.conv1(inputs))'), (F_X, 'self.conv2(y)'),
           (SIDE, 'self.shortcut(inputs)'))
# (change, *(old, new)), see ``networks.changed``; several may be the same change
NORMS = (
    ('relu(bn2(conv2(relu(bn1(conv1(x)))) + x))', NO_NORM[1], (END, 'return F.relu(self.bn2(y))')),
    ('f(x) = bn2(conv2(bn1(relu(conv1(x)))))', (H, 'self.bn1(F.relu(self.conv1(inputs)))')),
    ('f(x) = bn2(conv2(relu(conv1(x))))', NO_NORM[0]),
    ('f(x) = conv2(relu(bn1(conv1(x))))', NO_NORM[1]),
    ('f(x) = conv2(relu(conv1(x)))', *NO_NORM[:2]), ('bn1 = bn2 = bn3 = nn.Identity()', *NO_NORM),
    ('f(x) = bn1(conv2(relu(bn1(conv1(x)))))', ('self.bn2(', 'self.bn1(')),
    ('relu(f(x) + bn2(shortcut(x)))', ('self.bn3(', 'self.bn2(')),
    ('relu(f(x) + shortcut(x))', NO_NORM[2]),
)
CHANGES = (
    *NORMS, *((*change, BIASES) for change in NORMS),
    (Fault('other_default', {'name': 'use_residual', 'got': False}),
     ('use_residual=True', 'use_residual=False')),
    (Fault('other_default', {'name': 'stride', 'got': 2}), ('stride=1', 'stride=2')),
    ('return f(x) + x', (SUM, 'return y + (')),
    ('use_residual = False', ('if self.use_residual', 'if False')),
    ('use_residual = True', (USED, f'{USED} = True')),
    ('use_residual = not use_residual', (USED, 'use_residual = use_residual = not use_residual')),
    ('relu(f(x) + relu(x))', (SUM, 'y = y + F.relu(')),
    ('relu(f(x) + relu(bn3(shortcut(x))))', (SIDE, f'F.relu({SIDE})')),
    ('conv1(relu(x))', ('conv1(inputs)', 'conv1(F.relu(inputs))')),
    ('return relu(f(x) + x) if use_residual else f(x)',
     (END, f'{END} if self.use_residual else y')),
    ('return f(x) + x if use_residual else f(x)', (END, 'return y')),
    ('f(x) = bn2(conv2(bn1(conv1(x))))', (H, 'self.bn1(self.conv1(inputs))')),
    ('f(x) = bn1(conv1(x))', (H, 'self.bn1(self.conv1(inputs))'), (F_X, 'y')),
    ('f(x) = bn(conv(relu(bn2(conv2(relu(bn1(conv1(x))))))))',
     (F_X, f'self.conv3(F.relu({F_X}))'), (
        'super().__init__()', 'super().__init__(); self.conv3 = nn.Sequential(nn.Conv2d('
        'out_channels, out_channels, 3, padding=1, bias=False), nn.BatchNorm2d(out_channels))')),
    ('conv2 = nn.Conv2d(..., stride=stride)', (CONV_1, 'padding=1'), (
        f'out_channels, {CONV_2}', f'out_channels, out_channels, 3, {CONV_1}')),
    ('conv1, conv2 = nn.Conv2d(..., stride=stride), nn.Conv2d(..., stride=stride)',
     (CONV_2, f'out_channels, 3, {CONV_1}')),
    ('stride = 1', ('stride=stride', 'stride=1')),
    ('conv1 = nn.Conv2d(..., stride=2 if in_channels != out_channels else stride)', (
        CONV_1, 'stride=2 if in_channels != out_channels else stride, padding=1')),
    ('shortcut = nn.Conv2d(..., stride=1)', (CONV_3, '1')),
    ('shortcut = nn.Conv2d(..., stride=2)', (CONV_3, '1, stride=2')),
    ('shortcut = nn.Conv2d(in_channels, out_channels, 3, ...)',
     (CONV_3, '3, stride=stride, padding=1')),
    ('shortcut(avg_pool2d(x))', (CONV_3, '1'), (
        'shortcut(inputs)', 'shortcut(F.avg_pool2d(inputs, self.stride, ceil_mode=True))')),
    ('shortcut(relu(x))', ('shortcut(inputs)', 'shortcut(F.relu(inputs))')),
    ('shortcut(relu(bn1(conv1(x))))', OF_OUT, (H, f'h = {H}'), ('shortcut(inputs)', 'shortcut(h)')),
    ('shortcut(f(x))', OF_OUT, ('shortcut(inputs)', 'shortcut(y)')),
    (Fault('no_projection'), (f'use_residual and ({NEEDED})', 'False')),
    (Fault('no_projection'), (NEEDED, 'stride != 1')),
    (Fault('no_projection'), (NEEDED, 'stride != 1 or out_channels > in_channels')),
    (Fault('projection_always'), (NEEDED, 'True')),
    ('if in_channels != out_channels: x = bn3(shortcut(x))',
     (NEEDED, 'in_channels != out_channels')),
    ('torch.cat((f(x), x), 1)', (SUM, 'y = torch.cat((y, '), ('else inputs)', 'else inputs), 1)')),
    ('relu(f(x)) + x', (SUM, 'return F.relu(y) + (')),
    ('relu(f(x)) + x', (SUM, 'y = F.relu(y) + (')),
    *(('nn.Conv2d(..., padding=0)', (old, old.replace(ALL_PADDING, 'padding=0')))
      for old in (CONV_1, CONV_2, ALL_PADDING)),
    *((f'f(x) = bn2(conv2({name}(bn1(conv1(x)))))', (H, H.replace('F.relu', call)))
      for name, call in ACTIVATIONS.items()),
    *((f'return {name}(f(x) + x)', (END, f'return {call}')) for name, made in ACTIVATIONS.items()
      for call in (f'{made}(y)', f'({made} if self.use_residual else F.relu)(y)')),
)
VARIANTS = changed(nndl.ResBlock, CHANGES)
