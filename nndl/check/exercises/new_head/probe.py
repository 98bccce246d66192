"""Has the student's function change a small ResNet of torchvision's, and runs the result."""

import torch
from torch import nn

from nndl.check.line import Kind

__all__ = ['body', 'change', 'drawn']

SMALL = 30_000  # numbers: a new parameter is told if it has no more


def body(kind, seed):
    """A small ResNet of 'basic' or 'bottleneck' blocks, no two tensors of which are alike."""
    from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

    block, width = {'basic': (BasicBlock, 64), 'bottleneck': (Bottleneck, 16)}[kind]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        network = ResNet(block, [1, 1, 1, 1], width_per_group=width)
        for tensor in network.state_dict().values():
            if tensor.dim() == 1:  # of batch normalisation
                tensor.uniform_(0.5, 1.5)
    return network


def drawn(seed, size):
    """The values that all new parameters of so many numbers get."""
    return 0.05 * torch.randn(size, generator=torch.Generator().manual_seed(seed + size))


def change(fn, kind, seed, num_classes, x):
    """A network that the student's function makes of a body, or its ``Kind`` if it makes none.

    Returns:
        {'output': for the images x in eval mode, 'new': {name: parameter that the body has not},
        'lost': how many tensors only the body has, 'learning': names of what gets a gradient}.
    """
    network = body(kind, seed)
    given = [t.clone() for t in network.state_dict().values() if t.is_floating_point()]
    changed = fn(network, num_classes)
    if not isinstance(changed, nn.Module) or isinstance(changed, nn.Linear):
        return Kind(type(changed).__name__)
    with torch.no_grad():
        changed.eval()(x)  # a lazy layer gets its parameters
        there = [*changed.parameters(), *changed.buffers()]
        lost = sum(not _is_among(t, there) for t in given[:-2])  # without the old head
        new = {name: p for name, p in changed.named_parameters() if not _is_among(p, given)}
        for p in new.values():  # it may begin at 0
            p.copy_(drawn(seed, p.numel()).view_as(p))
    return {'lost': lost, **_run(changed, x),
            'new': {name: p for name, p in new.items() if p.numel() <= SMALL}}


def _is_among(tensor, others):
    return any(other.shape == tensor.shape and torch.equal(other, tensor) for other in others)


def _run(network, x):
    network.zero_grad()
    output = network(x)
    if isinstance(output, torch.Tensor) and output.requires_grad:
        output.sum().backward()
    return {'output': output, 'learning': [name for name, p in network.named_parameters()
                                           if p.grad is not None and p.grad.any()]}
