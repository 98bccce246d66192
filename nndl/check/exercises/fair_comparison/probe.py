"""Calls the student's fair_pairs with digits of noise, and measures what the arms consist of."""

import zlib
from collections.abc import Iterable
from itertools import islice

import numpy as np
import torch

from nndl.check.line import Kind, kind_of
from nndl.data import MNIST_dataset
from nndl.study.inspection import in_eval_mode

__all__ = ['pairs']

DIGITS, EPOCHS = 150, 2
SETTINGS = 'lr', 'momentum', 'weight_decay', 'maximize'  # others need momentum


def pairs(fn, seed, number, x):
    """The first ``number`` pairs of arms, see ``_arm``, that a call gives for digits of a seed.

    Of what is no pair, or no iterable, the ``Kind``. The arms are run on x, two images.
    """
    random = np.random.default_rng(seed)
    digits = MNIST_dataset((random.integers(0, 256, (DIGITS, 28, 28), dtype=np.uint8),
                            random.integers(0, 10, DIGITS)), mode='noise')
    places = {_mark(*digits[k]): k for k in range(DIGITS)}
    made = fn(digits)
    if not isinstance(made, Iterable):
        return Kind(kind_of(made))
    return [_pair(pair, x, places) for pair in islice(made, number)]  # one in memory at a time


def _pair(pair, x, places):
    try:
        plain, residual = pair
        return [_arm(*plain, x, places), _arm(*residual, x, places)]
    except (AttributeError, TypeError, ValueError):
        return Kind(kind_of(pair))


def _arm(model, optimizer, loader, x, places):
    """{'tensors': {name: [shape, checksum]}, 'addresses': of these, 'settings': {name: value},
    'lacks', 'strangers': number of parameters that the optimizer should and should not hold,
    'silenced': see ``_silenced``, 'order': see ``_order``}."""
    own, tensors = {id(p) for p in model.parameters()}, model.state_dict()
    held = {id(p) for group in optimizer.param_groups for p in group['params']}
    settings = {name: ', '.join(sorted({str(float(group.get(name, 0)))
                                        for group in optimizer.param_groups})) for name in SETTINGS}
    is_sgd = isinstance(optimizer, torch.optim.SGD)
    return {'tensors': {name: [list(t.shape), zlib.crc32(t.numpy().tobytes())]
                        for name, t in tensors.items()},
            'addresses': [t.data_ptr() for t in tensors.values() if t.numel()],
            'settings': {'optimizer': 'SGD' if is_sgd else type(optimizer).__name__, **settings},
            'lacks': len(own - held), 'strangers': len(held - own),
            'silenced': _tried(_silenced, model, x), 'order': _tried(_order, loader, places)}


def _silenced(model, x):
    """How far apart the outputs for two images are with the weights of 3x3 convolutions at 0."""
    zeros = {name: torch.zeros_like(p) for name, p in model.named_parameters()
             if p.shape[2:] == (3, 3)}
    with in_eval_mode(model), torch.no_grad():
        one, other = torch.func.functional_call(model, zeros, (x,))
    return float((one - other).abs().max())


def _order(loader, places):
    """[[number of the batch, which digit or -1] of each image] of each epoch."""
    return [[[k, places.get(_mark(*digit), -1)] for k, (images, labels) in enumerate(loader, 1)
             for digit in zip(images, labels, strict=True)] for _ in range(EPOCHS)]


def _mark(image, label):
    return image.flatten()[:40].numpy().tobytes(), int(label)


def _tried(observe, *arguments):
    """The observation, or {'error': [type, text]} of what it raised, which spoils no other."""
    try:
        return observe(*arguments)
    except Exception as error:
        return {'error': [type(error).__name__, ' '.join(str(error).split())[:300]]}
