"""The networks of lab 07, and what they make of drawings."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT
from pen import strokes_of

from nndl import widgets
from nndl.files import CheckpointError
from nndl.widgets.playground import NETWORKS, playground_digits, playground_network

N_DRAWINGS = 200


@pytest.fixture(scope='module')
def digits():
    return playground_digits()


@pytest.fixture(scope='module')
def residual(digits):
    """Kept in outputs/ from one time to the next."""
    return playground_network('residual-18', ROOT / 'outputs' / '07_playground', digits=digits)


def test_the_two_arms_are_a_pair():
    plain, residual = NETWORKS['plain-18'], NETWORKS['residual-18']
    differing = [name for name in vars(plain) if getattr(plain, name) != getattr(residual, name)]
    assert differing == ['arm']


def test_a_network_is_trained_once_and_then_loaded(digits, tmp_path, monkeypatch):
    first = playground_network('LeNet-5', tmp_path, digits=digits)
    assert not first.training
    with torch.no_grad():
        score = (first(digits[2].images).argmax(dim=1) == digits[2].labels).float().mean()
    assert score > 0.9
    monkeypatch.setattr('nndl.widgets.playground.run', None)  # no second training
    again = playground_network('LeNet-5', tmp_path, digits=digits)
    for ours, theirs in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    path, = tmp_path.glob('LeNet-5*')
    shutil.copy(path, tmp_path / 'whole')
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match='damaged or cut short'):
        playground_network('LeNet-5', tmp_path, digits=digits)


def test_an_unknown_network_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no network 'plain': give one of plain-18, residual-18"):
        playground_network('plain', tmp_path)


def test_drawings_are_read(residual, digits, capsys):
    """200 drawings simulated from the strokes of test digits, through all that the pad does."""
    pad = widgets.DrawDigit({'residual-18': residual}, digits[2])
    images = (127.5 * (digits[2].images[:N_DRAWINGS, 0].numpy() + 1)).round().astype(np.uint8)
    right = 0
    for number, (image, label) in enumerate(zip(images, digits[2].labels.tolist(), strict=False)):
        answer, = pad.read(strokes_of(image, seed=number, width=20))['answers']
        right += int(np.argmax(answer['shares'])) == label
    with capsys.disabled():
        print(f'\n{right} of {N_DRAWINGS} simulated drawings read by the residual network')
    assert right >= 0.85 * N_DRAWINGS


def test_a_training_that_was_interrupted_counts_for_nothing(digits, tmp_path, monkeypatch):
    def interrupted(config, folder, **options):
        (Path(folder) / f'{config.name}-{config.key}.pdparams').write_bytes(b'half of it')
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr('nndl.widgets.playground.run', interrupted)
        with pytest.raises(KeyboardInterrupt):
            playground_network('LeNet-5', tmp_path, digits=digits)
    assert list(tmp_path.iterdir()) == []
