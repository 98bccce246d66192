"""Accuracy of a network without one of its blocks."""

import torch
import torch.nn.functional as F

from nndl.study.inspection import in_eval_mode, on_device_of, residual_blocks

__all__ = ['accuracy_without_blocks']


@torch.no_grad()
def accuracy_without_blocks(model, inputs, labels):
    """Accuracy with each block taken out alone (Veit et al. 2016).

    A block that is out hands its input on. Only blocks that keep the shape can be taken out, and
    they are the same ones in a plain and a residual network.

    Args:
        model: a trained network of ``ResBlock`` modules, evaluated in eval mode.
        inputs: (N, C, H, W).
        labels: (N,).

    Returns:
        {name of the block: accuracy without it}, from the input to the output; with the entry
        None for the whole network.

    Raises:
        ValueError: if no block can be taken out.
    """
    blocks = {name: block for name, block in residual_blocks(model).items()
              if block.conv1.in_channels == block.conv1.out_channels and block.stride == 1}
    if not blocks:
        raise ValueError(f'no block of this {type(model).__name__} keeps the shape of its input: '
                         'give a network with at least two blocks in a module')
    with in_eval_mode(model):
        scores = {None: _accuracy(model, inputs, labels)}
        for name, block in blocks.items():
            with block.register_forward_hook(lambda block, maps, _: F.relu(maps[0])):
                scores[name] = _accuracy(model, inputs, labels)
    return scores


def _accuracy(model, inputs, labels):
    right = [(model(on_device_of(model, x)).argmax(dim=1).cpu() == y).sum().item()
             for x, y in zip(inputs.split(256), labels.split(256), strict=True)]
    return sum(right) / len(labels)
