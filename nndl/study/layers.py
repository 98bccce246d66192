"""Comparison of our network with torchvision's, layer by layer."""

import copy
import math
import re
from dataclasses import dataclass

import torch

from nndl.weights import WeightsError, torchvision_name

__all__ = ['LayerComparison', 'compare_layers']


@dataclass(frozen=True)
class LayerComparison:
    """Largest absolute difference of each layer's output, in the order of computation."""

    rows: tuple  # of (our name, torchvision's name, difference)
    tolerance: float  # differences up to this count as equal

    @property
    def largest(self):
        return max(difference for _, _, difference in self.rows)

    @property
    def first_difference(self):
        """Our name of the first layer that differs, or None."""
        return next((ours for ours, _, difference in self.rows
                     if not difference <= self.tolerance), None)


def compare_layers(ours, theirs, x, tolerance=0.0):
    """Run both networks on ``x`` and compare every layer's output.

    Works on copies, in the mode (train or eval) that each network is in. The output of our first
    convolution is compared without its bias.

    Args:
        ours: a ``Model_ResNet18``.
        theirs: torchvision's network of the same depth.
        x: (N, C, H, W).

    Raises:
        WeightsError: if the layers do not pair up.
    """
    our_outputs, their_outputs = _layer_outputs(ours, x), _layer_outputs(theirs, x)
    names = {name: their_name for name in our_outputs if (their_name := torchvision_name(name))}
    unpaired = [name for name in their_outputs if re.fullmatch(r'layer\d\.\d+', name)
                and name not in names.values()]
    if unpaired:
        raise WeightsError(f"torchvision's block {unpaired[0]} has no counterpart in our network. "
                           'Are they of the same depth?')
    rows = []
    for name, their_name in names.items():
        if their_name not in their_outputs:
            raise WeightsError(f'{name} has no counterpart: torchvision\'s network has no '
                               f'layer {their_name}. Are they of the same depth?')
        rows.append((name, their_name, _difference(our_outputs[name], their_outputs[their_name])))
    rows.append(('(output)', '(output)', _difference(our_outputs[''], their_outputs[''])))
    return LayerComparison(tuple(rows), tolerance)


def _layer_outputs(model, x):
    """{layer name: its output}, in the order of computation; '' is the whole network."""
    model = copy.deepcopy(model)
    outputs = {}

    def keep(name):
        def hook(module, _, output):
            bias = module.bias if name == 'net.0.0' else None
            # A copy: torchvision's ReLU works in place.
            outputs[name] = output.clone() if bias is None else output - bias.view(-1, 1, 1)
        return hook

    for name, module in model.named_modules():
        module.register_forward_hook(keep(name))
    with torch.no_grad():
        model(x)
    return outputs


def _difference(a, b):
    """Largest absolute difference; infinite where shapes differ or a value is nan."""
    if a.shape != b.shape:
        return float('inf')
    difference = (a - b).abs().max().item()
    return float('inf') if math.isnan(difference) else difference
