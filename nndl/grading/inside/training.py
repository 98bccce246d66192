"""The student's steps of training: training_step, gradient_norms, on a small network."""

import torch
import torch.nn.functional as F
from torch import nn

from nndl.grading.inside.plain import NotPlain, number, pack, unpack, unpack_all

__all__ = ['steps', 'norms', 'small_network', 'scaled_loss']


def small_network(values):
    """(N, 4) -> (N, 3), with batch normalisation; filled with ``values``."""
    network = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 3))
    network.load_state_dict(values)
    return network


def scaled_loss(scale):
    """Cross-entropy times a number, so that another loss function is not the same."""
    return lambda outputs, labels: scale * F.cross_entropy(outputs, labels)


def steps(fn, values, batches, lr, scale):
    """Train the small network, handed over in eval mode, on each of the batches.

    Returns:
        {'states': [state_dict after each step], 'losses': [what was returned], or the reason
        why it is not a number}.
    """
    network = small_network(unpack_all(values)).eval()
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    states, losses = [], []
    for inputs, labels in batches:
        returned = fn(network, optimizer, scaled_loss(scale), unpack(inputs), unpack(labels))
        states.append({name: pack(tensor) for name, tensor in network.state_dict().items()})
        try:
            losses.append(number(returned))
        except NotPlain as error:
            losses.append(str(error))
    return {'states': states, 'losses': losses}


def norms(fn, values, batch, scale, train=True, calls=1, frozen=(), stale=False, unused=False):
    """Measure the small network's gradients; frozen parameters need none; stale ones lie there;
    an unused parameter takes no part.

    Returns:
        {'norms': [{name: number} of each call], 'state': its state_dict, 'train': its mode,
         'left': whether a gradient other than 0 is left}.
    """
    network = small_network(unpack_all(values)).train(train)
    if unused:
        network.register_parameter('unused', nn.Parameter(torch.ones(2)))
    for name in frozen:
        network.get_parameter(name).requires_grad_(False)
    if stale:
        for parameter in network.parameters():
            parameter.grad = torch.full_like(parameter, 3.0)
    given = [unpack(tensor) for tensor in batch]
    measured = [fn(network, scaled_loss(scale), *given) for _ in range(calls)]
    left = any(p.grad is not None and bool(p.grad.any()) for p in network.parameters())
    return {'norms': [_plain(each) for each in measured], 'left': left,
            'state': {name: pack(p) for name, p in network.named_parameters()},
            'train': all(module.training == network.training for module in network.modules())
            and network.training}


def _plain(measured):
    if not isinstance(measured, dict):
        raise NotPlain(f'expected a dict, got {type(measured).__name__}')
    return {str(name): number(value.item() if isinstance(value, torch.Tensor) else value)
            for name, value in measured.items()}
