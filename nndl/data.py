"""Handwritten digits as a data set: prepared once, kept as one tensor, fetched by the batch."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset
from torch.utils.data._utils.collate import default_collate_fn_map

from nndl.arguments import check_whole
from nndl.sources import DataError, bundled_digits, check_digits, full_digits, textbook_digits

__all__ = ['MNIST_dataset', 'ResizeAndScale', 'load_mnist']


class Sample(NamedTuple):
    """One digit: ``image`` float (1, H, W), ``label`` int."""

    image: torch.Tensor
    label: int


class Batch(Sequence):
    """A sequence of samples that is kept as two tensors.

    A ``DataLoader`` joins a list of samples into tensors. Here they already are tensors, and the
    rule registered below hands them on as they are.
    """

    def __init__(self, images, labels):
        self.images = images  # (N, 1, H, W)
        self.labels = labels  # (N,)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return Sample(self.images[i], int(self.labels[i]))


def _collate(samples, *, collate_fn_map=None):
    if isinstance(samples, Batch):
        return [samples.images, samples.labels]
    return [torch.stack([s.image for s in samples]), torch.tensor([s.label for s in samples])]


default_collate_fn_map[Sample] = _collate


class ResizeAndScale:
    """(N, 28, 28) uint8 -> (N, 1, size, size) float in [-1, 1].

    The same numbers as torchvision's ``Resize(size)``, ``ToTensor()``,
    ``Normalize(mean=[0.5], std=[0.5])`` on PIL images.
    """

    def __init__(self, size=32):
        check_whole('the image size', size, least=1, of='pixels')
        self.size = size

    def __call__(self, images):
        from PIL import Image

        resized = np.empty((len(images), 1, self.size, self.size), dtype=np.uint8)
        for target, image in zip(resized, images, strict=True):
            target[0] = Image.fromarray(image).resize((self.size, self.size),
                                                      Image.Resampling.BILINEAR)
        return torch.from_numpy(resized).to(torch.float32).div_(255).sub_(0.5).div_(0.5)


class MNIST_dataset(Dataset):
    """Digits with their labels.

    Args:
        dataset: ``(images, labels)``; images (N, 28, 28) or (N, 784), whole numbers 0..255.
        transforms: how images become input for the network. ``ResizeAndScale()`` works on all
            digits together; any other function (the textbook's ``Compose([...])``) is called
            with one PIL image at a time. Either is applied once, here: random augmentation would
            be drawn once and for all.
        mode: 'train', 'dev' or 'test', for people to read.

    Attributes:
        images: float tensor (N, 1, H, W).
        labels: int64 tensor (N,).

    Raises:
        DataError: if the arrays are not digits.
    """

    def __init__(self, dataset, transforms=None, mode='train'):
        images, labels = check_digits(*dataset, f'data set {mode!r}')
        self.mode = mode
        self.images = _transform(images, ResizeAndScale() if transforms is None else transforms)
        self.labels = torch.from_numpy(labels)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.images[i], int(self.labels[i])

    def __getitems__(self, indices):
        """The whole batch at once; ``DataLoader`` looks for this method."""
        indices = torch.as_tensor(indices)
        return Batch(self.images[indices], self.labels[indices])

    def __repr__(self):
        return f'MNIST_dataset({self.mode}: {len(self)} digits of {tuple(self.images.shape[1:])})'


def load_mnist(n_train=1000, n_dev=200, n_test=200, *, source='bundled', root=None,
               image_size=32, seed=0):
    """Training, dev and test digits: disjoint, every class in proportion, the same everywhere.

    Args:
        n_train, n_dev, n_test: how many digits.
        source: 'bundled' (5,000 digits of MNIST's training set, offline), 'full' (train and dev
            from MNIST's 60,000 training digits, test from its 10,000 test digits), or the path
            of the textbook's mnist.json.gz.
        root: for 'full': the folder that holds ``MNIST/raw``; by default ~/.cache/nndl.
        image_size: height and width of the images, in pixels.
        seed: which digits are drawn.

    Returns:
        Three ``MNIST_dataset``.

    Raises:
        DataError: if the digits cannot be had, are damaged, or fewer than asked for.
    """
    wanted = {'train': n_train, 'dev': n_dev, 'test': n_test}
    for name, n in wanted.items():
        check_whole(f'n_{name}', n, least=0, of='digits')
    parts = _draw(source, root, wanted, seed)
    transforms = ResizeAndScale(image_size)
    return tuple(MNIST_dataset(parts[name], transforms, mode=name) for name in wanted)


def _transform(images, transforms):
    if isinstance(transforms, ResizeAndScale):
        return transforms(images)
    from PIL import Image

    return torch.stack([torch.as_tensor(transforms(Image.fromarray(image))) for image in images])


def _draw(source, root, wanted, seed):
    """{'train': (images, labels), 'dev': ..., 'test': ...} from one source."""
    if source == 'bundled':
        # Test and dev digits first, so that they stay the same when n_train changes.
        return _deal(bundled_digits(), wanted, ('test', 'dev', 'train'), seed, source)
    if source == 'full':
        train, test = full_digits(root)
        return (_deal(train, wanted, ('dev', 'train'), seed, "'full' (training digits)")
                | _deal(test, wanted, ('test',), seed, "'full' (test digits)"))
    if isinstance(source, str | Path) and str(source).endswith('.json.gz'):
        parts = {}
        for name, part in zip(('train', 'dev', 'test'), textbook_digits(source), strict=True):
            parts |= _deal(part, wanted, (name,), seed, f'{source} ({name})')
        return parts
    raise ValueError(f"source is {source!r}: give 'bundled', 'full', or the path of the "
                     "textbook's mnist.json.gz")


def _deal(digits, wanted, names, seed, source):
    """Deal the digits of one pool out to the named parts, one after the other."""
    images, labels = digits
    needed = sum(wanted[name] for name in names)
    if needed > len(labels):
        raise DataError(f'{needed} digits are asked for ('
                        + ', '.join(f'n_{name}={wanted[name]}' for name in names)
                        + f'), but {source} has {len(labels)}: ask for fewer, '
                        "or take source='full'")
    order = _stratified_order(labels, seed)
    parts, start = {}, 0
    for name in names:
        chosen = order[start:start + wanted[name]]
        start += wanted[name]
        # The order goes round the classes; shuffled, so that no batch depends on that.
        chosen = np.random.RandomState(seed + 1).permutation(chosen)
        parts[name] = images[chosen], labels[chosen]
    return parts


def _stratified_order(labels, seed):
    """An order of all digits in which every run holds the classes in proportion.

    Within each class the digits are shuffled; the k-th of a class of n stands at (k + 1/2) / n.
    ``RandomState`` is used because numpy keeps its stream the same in every version.
    """
    random = np.random.RandomState(seed)
    place = np.empty(len(labels))
    for digit in np.unique(labels):
        members, = np.nonzero(labels == digit)
        place[random.permutation(members)] = (np.arange(len(members)) + 0.5) / len(members)
    return np.lexsort((random.permutation(len(labels)), place))
