"""Where the digits come from: bundled with the kit, the full MNIST, or the textbook's file.

Each function returns checked arrays, images uint8 of shape (N, 28, 28) and labels int64 of shape
(N,), or raises a ``DataError`` that names the file, the value and the remedy.
"""

import gzip
import hashlib
import io
import json
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from nndl.bundled import DIGITS, bundled_path

__all__ = ['DataError', 'bundled_digits', 'full_digits', 'textbook_digits', 'BUNDLED_SHA256',
           'default_root']

BUNDLED_SHA256 = '246e0c30eeea57c8d0037d3f38c8e00651ec204cc61b8022563e9aeeb9d756f4'

# The published MD5s of the unpacked files.
RAW_MD5 = {
    'train-images-idx3-ubyte': '6bbc9ace898e44ae57da46a324031adb',
    'train-labels-idx1-ubyte': 'a25bea736e30d166cdddb491f175f624',
    't10k-images-idx3-ubyte': '2646ac647ad5339dbf082846283269ea',
    't10k-labels-idx1-ubyte': '27ae3e4e09519cfbb04c329615203637',
}
IMAGES_MAGIC, LABELS_MAGIC = 2051, 2049


class DataError(ValueError):
    """The digits cannot be had or are not what they should be."""


def default_root():
    """Where the full MNIST is kept if no ``root`` is given."""
    return Path.home() / '.cache' / 'nndl'


def bundled_digits(path=None):
    """5,000 real digits, 500 of each class, from MNIST's training set."""
    path = bundled_path(DIGITS) if path is None else Path(path)
    content = _read(path, 'install the kit again, or restore data/mnist_5k.npz from the repository')
    digest = hashlib.sha256(content).hexdigest()
    if digest != BUNDLED_SHA256:
        raise DataError(f'{path} has been altered or cut short: its sha256 is {digest}, expected '
                        f'{BUNDLED_SHA256}. Restore it: git checkout data/mnist_5k.npz')
    with np.load(io.BytesIO(content)) as file:
        return check_digits(file['images'], file['labels'], path)


def full_digits(root=None):
    """The full MNIST: ((60000 training images, labels), (10000 test images, labels)).

    Takes the four unpacked files in ``root/MNIST/raw``; those that are missing are downloaded.

    Raises:
        DataError: if a file is damaged, or missing and there is no network.
    """
    root = default_root() if root is None else Path(root)
    raw = root / 'MNIST' / 'raw'
    if not all((raw / name).exists() for name in RAW_MD5):
        _download(root)
    return tuple(
        check_digits(_read_idx(raw / f'{part}-images-idx3-ubyte', IMAGES_MAGIC),
                     _read_idx(raw / f'{part}-labels-idx1-ubyte', LABELS_MAGIC), raw)
        for part in ('train', 't10k'))


def textbook_digits(path):
    """The textbook's mnist.json.gz, ``[train, dev, test]``, as three (images, labels)."""
    path = Path(path)
    content = _read(path, "give the path of the textbook's mnist.json.gz, or use source='bundled'")
    try:
        parts = json.loads(gzip.decompress(content))
    except (EOFError, OSError, zlib.error, ValueError) as error:
        raise DataError(f'{path} is not a whole gzipped JSON file ({error}). '
                        "Copy it again, or use source='bundled'") from error
    if not isinstance(parts, list) or len(parts) != 3 or not all(
            isinstance(part, list) and len(part) == 2 for part in parts):
        raise DataError(f'{path} does not hold [train, dev, test], each [images, labels]. '
                        "Is it the textbook's mnist.json.gz?")
    return tuple(_textbook_part(part, f'{path}, part {name!r}')
                 for name, part in zip(('train', 'dev', 'test'), parts, strict=True))


def check_digits(images, labels, place):
    """The arrays as uint8 and int64, if they are digits.

    Raises:
        DataError: for wrong shapes, pixels that are not whole numbers 0..255, labels not 0..9.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    if images.ndim == 2 and images.shape[1] == 784:
        images = images.reshape(-1, 28, 28)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise DataError(f'{place}: the images have shape {images.shape}, expected (N, 28, 28)')
    if labels.shape != images.shape[:1]:
        raise DataError(f'{place}: {len(images)} images but labels of shape {labels.shape}; '
                        'there must be one label an image')
    _check_whole(images, 0, 255, 'pixel', place)
    _check_whole(labels, 0, 9, 'label', place)
    return images.astype(np.uint8), labels.astype(np.int64)


def _check_whole(values, low, high, what, place):
    if values.dtype.kind not in 'uif':
        raise DataError(f'{place}: a {what} is not a number (type {values.dtype})')
    with np.errstate(invalid='ignore'):
        wrong = ~((values >= low) & (values <= high) & (values == np.floor(values)))
    if wrong.any():
        where = np.argwhere(wrong)[0]
        raise DataError(f'{place}: the {what} of digit number {where[0]} is '
                        f'{values[tuple(where)]}, expected a whole number from {low} to {high}')


def _textbook_part(part, place):
    try:
        images, labels = (np.asarray(array, dtype=np.float64) for array in part)
    except (TypeError, ValueError) as error:
        raise DataError(f'{place}: not rows of 784 numbers and a row of labels '
                        f'({error})') from error
    return check_digits(images, labels, place)


def _read(path, mend):
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f'{path} cannot be read ({error.strerror}): {mend}') from error


def _read_idx(path, magic):
    """One file in the IDX format: big-endian magic number and sizes, then bytes."""
    content = _read(path, 'lay the unpacked MNIST file there')
    mend = f'Delete {path} and load again'
    found = int.from_bytes(content[:4], 'big')
    if found != magic:
        raise DataError(f'{path} begins with the magic number {found}, expected {magic}: '
                        f'it is not the unpacked MNIST file of that name. {mend}')
    header = 16 if magic == IMAGES_MAGIC else 8
    shape = tuple(int.from_bytes(content[i:i + 4], 'big') for i in range(4, header, 4))
    if len(content) != header + math.prod(shape):
        raise DataError(f'{path} has {len(content)} bytes, which is not what its header '
                        f'{shape} says: it was cut short or altered. {mend}')
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if digest != RAW_MD5[path.name]:
        raise DataError(f'{path} has been altered: its MD5 is {digest}, '
                        f'published is {RAW_MD5[path.name]}. {mend}')
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)


def _download(root):
    """Let torchvision fetch what is missing; it shows a progress bar."""
    from torchvision.datasets import MNIST  # its import takes a second

    try:
        MNIST(str(root), download=True)
    except (OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise DataError(
            f'The full MNIST is not in {root / "MNIST" / "raw"} and cannot be downloaded '
            f'({error}). Three ways out: (1) work offline with the bundled digits, '
            f"source='bundled'; (2) lay the four unpacked files {', '.join(RAW_MD5)} into "
            f"{root / 'MNIST' / 'raw'}; (3) give the path of the textbook's mnist.json.gz as "
            'source.') from error
