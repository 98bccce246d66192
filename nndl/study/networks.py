"""The networks of a run, with the initial tensors that its seed gives."""

import torch
from torch import nn

from nndl.lenet import Torch_LeNet
from nndl.resnet import Model_ResNet18

__all__ = ['build_model', 'copy_initial_tensors']


def build_model(config):
    """The network of a run; a plain one starts from the tensors of its residual twin."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.arm == 'lenet':
            return Torch_LeNet(in_channels=1)
        model = Model_ResNet18(in_channels=1, num_blocks=config.num_blocks)
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


def _take_out_batch_norm(model):
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())
