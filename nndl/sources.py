"""Sources of the digits: bundled with the kit, or the full MNIST.

Checked arrays: images uint8 (N, 28, 28), labels int64 (N,); a ``DataError`` names the remedy.
"""

import hashlib
import io
from pathlib import Path

import numpy as np

__all__ = ['DataError', 'bundled_digits', 'full_digits', 'check_digits', 'bundled_path']

DIGITS = 'mnist_5k.npz'
BUNDLED_SHA256 = '246e0c30eeea57c8d0037d3f38c8e00651ec204cc61b8022563e9aeeb9d756f4'

# The published MD5s of the unpacked files.
RAW_MD5 = {
    'train-images-idx3-ubyte': '6bbc9ace898e44ae57da46a324031adb',
    'train-labels-idx1-ubyte': 'a25bea736e30d166cdddb491f175f624',
    't10k-images-idx3-ubyte': '2646ac647ad5339dbf082846283269ea',
    't10k-labels-idx1-ubyte': '27ae3e4e09519cfbb04c329615203637',
}


class DataError(ValueError):
    """The digits cannot be had or are not what they should be."""


def bundled_path(name):
    """Path of a file of ``data/``, or of 'labs', in an installed package or in a checkout."""
    here = Path(__file__).resolve().parent
    installed = here / '_data' / name
    checkout = here.parent / ('notebooks/student' if name == 'labs' else f'data/{name}')
    return installed if installed.exists() else checkout


def bundled_digits(path=None):
    """5,000 real digits, 500 of each class, from MNIST's training set."""
    path = bundled_path(DIGITS) if path is None else Path(path).expanduser()
    content = _read(path, 'install the kit again, or restore data/mnist_5k.npz from the repository')
    digest = hashlib.sha256(content).hexdigest()
    if digest != BUNDLED_SHA256:
        raise DataError(f'{path} has been altered or cut short: its sha256 is {digest}, expected '
                        f'{BUNDLED_SHA256}. Restore it: git checkout data/mnist_5k.npz')
    with np.load(io.BytesIO(content)) as file:
        return check_digits(file['images'], file['labels'], path)


def full_digits(root=None):
    """The full MNIST: ((60000 training images, labels), (10000 test images, labels)).

    Reads the four unpacked files in ``root/MNIST/raw``; those that are missing are downloaded.

    Raises:
        DataError: if a file is damaged, or missing and there is no network.
    """
    root = Path(root or '~/.cache/nndl').expanduser()
    raw = root / 'MNIST' / 'raw'
    try:
        from torchvision.datasets import MNIST  # importing takes a second
    except Exception as error:  # one that does not fit torch raises errors of many types
        raise DataError(f'torchvision, which reads the full MNIST, cannot be imported ({error}): '
                        "install it anew, or use source='bundled'") from error
    if not all((raw / name).exists() for name in RAW_MD5):
        _download(MNIST, root, raw)
    for name, expected in RAW_MD5.items():
        _check_md5(raw / name, expected)
    return tuple(check_digits(part.data.numpy(), part.targets.numpy(), raw)
                 for part in (MNIST(str(root), train=True), MNIST(str(root), train=False)))


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
                        'there must be one label per image')
    _check_range(images, 0, 255, 'pixel', place)
    _check_range(labels, 0, 9, 'label', place)
    return images.astype(np.uint8), labels.astype(np.int64)


def _check_range(values, low, high, what, place):
    if values.dtype.kind not in 'uif':
        raise DataError(f'{place}: a {what} is not a number (type {values.dtype})')
    with np.errstate(invalid='ignore'):
        wrong = ~((values >= low) & (values <= high) & (values == np.floor(values)))
    if wrong.any():
        where = np.argwhere(wrong)[0]
        raise DataError(f'{place}: the {what} of digit number {where[0]} is '
                        f'{values[tuple(where)]}, expected a whole number from {low} to {high}')


def _read(path, remedy):
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f'{path} cannot be read ({error.strerror}): {remedy}') from error


def _check_md5(path, expected):
    content = _read(path, 'put the unpacked MNIST file there')
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if digest != expected:
        raise DataError(f'{path} is not the published MNIST file of this name: it was altered or '
                        f'cut short. Its MD5 is {digest}, the published one {expected}. Delete '
                        f'{path} and load again')


def _download(mnist, root, raw):
    """Let torchvision fetch what is missing; it shows a progress bar."""
    try:
        mnist(str(root), download=True)
    except Exception as error:  # a download breaks off in many ways
        raise DataError(
            f'The full MNIST is not in {raw} and cannot be downloaded '
            f'({error}). Three ways out: (1) work offline with the bundled digits, '
            f"source='bundled'; (2) put the four unpacked files {', '.join(RAW_MD5)} into {raw}; "
            '(3) load once where there is a network, and copy that folder.') from error
