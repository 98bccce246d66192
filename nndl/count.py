"""Parameters and multiply-adds, by three counters side by side, and why they differ."""

import copy
import warnings
from dataclasses import dataclass

import torch

from nndl.fast import plain_convolutions

__all__ = ['Count', 'count', 'parameters', 'multiply_adds']

WHAT = {
    'FlopCounterMode': 'convolutions and matrix products, nothing else',
    'torchinfo': 'these, one for every bias added, and one for each parameter of a batch '
                 'normalisation',
    'thop': 'these, four for every number that a batch normalisation gives out, and mean pooling',
}


@dataclass(frozen=True)
class Count:
    """What one counter says of a network and one input.

    Attributes:
        counter: its name.
        parameters: number of parameters.
        multiply_adds: multiply-adds for the input.
        what: what it counts.
    """

    counter: str
    parameters: int
    multiply_adds: int
    what: str


def count(model, input_size):
    """Three counts of a network as it is written, each made on a copy in eval mode.

    What ``skip_dead_taps`` saves is not taken off.

    Args:
        model: the network.
        input_size: shape of one input with its batch dimension, for example (1, 1, 32, 32).

    Returns:
        A list of three ``Count``: FlopCounterMode, torchinfo, thop.
    """
    numbers = {
        'FlopCounterMode': (parameters(model), multiply_adds(model, input_size)),
        'torchinfo': _by_torchinfo(model, input_size),
        'thop': _by_thop(model, input_size),
    }
    return [Count(counter, *both, WHAT[counter]) for counter, both in numbers.items()]


def parameters(model):
    """Number of parameters that can be trained or frozen; shared ones once."""
    return sum(p.numel() for p in model.parameters())


def multiply_adds(model, input_size):
    """Multiply-adds of convolutions and matrix products, by torch's ``FlopCounterMode``."""
    from torch.utils.flop_counter import FlopCounterMode

    model = _as_written(model)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(_input(model, input_size))
    return counter.get_total_flops() // 2


def _by_torchinfo(model, input_size):
    from torchinfo import summary

    model = _as_written(model)
    counted = summary(model, input_data=_input(model, input_size), verbose=0)
    return counted.total_params, counted.total_mult_adds


def _by_thop(model, input_size):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)  # thop (2022) imports distutils
        from thop import profile

    model = _as_written(model)  # thop leaves its own buffers in what it counts
    counted_multiply_adds, counted_parameters = profile(
        model, (_input(model, input_size),), verbose=False)
    return int(counted_parameters), int(counted_multiply_adds)


def _as_written(model):
    return plain_convolutions(copy.deepcopy(model)).eval()


def _input(model, input_size):
    like = next(model.parameters())
    return torch.zeros(input_size, device=like.device, dtype=like.dtype)
