"""What the gradient does on its way back through the blocks.

Everything here leaves the network as it was: weights, running statistics, gradients and mode. It
works on any model that holds ``ResBlock`` modules (``gradient_correlations`` on any model).
"""

from functools import partial

import torch
import torch.nn.functional as F

from nndl.inspection import (
    as_in_training,
    hooked,
    only_gradients_of,
    residual_blocks,
    restored,
)
from nndl.progress import progress_bar

__all__ = ['GradientLog', 'block_gains', 'gradient_correlations', 'gradient_norms']


def gradient_norms(model, inputs, labels):
    """Length of the gradient that reaches each block's first convolution, in one backward pass.

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
    weights = {name: block.conv1.weight for name, block in residual_blocks(model).items()}
    norms = dict.fromkeys(weights)

    def measure(name, weight):
        norms[name] = weight.grad.norm().item()
        weight.grad = None  # at once: together they would take as much memory as the network

    with as_in_training(model), only_gradients_of(model, weights.values()):
        hooks = [weight.register_post_accumulate_grad_hook(partial(measure, name))
                 for name, weight in weights.items()]
        with hooked(hooks):
            F.cross_entropy(model(inputs), labels).backward()
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
    blocks, seen = residual_blocks(model), {}
    generator = torch.Generator().manual_seed(seed)
    with as_in_training(model):
        hooks = [block.register_forward_hook(lambda block, maps, _: seen.update({block: maps[0]}))
                 for block in blocks.values()]
        with hooked(hooks), torch.no_grad():
            model(inputs)
        return {name: _gain(block, seen[block], generator) for name, block in blocks.items()}


def gradient_correlations(model, starts, ends, points=32, seed=0):
    """How alike the gradients at neighbouring inputs are (Balduzzi et al. 2017).

    The path from one digit to another is walked in small steps, and the gradient of a random
    direction of the outputs with respect to the input is taken at each. If the gradients of
    neighbours have little to do with each other, they are *shattered*: a step that is good at
    one input says nothing about the next. Batch normalisation takes the statistics of the digits
    at both ends, the same along all paths; those of a batch of neighbours would blow up their
    small differences.

    Args:
        model: (N, ...) -> (N, classes).
        starts, ends: (P, ...) inputs at both ends of P straight paths.
        points: inputs on a path, its ends included.
        seed: of the directions, one a path.

    Returns:
        (points,) the mean cosine similarity of two gradients on a path that lie so many steps
        apart; the first is 1.

    Raises:
        ValueError: if ``points`` is less than 2 or the ends are not as many as the starts.
    """
    if points < 2 or starts.shape != ends.shape:
        raise ValueError(f'points is {points}, starts have shape {tuple(starts.shape)} and ends '
                         f'{tuple(ends.shape)}: give at least 2 points and as many ends')
    generator = torch.Generator().manual_seed(seed)
    with restored(model):
        _set_statistics(model.train(), torch.cat([starts, ends]))
        model.eval()
        paths = []
        with progress_bar(len(starts), 'gradients along paths', 'path') as bar:
            for start, end in zip(starts, ends, strict=True):
                paths.append(_correlations(model, start, end, points, generator))
                bar.update()
    return torch.stack(paths).mean(dim=0)


class GradientLog:
    """Keeps the gradient norms of the blocks during a training.

    Give it to ``RunnerV3.train`` as ``custom_print_log``.

    Args:
        every: steps between two entries.

    Attributes:
        steps: number of the training step of each entry.
        norms: {name of the block: [L2 norm of the gradient of ``conv1.weight``]}, one for each
            of ``steps``, of the loss of that step's batch; frozen blocks are left out.
    """

    def __init__(self, every=15):
        self.every = every
        self.steps, self.norms = [], {}

    def __call__(self, runner):
        """Called by the runner after each backward pass."""
        if runner.global_step % self.every:
            return
        self.steps.append(runner.global_step)
        for name, block in residual_blocks(runner.model).items():
            if (gradient := block.conv1.weight.grad) is not None:
                self.norms.setdefault(name, []).append(gradient.norm().item())


def _gain(block, maps, generator):
    x = maps.detach().requires_grad_()
    y = block(x)
    v = torch.randn(y.shape, generator=generator).to(y)
    product, = torch.autograd.grad(y, x, v)
    return (product.norm() / v.norm()).item()


@torch.no_grad()
def _set_statistics(model, inputs):
    """Let the running statistics of every batch normalisation be those of this batch."""
    momenta = {}
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.reset_running_stats()
            module.momentum, momenta[module] = None, module.momentum
    try:
        model(inputs)  # momentum None: a plain average over batches, of which there is one
    finally:
        for module, momentum in momenta.items():
            module.momentum = momentum


def _correlations(model, start, end, points, generator):
    """(points,) mean cosine similarity by distance, on one path."""
    shares = torch.linspace(0, 1, points).view(-1, *[1] * start.dim())
    inputs = (start + shares * (end - start)).requires_grad_()  # (points, ...)
    outputs = model(inputs)  # (points, classes)
    direction = torch.randn(outputs.shape[1], generator=generator).to(outputs)
    gradients, = torch.autograd.grad((outputs @ direction).sum(), inputs)
    gradients = F.normalize(gradients.flatten(1), dim=1)
    cosines = gradients @ gradients.T  # (points, points)
    return torch.stack([cosines.diagonal(distance).mean() for distance in range(points)])
