"""Check of a fair comparison: what the student built for each seed, arm by arm."""

from collections.abc import Iterable
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from nndl.check.feedback import described, exercise
from nndl.data import MNIST_dataset
from nndl.study.inspection import hooked, in_eval_mode

__all__ = ['fair_comparison']

EPOCHS = 2
ASKED_FOR = {'type': ('SGD',), 'momentum': (0,), 'lr': (0.005, 0.01)}


@exercise('fair_pairs')
def fair_comparison(fair_pairs):
    """Check a comparison of ResNet18 without and with the residual connection.

    Args:
        fair_pairs: the student's function; ``fair_pairs(digits)`` gives one pair for each seed,
            ``(plain, residual)``, each ``(model, optimizer, train_loader)``.

    Returns:
        ``Feedback``.
    """
    digits = _digits()
    with torch.random.fork_rng(devices=[]):
        try:
            pairs = _pairs(fair_pairs, digits)
            first, second, third = (next(pairs, None) for _ in range(3))
            pairs.close()  # memory holds one pair at a time
            again = next(_pairs(fair_pairs, digits), None) if first and second else None
        except _Unfair as unfair:
            yield unfair.fault, unfair.details
            return
    if first is None:
        yield 'not_pairs', {'got': '[]'}
    elif second is None:
        yield 'one_seed', {}
    elif third is None:
        yield 'two_seeds', {}
    else:
        yield from _faults_between_calls(first, second, again)


class _Unfair(Exception):
    def __init__(self, fault, **details):
        super().__init__(fault)
        self.fault, self.details = fault, details


def _pairs(fair_pairs, digits):
    """What is to be compared of each pair: samples of its tensors, and its batches.

    Raises:
        _Unfair: where the arms of a pair differ in more than the residual connection.
    """
    made = fair_pairs(digits)
    if not isinstance(made, Iterable):
        raise _Unfair('not_pairs', got=described(made))
    for pair in made:
        if not _is_pair(pair):
            raise _Unfair('not_pairs', got=described(pair))
        (plain, _, plain_loader), (residual, _, loader) = pair
        _judge_networks(plain, residual)
        _judge_tensors(plain, residual)
        _judge_optimizers(pair)
        yield _samples(residual), _judge_batches(plain_loader, loader, digits)


def _judge_networks(plain, residual):
    faults = {(True, True): 'both_residual', (False, False): 'both_plain',
              (True, False): 'arms_swapped'}
    found = _has_residual(plain), _has_residual(residual)
    if found in faults:
        raise _Unfair(faults[found])
    layers = _number_of_convolutions(plain), _number_of_convolutions(residual)
    if layers[0] != layers[1]:
        raise _Unfair('other_layers', plain=layers[0], residual=layers[1])


def _number_of_convolutions(model):
    return sum(isinstance(module, nn.Conv2d) and tuple(module.kernel_size) == (3, 3)
               for module in model.modules())


def _judge_tensors(plain, residual):
    theirs = residual.state_dict()
    for name, tensor in plain.state_dict().items():
        if name not in theirs or not torch.equal(theirs[name], tensor):
            raise _Unfair('tensors_differ', name=name)
        if theirs[name].data_ptr() == tensor.data_ptr():
            raise _Unfair('shared_tensors', name=name)


def _judge_optimizers(pair):
    for arm, (model, optimizer, _) in zip(('plain', 'residual'), pair, strict=True):
        held = {id(p) for group in optimizer.param_groups for p in group['params']}
        if held != {id(p) for p in model.parameters()}:
            raise _Unfair('wrong_optimizer', arm=arm)
    plain, residual = (_settings(optimizer) for _, optimizer, _ in pair)
    if plain['lr'] != residual['lr']:
        raise _Unfair('learning_rates', plain=plain['lr'], residual=residual['lr'])
    for name in ('type', *sorted(plain.keys() | residual.keys())):
        if plain.get(name) != residual.get(name):
            raise _Unfair('optimizer_settings', name=name, plain=plain.get(name),
                          residual=residual.get(name))
    for name, allowed in ASKED_FOR.items():
        if plain.get(name, allowed[0]) not in allowed:
            raise _Unfair('other_optimizer', name=name, value=plain[name])


