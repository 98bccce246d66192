"""Contexts in which a network is examined, and after which it is as before."""

from contextlib import contextmanager

import torch

from nndl.resnet import ResBlock

__all__ = ['as_in_training', 'hooked', 'in_eval_mode', 'on_device_of', 'residual_blocks']


def residual_blocks(model):
    """{name: block} of every ``ResBlock``, from the input to the output.

    Raises:
        ValueError: if there is none.
    """
    blocks = {name: m for name, m in model.named_modules() if isinstance(m, ResBlock)}
    if not blocks:
        raise ValueError(f'{type(model).__name__} has no residual blocks: '
                         'give a network of ResBlock modules')
    return blocks


def on_device_of(model, tensor):
    """The tensor on the device of the model's parameters."""
    return tensor.to(next(model.parameters()).device)


@contextmanager
def hooked(hooks):
    """Context after which these hooks, given by their handles, are removed."""
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def as_in_training(model, training=True):
    """Train mode within; modes and running statistics are restored afterwards."""
    modes = {module: module.training for module in model.modules()}
    kept = [buffer.clone() for buffer in model.buffers()]
    model.train(training)
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in zip(model.buffers(), kept, strict=True):
                buffer.copy_(before)
        for module, mode in modes.items():
            module.training = mode


def in_eval_mode(model):
    """Eval mode within; modes are restored afterwards."""
    return as_in_training(model, training=False)
