"""ResNet18 built from residual blocks, after section 5.4 of *Cases and Practice*.

The network for one input channel and 32x32 digits, module by module:

    1  make_first_module   (N,   1, 32, 32) -> (N,  64, 8, 8)   7x7 convolution, max pooling
    2  resnet_module       (N,  64,  8,  8) -> (N,  64, 8, 8)
    3  resnet_module       (N,  64,  8,  8) -> (N, 128, 4, 4)
    4  resnet_module       (N, 128,  4,  4) -> (N, 256, 2, 2)
    5  resnet_module       (N, 256,  2,  2) -> (N, 512, 1, 1)
    6  pooling and Linear  (N, 512,  1,  1) -> (N, 10)
"""

import torch.nn.functional as F
from torch import nn

__all__ = ['ResBlock', 'make_first_module', 'resnet_module', 'make_modules',
           'Model_ResNet18', 'NUM_BLOCKS']

# Residual blocks in modules 2 to 5. A block has two convolutions, the ends of the network
# have one weighted layer each: depth = 2 * sum(num_blocks) + 2.
NUM_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 66: (8, 8, 8, 8)}


class ResBlock(nn.Module):
    """Residual block, eq. 5.22: ``ResBlock_f(x) = f(x) + x``, then ReLU.

    ``f`` is conv3x3 - bn - ReLU - conv3x3 - bn. Where ``f`` changes the shape, ``x`` is brought
    to the new shape by a 1x1 convolution with batch normalisation of its own.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        stride: stride of the first convolution and of the shortcut.
        use_residual: without it the block is ``f`` followed by ReLU, and has no shortcut
            parameters.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, ceil(H / stride), ceil(W / stride))
    """

    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__()
        self.use_residual = use_residual
        self.stride = stride
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.use_1x1conv = use_residual and (in_channels != out_channels or stride != 1)
        if self.use_1x1conv:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
            self.bn3 = nn.BatchNorm2d(out_channels)

    def forward(self, inputs):
        y = F.relu(self.bn1(self.conv1(inputs)))  # (N, out_channels, H / stride, W / stride)
        y = self.bn2(self.conv2(y))  # f(x), same shape
        if self.use_residual:
            y = y + (self.bn3(self.shortcut(inputs)) if self.use_1x1conv else inputs)
        return F.relu(y)


def make_first_module(in_channels):
    """Module 1: (N, in_channels, H, W) -> (N, 64, H / 4, W / 4)."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 64, 7, stride=2, padding=3),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
    )


def resnet_module(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    """A list of ``num_res_blocks`` blocks; the first one changes channels and stride.

    Raises:
        ValueError: if ``num_res_blocks`` is not a positive whole number.
    """
    if not isinstance(num_res_blocks, int) or num_res_blocks < 1:
        raise ValueError(f'num_res_blocks is {num_res_blocks!r}: '
                         'a module needs a whole number of blocks, at least 1')
    first = ResBlock(input_channels, out_channels, stride, use_residual)
    others = [ResBlock(out_channels, out_channels, use_residual=use_residual)
              for _ in range(num_res_blocks - 1)]
    return [first, *others]


def make_modules(use_residual, num_blocks=NUM_BLOCKS[18]):
    """Modules 2 to 5, each an ``nn.Sequential`` of residual blocks.

    Raises:
        ValueError: if ``num_blocks`` does not name four modules.
    """
    if not isinstance(num_blocks, tuple | list) or len(num_blocks) != 4:
        raise ValueError(f'num_blocks is {num_blocks!r}: '
                         'give four numbers of blocks, one for each of modules 2 to 5')
    n2, n3, n4, n5 = num_blocks
    m2 = nn.Sequential(*resnet_module(64, 64, n2, stride=1, use_residual=use_residual))
    m3 = nn.Sequential(*resnet_module(64, 128, n3, stride=2, use_residual=use_residual))
    m4 = nn.Sequential(*resnet_module(128, 256, n4, stride=2, use_residual=use_residual))
    m5 = nn.Sequential(*resnet_module(256, 512, n5, stride=2, use_residual=use_residual))
    return m2, m3, m4, m5


class Model_ResNet18(nn.Module):
    """The whole network of figure 5.16; deeper with more ``num_blocks``.

    Args:
        in_channels: channels of the image.
        num_classes: number of classes.
        use_residual: with or without the residual connections.
        num_blocks: residual blocks in modules 2 to 5, see ``NUM_BLOCKS``.

    Shape:
        (N, in_channels, H, W) -> (N, num_classes), logits.

    With ``in_channels=1`` and ten classes it has 11,175,434 parameters with the residual
    connections and 11,001,610 without.
    """

    def __init__(self, in_channels=3, num_classes=10, use_residual=True,
                 num_blocks=NUM_BLOCKS[18]):
        super().__init__()
        self.net = nn.Sequential(
            make_first_module(in_channels),
            *make_modules(use_residual, num_blocks),
            nn.AdaptiveAvgPool2d(1),  # (N, 512, 1, 1)
            nn.Flatten(),  # (N, 512)
            nn.Linear(512, num_classes),
        )

    def forward(self, x):
        return self.net(x)
