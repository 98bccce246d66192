"""The student's fair_pairs: what two arms have in common, as plain data."""

from itertools import islice

import numpy as np
import torch

from nndl.grading.inside.modules import layers_of
from nndl.grading.inside.plain import NotPlain, number, pack, unpack

__all__ = ['fair_pairs']

DIGITS, EPOCHS = 150, 2


def fair_pairs(fn, direction, x):
    """The first three pairs, and the first again from a second call.

    Args:
        fn: the student's function, ``fn(digits)``.
        direction: packed vector; every tensor is measured along it.
        x: two packed images.

    Returns:
        {'pairs': [[plain arm, residual arm]], 'again': [[the first pair]]}, see ``_arm``.
    """
    digits = _digits()
    names = {_mark(digits[k][0]): k for k in range(DIGITS)}
    direction, x = unpack(direction), unpack(x)
    told = [[_pair(pair, direction, x, names) for pair in islice(fn(digits), number_of_pairs)]
            for number_of_pairs in (3, 1)]
    return {'pairs': told[0], 'again': told[1]}


def _digits():
    from nndl.data import MNIST_dataset

    random = np.random.RandomState(0)
    return MNIST_dataset((random.randint(0, 256, (DIGITS, 28, 28), dtype=np.uint8),
                          random.randint(0, 10, DIGITS)), mode='noise')


def _pair(pair, direction, x, names):
    if len(pair) != 2:
        raise NotPlain(f'a pair has {len(pair)} arms')
    addresses = [{p.data_ptr() for p in model.parameters()} for model, _, _ in pair]
    arms = [_arm(*arm, direction, x) for arm in pair]
    for (_, _, loader), arm in zip(pair, arms, strict=True):  # one arm is trained, then the other
        arm['batches'] = [[[names.get(_mark(image), -1) for image in images]
                           for images, _ in loader] for _ in range(EPOCHS)]
        arm['shared'] = bool(addresses[0] & addresses[1])
    return arms


def _arm(model, optimizer, loader, direction, x):
    """{'tensors': {name: [shape, its first values along the direction]}, 'settings', 'holds':
    whether the optimizer holds just the model's parameters, 'convolutions': how many 3x3,
    'silenced': output for x once f(x) = 0 in every block}."""
    held = {id(p) for group in optimizer.param_groups for p in group['params']}
    tensors = {name: [list(t.shape), float(t.flatten()[:64].float() @ direction[:t.numel()])]
               for name, t in model.state_dict().items()}
    settings = [[type(optimizer).__name__]] + [
        [f'{name}: {value!r}' for name, value in sorted(group.items()) if name != 'params']
        for group in optimizer.param_groups]
    output, number_of_convolutions = _silenced(model, x)
    return {'tensors': tensors, 'settings': settings, 'convolutions': number_of_convolutions,
            'holds': held == {id(p) for p in model.parameters()}, 'silenced': pack(output),
            'lr': [number(group['lr']) for group in optimizer.param_groups]}


@torch.no_grad()
def _silenced(model, x):
    """(output with the normalisations behind 3x3 convolutions set to 0, number of those)."""
    mode = model.training
    _, layers = layers_of(model.eval(), x)
    inner = [layer['names'] for layer in layers if layer['kernel'] == [3, 3]]
    tensors = [model.get_parameter(names[role]) for names in inner
               for role in ('norm_weight', 'norm_bias')]
    values = [tensor.clone() for tensor in tensors]
    for tensor in tensors:
        tensor.zero_()
    output = model(x)
    for tensor, value in zip(tensors, values, strict=True):
        tensor.copy_(value)
    model.train(mode)
    return output, len(inner)


def _mark(image):
    return image.flatten()[:40].numpy().tobytes()
