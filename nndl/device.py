"""Where to compute, and whether every run must give the same bits."""

import os
from contextlib import contextmanager

import torch

__all__ = ['choose_device', 'check_device', 'deterministic_algorithms']


def choose_device(device='auto'):
    """The ``torch.device`` to use; 'auto' takes cuda, else mps, else cpu.

    Raises:
        ValueError: if that device is not there.
    """
    available = _available()
    if device == 'auto':
        return torch.device(available[0])
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f'device is {device!r}: give auto, {", ".join(available)}') from error
    if chosen.type not in available:
        raise ValueError(f'device {device!r} is not there: give auto, {", ".join(available)}')
    return chosen


def check_device(model, device):
    """Whether the model's parameters are on the device.

    Raises:
        ValueError: naming the first parameter that is not.
    """
    for name, parameter in model.named_parameters():
        if parameter.device.type != device.type:
            raise ValueError(f'the model is on {parameter.device} (parameter {name}), the runner '
                             f'on {device}: call model.to({str(device)!r})')


@contextmanager
def deterministic_algorithms(wanted=True):
    """Inside, torch takes only algorithms that give the same bits each time, or complains."""
    before = (torch.are_deterministic_algorithms_enabled(),
              torch.is_deterministic_algorithms_warn_only_enabled())
    if wanted:
        os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')  # cuBLAS asks for it
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def _available():
    return (['cuda'] * torch.cuda.is_available()
            + ['mps'] * torch.backends.mps.is_available() + ['cpu'])
