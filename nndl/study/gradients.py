"""Gradients on their way back through the residual blocks.

Weights, running statistics, gradients and mode of the network stay as they are.
"""

import torch
import torch.nn.functional as F

from nndl.study.inspection import as_in_training, hooked, on_device_of, residual_blocks

__all__ = ['block_gains', 'gradient_norms']


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
            loss = F.cross_entropy(model(on_device_of(model, inputs)), on_device_of(model, labels))
            gradients = torch.autograd.grad(loss, list(weights.values()))
    finally:
        for weight in frozen:
            weight.requires_grad_(False)
    return {name: g.norm().item() for name, g in zip(weights, gradients, strict=True)}


def block_gains(model, inputs, seed=0):
    """Factor by which each block alone lengthens a gradient that comes back through it.

    With J the Jacobian of the block at the maps that ``inputs`` give there, and v a random
    direction (normal, so that no direction is preferred): ``||v^T J|| / ||v||``. The product of
    the gains gives the order of magnitude by which a gradient grows over the whole network.

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
            model(on_device_of(model, inputs))
        return {name: _gain(block, seen[block], generator) for name, block in blocks.items()}


def _gain(block, maps, generator):
    x = maps.detach().requires_grad_()
    y = block(x)
    v = torch.randn(y.shape, generator=generator).to(y)
    product, = torch.autograd.grad(y, x, v)
    return (product.norm() / v.norm()).item()
