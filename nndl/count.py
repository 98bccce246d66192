"""Parameters and multiply-adds, by three counters side by side, and why they differ."""

import copy
import logging
import warnings
from typing import NamedTuple

import torch

from nndl.fast import plain_convolutions

__all__ = ['Count', 'count', 'parameters', 'multiply_adds']


class Count(NamedTuple):
    """Result of one counter for a network and one input."""

    counter: str
    parameters: int
    multiply_adds: int


def count(model, input_size):
    """Count a network or a layer as it is written, on copies in eval mode.

    Products that ``skip_dead_taps`` leaves out are counted; lab 02 says how the counters differ.
    torchinfo and thop do not know every kind of layer.

    Args:
        model: the network.
        input_size: shape of one input with its batch dimension, for example (1, 1, 32, 32).

    Returns:
        A list of three ``Count``: FlopCounterMode, torchinfo, thop. One that is not installed is
        left out, with a warning.
    """
    counts = [Count('FlopCounterMode', parameters(model), multiply_adds(model, input_size))]
    for counter, counted_by in (('torchinfo', _by_torchinfo), ('thop', _by_thop)):
        try:
            counts.append(Count(counter, *counted_by(*_copy_and_input(model, input_size))))
        except ImportError as error:
            logging.warning('%s skipped: %s. pip install thop torchinfo setuptools', counter, error)
    return counts


def parameters(model):
    """Number of parameters, trained or frozen; shared ones count once."""
    return sum(p.numel() for p in model.parameters())


def multiply_adds(model, input_size):
    """Multiply-adds of convolutions and matrix products, by torch's ``FlopCounterMode``."""
    from torch.utils.flop_counter import FlopCounterMode

    model, x = _copy_and_input(model, input_size)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(x)
    return counter.get_total_flops() // 2


def _by_torchinfo(model, x):
    from torchinfo import summary

    counted = summary(model, input_data=x, verbose=0)
    return counted.total_params, counted.total_mult_adds


def _by_thop(model, x):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)  # thop (2022) imports distutils
        from thop import profile

    n_multiply_adds, n_parameters = profile(model, (x,), verbose=False)
    return int(n_parameters), int(n_multiply_adds)


def _copy_and_input(model, input_size):
    """A copy, since thop leaves buffers of its own in what it counts, and an input of zeros."""
    like = next(model.parameters(), torch.zeros(()))
    x = torch.zeros(input_size, device=like.device, dtype=like.dtype)
    model = plain_convolutions(copy.deepcopy(model))
    return torch.nn.Sequential(model).eval(), x  # thop does not count the outermost module
