"""The device to compute on."""

import torch

__all__ = ['choose_device', 'check_device']


def choose_device(device='auto'):
    """The ``torch.device`` to use; 'auto' takes cuda, else mps, else cpu.

    Raises:
        ValueError: if that device is not available.
    """
    available = (['cuda'] * torch.cuda.is_available()
                 + ['mps'] * torch.backends.mps.is_available() + ['cpu'])
    if device == 'auto':
        return torch.device(available[0])
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f'device is {device!r}: give auto, {", ".join(available)}') from error
    if chosen.type not in available:
        raise ValueError(f'device {device!r} is not available: give auto, {", ".join(available)}')
    return chosen


def check_device(model, device):
    """Check that the model's parameters are on the device.

    Raises:
        ValueError: naming the first parameter that is not.
    """
    for name, parameter in model.named_parameters():
        if parameter.device.type != device.type:
            raise ValueError(f'the model is on {parameter.device} (parameter {name}), the runner '
                             f'on {device}: call model.to({str(device)!r})')
