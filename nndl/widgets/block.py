"""Answers of networks, and one residual block with its branch scaled: ``f(x) * s + x``."""

from contextlib import ExitStack
from typing import NamedTuple

import torch

from nndl.resnet import ResBlock
from nndl.study.inspection import in_eval_mode, on_device_of

__all__ = ['Inside', 'blocks_of', 'check_arguments', 'look_into', 'shares']

AT_ONCE = 256  # images through a network


def check_arguments(models, digits):
    """The models, if they are {name: module} and there are digits.

    Raises:
        ValueError: naming what is missing or is no ``nn.Module``.
    """
    if len(digits) == 0:
        raise ValueError('there are no digits: give a data set of load_mnist')
    if not isinstance(models, dict) or not models:
        raise ValueError(f"models is {models!r}: give {{name: network}}, "
                         "for example {'residual-18': model}")
    for name, model in models.items():
        if not isinstance(model, torch.nn.Module):
            raise ValueError(f'the model {name!r} is a {type(model).__name__}: give a network, '
                             'an nn.Module')
    return models


@torch.no_grad()
def shares(models, images):
    """Probabilities of the classes from each network, in eval mode; the mode is restored.

    Args:
        models: {name: network}.
        images: (N, 1, 32, 32), as ``load_mnist`` gives them.

    Returns:
        {name: (N, 10), rows that sum to 1}.
    """
    answers = {}
    for name, model in models.items():
        with in_eval_mode(model):
            answers[name] = torch.cat([model(on_device_of(model, part)).softmax(dim=1).cpu()
                                       for part in images.split(AT_ONCE)])
    return answers


class Inside(NamedTuple):
    """Maps of a block, each (N, C, H, W), and the answers of the network, (N, 10)."""

    branch: torch.Tensor  # f(x) * s
    shortcut: torch.Tensor  # x, or what its 1x1 convolution makes of it
    sum: torch.Tensor
    output: torch.Tensor  # after the ReLU
    answers: torch.Tensor  # of the network whose branch is scaled here; rows sum to 1


def blocks_of(model):
    """The residual blocks that have a shortcut: {(2, 1): first block of module 2, ...}.

    Raises:
        ValueError: if there are none, or one is not where those of a ``Model_ResNet18`` are.
    """
    blocks = {}
    for name, block in model.named_modules():
        if isinstance(block, ResBlock) and block.use_residual:
            *_, module, number = ('', '', *name.split('.'))
            if not (module.isdigit() and number.isdigit()):
                raise ValueError(f'{type(model).__name__} has a residual block {name!r}: expected '
                                 "a name like 'net.1.0', the first block of module 2")
            blocks[int(module) + 1, int(number) + 1] = block
    if not blocks:
        raise ValueError(f'{type(model).__name__} has no block with a shortcut: give a '
                         'Model_ResNet18 with use_residual=True')
    return blocks


@torch.no_grad()
def look_into(model, block, images, scale=1.0, *, shortcut=True):
    """Run digits through the network, in eval mode, and keep what one block makes of it.

    Args:
        model: a network with residual blocks; its weights and mode stay as they are.
        block: one of its ``ResBlock`` with a shortcut.
        images: (N, 1, 32, 32).
        scale: s, by which the branch f(x) is multiplied.
        shortcut: False: this block is ``relu(f(x) * s)``, as in a plain network.

    Returns:
        An ``Inside``, on the CPU; its shortcut and sum are those of the block with its shortcut.
    """
    seen = {}
    with ExitStack() as afterwards:
        afterwards.enter_context(in_eval_mode(model))
        afterwards.callback(setattr, block, 'use_residual', True)
        afterwards.enter_context(block.bn2.register_forward_hook(
            lambda module, inputs, output: seen.setdefault('branch', output * scale)))
        afterwards.enter_context(block.register_forward_hook(
            lambda module, inputs, output: seen.update(input=inputs[0], output=output)))
        block.use_residual = shortcut
        answers = model(on_device_of(model, images)).softmax(dim=1)
        x = seen['input']
        passed = block.bn3(block.shortcut(x)) if block.use_1x1conv else x
    return Inside(*(each.cpu() for each in (
        seen['branch'], passed, seen['branch'] + passed, seen['output'], answers)))
