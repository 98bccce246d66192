"""Layers of ResNet18 in the textbook, and convolutions of every shape."""

from hypothesis import strategies as st

# The layer table of the textbook for an input of 1x64x32: type, output shape, parameters.
LAYER_TABLE = """
Conv2d 64,32,16 3200 | BatchNorm2d 64,32,16 128 | ReLU 64,32,16 0 | MaxPool2d 64,16,8 0
Conv2d 64,16,8 36864 | BatchNorm2d 64,16,8 128 | Conv2d 64,16,8 36864 | BatchNorm2d 64,16,8 128
ResBlock 64,16,8 0
Conv2d 64,16,8 36864 | BatchNorm2d 64,16,8 128 | Conv2d 64,16,8 36864 | BatchNorm2d 64,16,8 128
ResBlock 64,16,8 0
Conv2d 128,8,4 73728 | BatchNorm2d 128,8,4 256 | Conv2d 128,8,4 147456 | BatchNorm2d 128,8,4 256
Conv2d 128,8,4 8192 | BatchNorm2d 128,8,4 256 | ResBlock 128,8,4 0
Conv2d 128,8,4 147456 | BatchNorm2d 128,8,4 256 | Conv2d 128,8,4 147456 | BatchNorm2d 128,8,4 256
ResBlock 128,8,4 0
Conv2d 256,4,2 294912 | BatchNorm2d 256,4,2 512 | Conv2d 256,4,2 589824 | BatchNorm2d 256,4,2 512
Conv2d 256,4,2 32768 | BatchNorm2d 256,4,2 512 | ResBlock 256,4,2 0
Conv2d 256,4,2 589824 | BatchNorm2d 256,4,2 512 | Conv2d 256,4,2 589824 | BatchNorm2d 256,4,2 512
ResBlock 256,4,2 0
Conv2d 512,2,1 1179648 | BatchNorm2d 512,2,1 1024 | Conv2d 512,2,1 2359296
BatchNorm2d 512,2,1 1024 | Conv2d 512,2,1 131072 | BatchNorm2d 512,2,1 1024 | ResBlock 512,2,1 0
Conv2d 512,2,1 2359296 | BatchNorm2d 512,2,1 1024 | Conv2d 512,2,1 2359296
BatchNorm2d 512,2,1 1024 | ResBlock 512,2,1 0
AdaptiveAvgPool2d 512,1,1 0 | Flatten 512 0 | Linear 10 5130
"""

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


def swapped(model):
    block = model.net[3][1]
    block.conv1, block.conv2 = block.conv2, block.conv1


# (change of a network, the first layer that differs then)
CHANGES = [
    (lambda model: setattr(model.net[1][0], 'use_residual', False), 'net.1.0'),
    (swapped, 'net.3.1.conv1'),
]
