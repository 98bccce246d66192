"""What the gradient does on its way back through the blocks, and what the loss looks like.

Everything here runs the network as a training step does, that is with the statistics of the
batch, and leaves it as it was: weights, running statistics, gradients and mode. It works on any
model that holds ``ResBlock`` modules (``loss_surface`` on any model at all).
"""

from contextlib import contextmanager
from functools import partial

import torch
import torch.nn.functional as F

from nndl.progress import progress_bar
from nndl.resnet import ResBlock

__all__ = ['gradient_norms', 'block_gains', 'loss_surface', 'filter_normalised']


def gradient_norms(model, inputs, labels):
    """Length of the gradient that reaches each block's first convolution, once backward.

    Args:
        model: a network of ``ResBlock`` modules, (N, C, H, W) -> (N, classes).
        inputs: (N, C, H, W).
        labels: (N,) whole numbers.

    Returns:
        {name of the block: L2 norm of the gradient of the mean cross-entropy with respect to
        ``conv1.weight``}, from the input to the output.

    Raises:
        ValueError: if the model has no residual blocks.
    """
    weights = {name: block.conv1.weight for name, block in _blocks(model).items()}
    norms = dict.fromkeys(weights)

    def measure(name, weight):
        norms[name] = weight.grad.norm().item()
        weight.grad = None  # at once: together they would take as much memory as the network

    with _as_in_training(model), _only_gradients_of(model, weights.values()):
        hooks = [weight.register_post_accumulate_grad_hook(partial(measure, name))
                 for name, weight in weights.items()]
        try:
            F.cross_entropy(model(inputs), labels).backward()
        finally:
            for hook in hooks:
                hook.remove()
    return norms


def block_gains(model, inputs, seed=0):
    """By how much each block alone lengthens a gradient that comes back through it.

    With J the Jacobian of the block at the maps that ``inputs`` give there, and v a random
    direction (normal, so that no direction is preferred): ``||v^T J|| / ||v||``. The product of
    the gains tells how the gradient grows or shrinks over the whole network.

    Args:
        model: a network of ``ResBlock`` modules; plain or residual, its blocks are taken as they
            are.
        inputs: (N, C, H, W).
        seed: of the directions.

    Returns:
        {name of the block: gain}, from the input to the output.

    Raises:
        ValueError: if the model has no residual blocks.
    """
    blocks, seen = _blocks(model), {}
    generator = torch.Generator().manual_seed(seed)
    with _as_in_training(model):
        hooks = [block.register_forward_hook(lambda block, maps, _: seen.update({block: maps[0]}))
                 for block in blocks.values()]
        try:
            with torch.no_grad():
                model(inputs)
        finally:
            for hook in hooks:
                hook.remove()
        return {name: _gain(block, seen[block], generator) for name, block in blocks.items()}


@torch.no_grad()
def loss_surface(model, inputs, labels, points=11, span=1.0, seed=0):
    """The loss on a plane through the weights, in two random filter-normalised directions.

    After Li et al. 2018, *Visualizing the loss landscape of neural nets*. Batch normalisation
    and biases stay as they are. The loss is taken with the statistics of the batch: the running
    ones belong to the weights in the middle and to no other point of the plane.

    Args:
        model: (N, ...) -> (N, classes); its weights are put back exactly, whatever happens.
        inputs, labels: the batch; labels (N,).
        points: a side of the grid has so many.
        span: the grid goes from -span to +span; at 1 each filter is moved by its own length.
        seed: of the directions.

    Returns:
        ``(steps, losses)``: (points,) and (points, points); ``losses[i, j]`` is the mean
        cross-entropy at ``weights + steps[i] * a + steps[j] * b``.

    Raises:
        ValueError: if ``points`` is less than 2 or ``span`` is not positive.
    """
    if points < 2 or not span > 0:
        raise ValueError(f'points is {points} and span is {span}: '
                         'a grid needs at least 2 points a side and a positive span')
    steps, losses = torch.linspace(-span, span, points), torch.empty(points, points)
    with _as_in_training(model), progress_bar(points ** 2, 'loss surface', 'point') as bar:
        # In half precision: a direction need not be exact, and memory may be short.
        a, b = ([d.half() for d in filter_normalised(model, 2 * seed + k)] for k in (0, 1))
        weights = [p for p in model.parameters() if p.dim() > 1]
        middle = [w.clone() for w in weights]
        try:
            for i, step in enumerate(steps.tolist()):
                for j, other in enumerate(steps.tolist()):
                    for w, m, da, db in zip(weights, middle, a, b, strict=True):
                        w.copy_(m).add_(da, alpha=step).add_(db, alpha=other)
                    losses[i, j] = F.cross_entropy(model(inputs), labels)
                    bar.update()
        finally:
            for w, m in zip(weights, middle, strict=True):
                w.copy_(m)
    return steps, losses


def filter_normalised(model, seed=0):
    """A random direction in which each filter has the length of the model's own filter.

    Args:
        model: any; parameters with one dimension (biases, batch normalisation) get no direction.
        seed: of the direction.

    Returns:
        A list of tensors, one for each parameter with more than one dimension, in their order
        and of their shapes.
    """
    generator = torch.Generator().manual_seed(seed)
    directions = []
    for w in (p.detach() for p in model.parameters() if p.dim() > 1):
        d = torch.empty_like(w).copy_(torch.randn(w.shape, generator=generator))  # w's layout
        lengths = d.flatten(1).norm(dim=1), w.flatten(1).norm(dim=1)  # (C_out,) each
        directions.append(d.mul_((lengths[1] / lengths[0]).view(-1, *[1] * (w.dim() - 1))))
    return directions


def _blocks(model):
    blocks = {name: m for name, m in model.named_modules() if isinstance(m, ResBlock)}
    if not blocks:
        raise ValueError(f'{type(model).__name__} has no residual blocks: '
                         'give a network of ResBlock modules')
    return blocks


def _gain(block, maps, generator):
    x = maps.detach().requires_grad_()
    y = block(x)
    v = torch.randn(y.shape, generator=generator).to(y)
    product, = torch.autograd.grad(y, x, v)
    return (product.norm() / v.norm()).item()


@contextmanager
def _only_gradients_of(model, weights):
    """Within, the other parameters want no gradient, and these have none yet."""
    weights = set(weights)
    kept = [(p, p.requires_grad, p.grad) for p in model.parameters()]
    for p in model.parameters():
        p.requires_grad_(p in weights)
        p.grad = None
    try:
        yield
    finally:
        for p, wanted, grad in kept:
            p.requires_grad_(wanted)
            p.grad = grad


@contextmanager
def _as_in_training(model):
    """Train mode within; the modes and the running statistics are put back afterwards."""
    modes = {module: module.training for module in model.modules()}
    kept = [buffer.clone() for buffer in model.buffers()]
    model.train()
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in zip(model.buffers(), kept, strict=True):
                buffer.copy_(before)
        for module, mode in modes.items():
            module.training = mode
