"""The device to compute on."""

import logging
import os
from functools import cache

import torch

__all__ = ['choose_device', 'check_device']


def choose_device(device='auto'):
    """The ``torch.device`` to use, tried with a small product.

    Args:
        device: a name that torch knows, for example 'cuda:1'; 'auto': that in the environment
            variable NNDL_DEVICE, else the accelerator that torch finds (cuda, mps, xpu; npu once
            ``torch_npu`` is imported), else the CPU.

    Raises:
        ValueError: if nothing can be computed on a device that was named.
    """
    name = device if device != 'auto' else os.environ.get('NNDL_DEVICE') or 'auto'
    if name == 'auto':
        return _found_device()
    try:
        return _tried(name)
    except Exception as error:  # torch and its backends raise errors of many types
        said = str(error).partition('\n')[0]
        raise ValueError(f'device {name!r} (an argument, or the environment variable NNDL_DEVICE) '
                         f'cannot be used: {said}. Give cpu') from error


def check_device(model, device):
    """Check that the model's parameters are on the device.

    Raises:
        ValueError: naming the first parameter that is not.
    """
    for name, parameter in model.named_parameters():
        if parameter.device.type != device.type:
            raise ValueError(f'the model is on {parameter.device} (parameter {name}), the runner '
                             f'on {device}: call model.to({str(device)!r})')


@cache
def _found_device():
    if not torch.accelerator.is_available():
        return torch.device('cpu')
    found = torch.accelerator.current_accelerator()
    try:
        return _tried(found)
    except Exception as error:  # as above; one line, where a warning would be two
        said = str(error).partition('\n')[0]
        logging.warning('%s cannot be used, computing on the CPU: %s', found, said)
        return torch.device('cpu')


def _tried(device):
    """The device, if a small product can be computed on it."""
    ones = torch.ones(2, 2, device=device)
    if (ones @ ones).sum().item() != 8:
        raise RuntimeError('a product of two matrices comes out wrong')
    return torch.device(device)
