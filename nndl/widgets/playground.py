"""The networks of the playground: trained once, together in under a minute, and then loaded."""

import tempfile
from pathlib import Path

from nndl.fast import skip_dead_taps
from nndl.files import load_into, load_tensors
from nndl.study.config import RunConfig
from nndl.study.networks import build_model
from nndl.study.run import load_digits, run

__all__ = ['NETWORKS', 'playground_digits', 'playground_network']

DIGITS = {'n_train': 4000, 'n_dev': 200, 'n_test': 800}
TRAINING = {'momentum': 0.9, 'schedule': 'one_cycle', **DIGITS}
NETWORKS = {
    'plain-18': RunConfig('plain', lr=0.02, epochs=2, **TRAINING),
    'residual-18': RunConfig('residual', lr=0.02, epochs=2, **TRAINING),
    'LeNet-5': RunConfig('lenet', lr=0.05, epochs=8, **TRAINING),
}


def playground_digits():
    """The training, dev and test digits of these networks; see ``load_mnist``."""
    return load_digits(NETWORKS['LeNet-5'])


def playground_network(name, folder, *, digits=None):
    """A trained network, in eval mode.

    Args:
        name: 'plain-18', 'residual-18' or 'LeNet-5'.
        folder: where its weights are kept. If they are not there yet, the network is trained
            first, which shows a progress bar.
        digits: what ``playground_digits`` returned, if it is at hand.

    Raises:
        ValueError: for another name.
        CheckpointError: if the file of weights is damaged; delete it and call again.
    """
    if name not in NETWORKS:
        raise ValueError(f'there is no network {name!r}: give one of {", ".join(NETWORKS)}')
    config = NETWORKS[name]
    weights = Path(folder) / f'{config.name}-{config.key}.pdparams'
    if not weights.exists():
        _train(config, weights, digits)
    model = build_model(config)
    load_into(model, load_tensors(weights), weights)
    return skip_dead_taps(model).eval()


def _train(config, weights, digits):
    """The weights are there when the training has ended, and not before."""
    weights.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=weights.parent) as unfinished:
        result = run(config, unfinished, digits=digits)
        (Path(unfinished) / result.checkpoint).replace(weights)