def _settings(optimizer):
    """{setting: value}, or {setting: values} where the parameters are in several groups."""
    groups = optimizer.param_groups
    settings = {name: [group[name] for group in groups] if len(groups) > 1 else groups[0][name]
                for name in groups[0] if name != 'params'}
    return settings | {'type': type(optimizer).__name__}


def _judge_batches(plain_loader, residual_loader, digits):
    """The batches of both, which are trained one after the other."""
    plain = [list(plain_loader) for _ in range(EPOCHS)]
    residual = [list(residual_loader) for _ in range(EPOCHS)]
    for epoch in range(EPOCHS):
        if not _same_batches(plain[epoch], residual[epoch]):
            raise _Unfair('batches_differ', epoch=epoch + 1)
    first = residual[0][0][0][0] if residual[0] else None  # of epoch 1: an image of batch 1
    if first is None or not any(torch.equal(first, image) for image in digits.images):
        raise _Unfair('other_digits')
    return residual


def _same_batches(one, other):
    return len(one) == len(other) and all(
        torch.equal(a, b) for batch, twin in zip(one, other, strict=True)
        for a, b in zip(batch, twin, strict=True))


def _faults_between_calls(first, second, again):
    """From seed to seed everything changes, from call to call nothing."""
    if _same_tensors(first, second):
        yield 'same_tensors_again', {}
    if _same_order(first, second):
        yield 'same_batches_again', {}
    if not _same_tensors(first, again):
        yield 'tensors_not_repeatable', {}
    if not _same_order(first, again):
        yield 'batches_not_repeatable', {}


def _same_tensors(one, other):
    return all(torch.equal(tensor, other[0][name]) for name, tensor in one[0].items())


def _same_order(one, other):
    return all(map(_same_batches, one[1], other[1]))


def _samples(model):
    """The first values of every tensor: enough to tell two initialisations apart."""
    return {name: tensor.flatten()[:64].clone() for name, tensor in model.state_dict().items()}


def _has_residual(model):
    """Whether anything passes when f(x) = 0 in every block.

    f ends with a 3x3 convolution and its normalisation; those are found by what flows through.
    """
    outputs, norms, hooks = [], [], []
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and tuple(module.kernel_size) == (3, 3):
            hooks.append(module.register_forward_hook(
                lambda conv, inputs, output: outputs.append(output)))
        if isinstance(module, nn.BatchNorm2d):
            hooks.append(module.register_forward_pre_hook(
                lambda norm, inputs: norms.append(norm)
                if any(inputs[0] is output for output in outputs) else None))
    images = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    with in_eval_mode(model), torch.no_grad():
        try:
            with hooked(hooks):
                model(images)
        except RuntimeError as error:
            if 'expected input[2, 1, 32, 32]' not in str(error):
                raise
            raise _Unfair('in_channels') from error
        with _set_to_zero([p for norm in norms for p in norm.parameters()]):
            one, other = model(images)
    return not torch.allclose(one, other, atol=1e-6)


@contextmanager
def _set_to_zero(parameters):
    """Within, the parameters are 0; a copy of the whole network would take 45 MB."""
    kept = [p.clone() for p in parameters]
    for p in parameters:
        p.zero_()
    try:
        yield
    finally:
        for p, before in zip(parameters, kept, strict=True):
            p.copy_(before)


def _is_pair(pair):
    return (isinstance(pair, tuple | list) and len(pair) == 2
            and all(isinstance(arm, tuple | list) and len(arm) == 3
                    and isinstance(arm[0], nn.Module)
                    and isinstance(arm[1], torch.optim.Optimizer)
                    and isinstance(arm[2], Iterable) for arm in pair))


def _digits():
    """Images of noise, so that no two batches are alike."""
    random = np.random.RandomState(0)
    return MNIST_dataset((random.randint(0, 256, (150, 28, 28), dtype=np.uint8),
                          random.randint(0, 10, 150)), mode='noise')
