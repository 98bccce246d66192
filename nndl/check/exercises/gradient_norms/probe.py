"""Has the student measure the gradients of a small network."""

import torch
from torch import nn

from nndl.check.exercises.training_step.probe import Loss, small_network

__all__ = ['norms']


def norms(fn, values, batch, scale, train=True, calls=1, frozen=(), unused=False):
    """Measure ``calls`` times; frozen parameters need no gradient, an unused one takes no part.

    Returns:
        {'norms': of each call, 'state': parameters, 'left': gradients, 'training': of each module,
        'backward': how often it was called on the loss}.
    """
    network = small_network(values).train(train)
    if unused:
        network.register_parameter('unused', nn.Parameter(torch.ones(2)))
    for name in frozen:
        network.get_parameter(name).requires_grad_(False)
    loss_fn = Loss(network, scale)
    try:
        measured = [_plain(fn(network, loss_fn, *batch)) for _ in range(calls)]
    except (AttributeError, TypeError) as error:
        if 'NoneType' not in str(error) or 'backward' in loss_fn.events:
            raise
        measured = [{}] * calls  # each p.grad is None
    return {'norms': measured, 'state': dict(network.named_parameters()),
            'left': {n: p.grad for n, p in network.named_parameters() if p.grad is not None},
            'training': [module.training for module in network.modules()],
            'backward': loss_fn.events.count('backward')}


def _plain(norms):
    """The same with names that are text, and numbers instead of tensors of one element."""
    return {str(name)[:60].lstrip('$'):
            norm.item() if isinstance(norm, torch.Tensor) and norm.numel() == 1 else norm
            for name, norm in norms.items()} if isinstance(norms, dict) else norms
