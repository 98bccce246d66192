"""Files and arrays that are no digits."""

import gzip

import numpy as np

# (file, how it is damaged)
DAMAGED = [
    ('t10k-images-idx3-ubyte', lambda c: c[:-1]),
    ('train-labels-idx1-ubyte', lambda c: c + b'\0'),
    ('train-labels-idx1-ubyte', lambda c: b'\0\0\x08\x03' + c[4:]),
    ('t10k-labels-idx1-ubyte', gzip.compress),
    ('t10k-labels-idx1-ubyte', lambda c: c[:-1] + b'\x0b'),
    ('t10k-labels-idx1-ubyte', lambda c: c[:6]),
    ('t10k-labels-idx1-ubyte', lambda c: b''),
]


def part_with(image_value=0, label=0, length=784):
    """The textbook's form: rows of numbers, a row of labels."""
    return [[image_value] + [0] * (length - 1)], [label]


# ((images, labels), message)
NO_DIGITS = [
    (part_with(image_value=float('nan')), 'the pixel of digit number 0 is nan'),
    (part_with(image_value=256), 'the pixel .* 256, .* 0 to 255'),
    (part_with(image_value=0.5), 'the pixel .* 0.5'),
    (part_with(label=10), 'the label of digit number 0 is 10'),
    (part_with(label=-1), 'the label of digit number 0 is -1'),
    (part_with(length=783), r'the images have shape \(1, 783\)'),
    (([[[0] * 28] * 27], [0]), r'the images have shape \(1, 27, 28\), expected \(N, 28, 28\)'),
    ((part_with()[0], [0, 1]), r'1 images but labels of shape \(2,\)'),
    (([['a'] * 784], [0]), 'a pixel is not a number'),
    ((np.zeros((2, 27, 28)), np.array([0, 1])), r'the images have shape \(2, 27, 28\)'),
    ((np.zeros((2, 28, 28)), np.array([0, 10])), 'the label of digit number 1 is 10'),
    ((np.full((2, 28, 28), np.nan), np.array([0, 1])), 'the pixel of digit number 0 is nan'),
    ((np.full((2, 28, 28), 300), np.array([0, 1])),
     'the pixel .* is 300, expected a whole number from 0 to 255'),
    ((np.zeros((2, 28, 28)), np.array(['a', 'b'])), 'a label is not a number'),
]

# (arguments of load_mnist, message)
WRONG_SIZES = [
    ({'n_train': 5000}, '5400 digits are asked for'),
    ({'n_train': -1}, 'n_train is -1'),
    ({'n_dev': 2.5}, 'n_dev is 2.5'),
    ({'source': 'mnist'}, "source is 'mnist': give 'bundled' or 'full'"),
    ({'image_size': 0}, 'image size is 0'),
]
