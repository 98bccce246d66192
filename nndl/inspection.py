"""Looking into a network without changing it: its blocks, and contexts that put back everything."""

from contextlib import contextmanager

import torch

from nndl.resnet import ResBlock

__all__ = ['as_in_training', 'hooked', 'in_eval_mode', 'only_gradients_of', 'residual_blocks',
           'restored']


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


@contextmanager
def hooked(hooks):
    """Within, these hooks (the handles that registering gave) are on; afterwards they are off."""
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def only_gradients_of(model, weights):
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
def restored(model):
    """Afterwards the mode of each module and the running statistics are as they were."""
    modes = {module: module.training for module in model.modules()}
    kept = [buffer.clone() for buffer in model.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in zip(model.buffers(), kept, strict=True):
                buffer.copy_(before)
        for module, mode in modes.items():
            module.training = mode


@contextmanager
def as_in_training(model):
    """Train mode within; mode and running statistics are put back afterwards."""
    with restored(model):
        model.train()
        yield


@contextmanager
def in_eval_mode(model):
    """Eval mode within; the mode is put back afterwards."""
    with restored(model):
        model.eval()
        yield
