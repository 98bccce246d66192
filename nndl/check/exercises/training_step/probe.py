"""Trains a small network with the student's step."""

import torch
import torch.nn.functional as F
from torch import nn

__all__ = ['Loss', 'small_network', 'steps']


class Loss:
    """Cross-entropy times ``scale``, so that another loss is not the same; notes ``events``."""

    def __init__(self, network, scale):
        self.scale, self.events = scale, []
        network[1].register_forward_hook(
            lambda layer, *_: self.events.append('train' if layer.training else 'eval'))

    def __call__(self, outputs, labels):
        if not outputs.is_floating_point():
            raise TypeError('the first argument of loss_fn holds whole numbers, no outputs')
        loss = self.scale * F.cross_entropy(outputs, labels)
        if loss.requires_grad:
            loss.register_hook(lambda gradient: self.events.append('backward'))
        else:
            self.events.append('cut')
        return loss


def small_network(values):
    """(N, 4) -> (N, 3), with batch normalisation; filled with ``values``."""
    network = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 3))
    network.load_state_dict(values)
    return network


def steps(fn, values, batches):
    """Train the small network, handed over in eval mode, on each of the batches.

    Args:
        fn: the student's step.
        values: of the network.
        batches: [[inputs, labels, learning rate, scale of the loss]].

    Returns:
        [{'returned': by the step, 'state': afterwards, 'events': forward passes ('train' or
        'eval'), 'backward' of the loss, 'step'}], for each batch.
    """
    network, told = small_network(values).eval(), []
    optimizer, loss_fn = torch.optim.SGD(network.parameters(), lr=1), Loss(network, 1)
    optimizer.register_step_post_hook(lambda *_: loss_fn.events.append('step'))
    for inputs, labels, optimizer.param_groups[0]['lr'], loss_fn.scale in batches:
        loss_fn.events.clear()
        told.append({'returned': fn(network, optimizer, loss_fn, inputs, labels),
                     'state': {n: tensor.clone() for n, tensor in network.state_dict().items()},
                     'events': loss_fn.events.copy()})
    return told
