"""Watch which convolutions and normalisations a network really computes, whatever its style.

Watching torch's functions instead of the modules sees ``nn.Conv2d`` and ``F.conv2d`` alike.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode

__all__ = ['Call', 'trace', 'randomise', 'same', 'convs_of', 'norms_of', 'norm_after',
           'has_bool_stride', 'size_text']


@dataclass(frozen=True)
class Call:
    """One call of a function: its tensors, and the options that matter here."""

    kind: str  # 'conv' or 'norm'
    input: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor | None
    output: torch.Tensor
    running_mean: torch.Tensor | None = None  # of a normalisation


# The functions that are watched: what each is, and its first arguments.
WATCHED = {
    torch.conv2d: ('conv', ('input', 'weight', 'bias')),
    torch.batch_norm: ('norm', ('input', 'weight', 'bias', 'running_mean')),
    F.batch_norm: ('norm', ('input', 'running_mean', 'running_var', 'weight', 'bias')),
}


class _Watch(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func not in WATCHED:
            return func(*args, **kwargs)
        kind, names = WATCHED[func]
        return self._note(kind, func, args, kwargs, dict(zip(names, args, strict=False)) | kwargs)

    def _note(self, kind, func, args, kwargs, given):
        before = given['input'].clone()
        output = func(*args, **kwargs)
        self.calls.append(Call(kind, before, given['weight'], given.get('bias'), output.clone(),
                               given.get('running_mean')))
        return output


def trace(network, x):
    """(output, calls of convolutions and normalisations in their order), without gradients.

    An error of the network brings the calls before it along, as ``error.calls``.
    """
    with torch.no_grad(), _Watch() as watch:
        try:
            output = network(x)
        except Exception as error:
            error.calls = watch.calls
            raise
    return output, watch.calls


def randomise(network, seed=0):
    """Random parameters and statistics, so that no two layers are alike; in eval mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.copy_(0.5 * torch.randn(tensor.shape, generator=generator))
        for tensor in network.buffers():
            if tensor.is_floating_point():
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    return network.eval()


def same(a, b):
    """Equal up to rounding."""
    return (isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor) and a.shape == b.shape
            and torch.allclose(a, b, rtol=1e-4, atol=1e-4))


def convs_of(calls, kernel=None):
    """The convolutions among the calls; with ``kernel``, those of that size, for example 3."""
    return [call for call in calls if call.kind == 'conv'
            and (kernel is None or tuple(call.weight.shape[2:]) == (kernel, kernel))]


def norms_of(calls):
    """The batch normalisations among the calls."""
    return [call for call in calls if call.kind == 'norm']


def norm_after(conv, calls):
    """The batch normalisation that gets what a convolution gives out, or None."""
    return next((norm for norm in norms_of(calls) if same(norm.input, conv.output)), None)


def has_bool_stride(network):
    """Whether a convolution got True or False as its stride: use_residual in the wrong place."""
    return any(isinstance(stride, bool) for module in network.modules()
               if isinstance(module, nn.Conv2d) for stride in module.stride)


def size_text(size):
    """(9, 6) -> 9×6, for messages."""
    return '×'.join(map(str, size))
