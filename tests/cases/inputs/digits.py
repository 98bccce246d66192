"""Files and arrays that are no digits."""

import gzip

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
]
