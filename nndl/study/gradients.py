"""Gradients on their way back through the residual blocks.

Weights, running statistics, gradients and mode of the network stay as they are. The functions take
any model with ``ResBlock`` modules, ``gradient_correlations`` any model.
"""

import torch
import torch.nn.functional as F
from tqdm.auto import tqdm

from nndl.study.inspection import as_in_training, hooked, in_eval_mode, residual_blocks

__all__ = ['GradientLog', 'block_gains', 'gradient_correlations', 'gradient_norms']


def gradient_norms(model, inputs, labels):
    """Norm of the gradient of each block's first convolution, by one backward pass.

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
    frozen = [weight for weight in weights.values() if not weight.requires_grad]
    for weight in frozen:
        weight.requires_grad_()
    try:
        with as_in_training(model):
            loss = F.cross_entropy(model(inputs), labels)
            gradients = torch.autograd.grad(loss, list(weights.values()))
    finally:
        for weight in frozen:
            weight.requires_grad_(False)
    return {name: g.norm().item() for name, g in zip(weights, gradients, strict=True)}


def block_gains(model, inputs, seed=0):
    """Factor by which each block alone lengthens a gradient that comes back through it.

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
    """Similarity of the gradients at neighbouring inputs (Balduzzi et al. 2017).

    Takes the gradient of a random direction of the outputs with respect to the input, at points
    of a path from one digit to another. Gradients that differ between neighbours are *shattered*.
    Batch normalisation uses the statistics of the digits at both ends, since those of a batch of
    neighbours would blow up their small differences.

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
    with in_eval_mode(model):
        _set_statistics(model, torch.cat([starts, ends]))
        ends_of_paths = tqdm(list(zip(starts, ends, strict=True)), 'gradients along paths',
                             unit='path', leave=False)
        paths = [_correlations(model, start, end, points, generator)
                 for start, end in ends_of_paths]
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
    """Set the running statistics of every batch normalisation to those of this batch."""
    norms = [module for module in model.modules()
             if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train().reset_running_stats()
        norm.momentum = None  # a plain average over batches, of which there is one
    try:
        model(inputs)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.eval().momentum = momentum


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
