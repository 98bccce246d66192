import gzip
import os
import subprocess
import sys
from pathlib import Path

os.environ['TQDM_DISABLE'] = '1'  # tqdm, which torch imports, reads it once

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

ROOT = Path(__file__).resolve().parent.parent
collect_ignore = [] if sys.platform == 'linux' else ['grading']  # the isolated grader is for Linux


def pytest_collection_modifyitems(items):
    """Whole labs first, so that no worker begins the longest file when the others are done."""
    items.sort(key=lambda item: 'labs' not in item.keywords)


@pytest.fixture(scope='session')
def full_mnist_root(tmp_path_factory):
    """A root with the four real, unpacked MNIST files; skips where they are not at hand.

    They are looked for, gzipped, in the folder that NNDL_MNIST_GZ names, by default
    ../shared/mnist beside the checkout.
    """
    folder = Path(os.environ.get('NNDL_MNIST_GZ', ROOT.parent / 'shared' / 'mnist'))
    packed = sorted(folder.glob('*-ubyte.gz'))
    if len(packed) != 4:
        pytest.skip(f'the real MNIST files are not in {folder}')
    root = tmp_path_factory.mktemp('mnist')
    raw = root / 'MNIST' / 'raw'
    raw.mkdir(parents=True)
    for path in packed:
        (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return root


@pytest.fixture(scope='module')
def browser():
    """A headless Chromium."""
    from browser import chromium_path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=chromium_path(), args=['--no-sandbox'])
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def own_number_of_threads():
    """A test that sets it, sets it for itself alone."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def run_python(code, **options):
    """A program that has ended, in a process of its own."""
    options = {'capture_output': True, 'text': True, 'check': True} | options
    return subprocess.run([sys.executable, '-c', code], **options)


@pytest.fixture
def blobs():
    """A loader of 40 small samples of three classes, batches of 8."""
    return make_blobs()


def make_blobs(n=40, batch_size=8, n_classes=3, seed=0, **kwargs):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % n_classes
    inputs = torch.randn(n, 6, generator=generator)
    inputs[range(n), labels] += 3
    return DataLoader(TensorDataset(inputs, labels), batch_size=batch_size, **kwargs)
