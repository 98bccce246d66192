"""The networks of a run, with the initial tensors that its seed gives."""

import math

import torch
from torch import nn

from nndl.fast import live_share
from nndl.lenet import Torch_LeNet
from nndl.resnet import Model_ResNet18
from nndl.study.inspection import hooked, in_eval_mode

__all__ = ['build_model', 'copy_initial_tensors', 'initialise_as_he']


def build_model(config):
    """The network of a run; a plain one starts from the tensors of its residual twin."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.arm == 'lenet':
            return Torch_LeNet(in_channels=1)
        model = Model_ResNet18(in_channels=1, num_blocks=config.num_blocks)
        if config.init != 'torch':
            initialise_as_he(model, config.image_size, live=config.init == 'he_live')
        if config.arm == 'plain':
            plain = Model_ResNet18(in_channels=1, num_blocks=config.num_blocks,
                                   use_residual=False)
            copy_initial_tensors(model, plain)
            model = plain
    if not config.batch_norm:
        _take_out_batch_norm(model)
    return model


def copy_initial_tensors(source, target):
    """Copy every tensor of ``source`` that has the same name in ``target``.

    A plain network starts from the tensors of its residual twin this way; the shortcut parameters
    of the twin are left out.

    Raises:
        ValueError: if a tensor of ``target`` has no namesake of the same shape in ``source``.
    """
    tensors = source.state_dict()
    for name, tensor in target.state_dict().items():
        shape = tuple(tensors[name].shape) if name in tensors else 'none'
        if shape != tuple(tensor.shape):
            raise ValueError(f'{name} has shape {tuple(tensor.shape)} in the target and {shape} in '
                             'the source: they are not twins, or are swapped')
    target.load_state_dict({name: tensors[name] for name in target.state_dict()})


@torch.no_grad()
def initialise_as_he(model, image_size, live=False):
    """Draw the convolutions of a network as He et al. (2015) do; biases become 0.

    A weight is normal with variance 2 / fan_in, so that a ReLU network keeps the size of its
    maps. fan_in counts all products of an output; on small maps most of them are with padding,
    which makes the variance too small.

    Args:
        model: takes a batch of shape (1, 1, image_size, image_size).
        image_size: height and width of the images, in pixels.
        live: count only the products with a pixel, averaged over the outputs.
    """
    def draw(conv, inputs):
        taps = math.prod(conv.kernel_size)
        if live:
            taps *= math.prod(live_share(*axis) for axis in zip(
                inputs[0].shape[-2:], conv.kernel_size, conv.stride, conv.padding, strict=True))
        nn.init.normal_(conv.weight, std=math.sqrt(2 / (conv.in_channels * taps)))
        if conv.bias is not None:
            nn.init.zeros_(conv.bias)

    hooks = [module.register_forward_pre_hook(draw) for module in model.modules()
             if isinstance(module, nn.Conv2d)]
    with in_eval_mode(model), hooked(hooks):
        model(torch.zeros(1, 1, image_size, image_size))


def _take_out_batch_norm(model):
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())
