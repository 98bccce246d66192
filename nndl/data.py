"""Handwritten digits as a data set, prepared once and kept as one tensor."""

import numpy as np
import torch
from torch.utils.data import Dataset

from nndl.explain import check_whole
from nndl.sources import DataError, bundled_digits, check_digits, full_digits

__all__ = ['MNIST_dataset', 'ResizeAndScale', 'load_mnist']


class ResizeAndScale:
    """(N, 28, 28) uint8 -> (N, 1, size, size) float in [-1, 1].

    The same numbers as torchvision's ``Resize(size)``, ``ToTensor()``,
    ``Normalize(mean=[0.5], std=[0.5])`` on PIL images.
    """

    def __init__(self, size=32):
        self.size = check_whole('the image size', size, least=1, of='pixels')

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
        mode: 'train', 'dev' or 'test', shown by ``repr``.

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
        """The samples of a batch, which ``DataLoader`` asks for at once."""
        return list(zip(self.images[indices], self.labels[indices].tolist(), strict=True))

    def __repr__(self):
        return f'MNIST_dataset({self.mode}: {len(self)} digits of {tuple(self.images.shape[1:])})'


def load_mnist(n_train=1000, n_dev=200, n_test=200, *, source='bundled', root=None,
               image_size=32, seed=0):
    """Training, dev and test digits: disjoint, stratified, identical on every platform.

    Args:
        n_train, n_dev, n_test: how many digits.
        source: 'bundled' (5,000 digits of MNIST's training set, offline) or 'full' (train and dev
            from MNIST's 60,000 training digits, test from its 10,000 test digits).
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
    transforms, parts = ResizeAndScale(image_size), {}
    for digits, names, place in _pools(source, root):
        parts |= _deal(digits, {name: wanted[name] for name in names}, seed, place)
    return tuple(MNIST_dataset(parts[name], transforms, mode=name) for name in wanted)


def _transform(images, transforms):
    if isinstance(transforms, ResizeAndScale):
        return transforms(images)
    from PIL import Image

    return torch.stack([torch.as_tensor(transforms(Image.fromarray(image))) for image in images])


def _pools(source, root):
    """[(digits, parts that are drawn from them, their place)] of one source."""
    if source == 'bundled':
        # Test and dev digits first, so that they stay the same when n_train changes.
        return [(bundled_digits(), ('test', 'dev', 'train'), source)]
    if source == 'full':
        train, test = full_digits(root)
        return [(train, ('dev', 'train'), "'full' (training digits)"),
                (test, ('test',), "'full' (test digits)")]
    raise ValueError(f"source is {source!r}: give 'bundled' or 'full'")


def _deal(digits, wanted, seed, place):
    """Divide the digits of one pool into parts of the wanted sizes."""
    images, labels = digits
    if sum(wanted.values()) > len(labels):
        raise DataError(f'{sum(wanted.values())} digits are asked for ('
                        + ', '.join(f'n_{name}={n}' for name, n in wanted.items())
                        + f'), but {place} has {len(labels)}: ask for fewer, or take '
                        "source='full'")
    order = _stratified_order(labels, seed)
    parts, start = {}, 0
    for name, n in wanted.items():
        chosen = order[start:start + n]
        start += n
        # The order goes round the classes; shuffled, so that no batch depends on that.
        chosen = np.random.RandomState(seed + 1).permutation(chosen)
        parts[name] = images[chosen], labels[chosen]
    return parts


def _stratified_order(labels, seed):
    """An order of all digits in which every contiguous part holds the classes in proportion.

    Within each class the digits are shuffled; the k-th of a class of n stands at (k + 1/2) / n.
    ``RandomState`` is used because numpy keeps its stream the same in every version.
    """
    random = np.random.RandomState(seed)
    place = np.empty(len(labels))
    for digit in np.unique(labels):
        members, = np.nonzero(labels == digit)
        place[random.permutation(members)] = (np.arange(len(members)) + 0.5) / len(members)
    return np.lexsort((random.permutation(len(labels)), place))
