"""The data set: the textbook's interface, prepared once, the same numbers as the PIL path."""

import hashlib

import pytest
import torch
from torch.utils.data import DataLoader, Subset

from nndl.data import MNIST_dataset, ResizeAndScale, load_mnist
from nndl.sources import bundled_digits


def pixels(dataset):
    return {image.numpy().tobytes() for image in dataset.images}


def test_sizes_and_classes():
    train, dev, test = load_mnist()
    assert [len(part) for part in (train, dev, test)] == [1000, 200, 200]
    assert [part.mode for part in (train, dev, test)] == ['train', 'dev', 'test']
    for part in (train, dev, test):
        assert part.images.shape == (len(part), 1, 32, 32)
        assert part.images.dtype == torch.float32
        assert part.labels.dtype == torch.int64
        assert part.labels.bincount().tolist() == [len(part) // 10] * 10
        assert part.images.min() >= -1
        assert part.images.max() <= 1


def test_parts_are_disjoint():
    parts = load_mnist(3000, 1000, 1000)
    images = [pixels(part) for part in parts]
    assert len(set.union(*images)) == sum(map(len, images)) == 5000


@pytest.mark.parametrize('n', [1, 9, 10, 123, 999])
def test_every_size_is_stratified(n):
    train, dev, test = load_mnist(n, n, n)
    for part in (train, dev, test):
        counts = part.labels.bincount(minlength=10)
        assert counts.max() - counts.min() <= 2


def test_test_and_dev_digits_do_not_depend_on_n_train():
    _, dev, test = load_mnist(1000)
    _, other_dev, other_test = load_mnist(3000)
    assert torch.equal(dev.images, other_dev.images)
    assert torch.equal(test.images, other_test.images)


def test_the_same_digits_on_every_machine():
    train, dev, test = load_mnist()
    content = b''.join(part.images.numpy().tobytes() + part.labels.numpy().tobytes()
                       for part in (train, dev, test))
    assert hashlib.sha256(content).hexdigest() == (
        'de7107db5e7553eea93e013a505f11283e660bc8f19a847e1a0b2ed69271f209')


def test_seed_changes_the_digits():
    assert not torch.equal(load_mnist(seed=0)[0].images, load_mnist(seed=1)[0].images)


def test_equal_to_the_textbooks_pil_path():
    from PIL import Image
    from torchvision.transforms import Compose, Normalize, Resize, ToTensor

    images, labels = bundled_digits()
    images, labels = images[::10], labels[::10]
    compose = Compose([Resize(32), ToTensor(), Normalize(mean=[0.5], std=[0.5])])
    expected = torch.stack([compose(Image.fromarray(image)) for image in images])
    assert (MNIST_dataset((images, labels)).images - expected).abs().max() <= 1e-6
    by_compose = MNIST_dataset([images, labels], transforms=compose, mode='dev')
    assert torch.equal(by_compose.images, expected)


@pytest.mark.parametrize('size', [8, 28, 64])
def test_other_image_sizes(size):
    train, _, _ = load_mnist(10, 10, 10, image_size=size)
    assert train.images.shape == (10, 1, size, size)
    assert ResizeAndScale(size)(bundled_digits()[0][:3]).shape == (3, 1, size, size)


def test_single_samples_and_batches_agree():
    train, _, _ = load_mnist(100, 10, 10)
    images, labels = next(iter(DataLoader(train, batch_size=100)))
    assert torch.equal(images, train.images)
    assert torch.equal(labels, train.labels)
    image, label = train[7]
    assert torch.equal(image, images[7])
    assert label == labels[7]
    assert isinstance(label, int)


def test_own_collate_function_gets_samples():
    train, _, _ = load_mnist(20, 10, 10)
    seen = []
    for batch in DataLoader(train, batch_size=8, collate_fn=list):
        seen += batch
    assert len(seen) == 20
    assert [label for _, label in seen] == train.labels.tolist()
    assert all(torch.equal(image, train.images[i]) for i, (image, _) in enumerate(seen))


def test_subset_and_workers():
    train, _, _ = load_mnist(40, 10, 10)
    for loader in (DataLoader(Subset(train, range(5, 25)), batch_size=20),
                   DataLoader(Subset(train, range(5, 25)), batch_size=20, num_workers=1)):
        (images, labels), = loader
        assert torch.equal(images, train.images[5:25])
        assert torch.equal(labels, train.labels[5:25])


def test_samples_of_a_batch_can_be_collated_again():
    from torch.utils.data import default_collate

    train, _, _ = load_mnist(20, 10, 10)
    images, labels = default_collate(list(train.__getitems__([3, 1])))
    assert torch.equal(images, train.images[[3, 1]])
    assert torch.equal(labels, train.labels[[3, 1]])


def test_a_part_may_be_empty():
    assert [len(part) for part in load_mnist(0, 10, 0)] == [0, 10, 0]
