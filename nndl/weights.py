"""Our weights as torchvision's and back, by name, and a comparison layer by layer.

    ours                       torchvision's resnet18, resnet34
    net.0.0                    conv1            (ours has a bias, see below)
    net.0.1                    bn1
    net.K.B.conv1, bn1, ...    layerK.B.conv1, bn1, ...       K = 1 to 4
    net.K.B.shortcut           layerK.B.downsample.0
    net.K.B.bn3                layerK.B.downsample.1
    net.7                      fc

The bias of our first convolution is followed by batch normalisation, which subtracts the mean and
the bias with it. So a bias of 0 makes ours equal to torchvision's, and torchvision's equal to ours
once the bias is taken off the running mean.
"""

import copy
import math
import re
from dataclasses import dataclass

import torch

__all__ = ['WeightsError', 'from_torchvision', 'to_torchvision', 'compare_layers',
           'LayerComparison']

ENDS = {'net.0.0': 'conv1', 'net.0.1': 'bn1', 'net.7': 'fc'}
PARTS = {'conv1': 'conv1', 'bn1': 'bn1', 'conv2': 'conv2', 'bn2': 'bn2',
         'shortcut': 'downsample.0', 'bn3': 'downsample.1'}
STEM_BIAS = 'net.0.0.bias'
STEM_MEAN = 'net.0.1.running_mean'


class WeightsError(ValueError):
    """A state_dict is not that of a network we know."""


def from_torchvision(state_dict):
    """torchvision's state_dict of resnet18 or resnet34 under our names, stem bias 0.

    Raises:
        WeightsError: for a key that has no place in our network.
    """
    ours = _rename(state_dict, _our_name, 'torchvision')
    if 'net.0.0.weight' not in ours:
        raise WeightsError("conv1.weight is missing: this is not torchvision's resnet18 or "
                           'resnet34')
    if STEM_BIAS in ours:
        raise WeightsError("torchvision's conv1 has no bias, but the state_dict has conv1.bias: "
                           'it is not that of resnet18 or resnet34')
    weight = ours['net.0.0.weight']
    ours[STEM_BIAS] = weight.new_zeros(len(weight))
    return ours


def to_torchvision(state_dict):
    """Our state_dict under torchvision's names, the stem bias folded into the running mean.

    Raises:
        WeightsError: for a key that has no place in torchvision's network.
    """
    ours = dict(state_dict)
    bias = ours.pop(STEM_BIAS, None)
    if bias is not None and STEM_MEAN in ours:
        ours[STEM_MEAN] = ours[STEM_MEAN] - bias
    return _rename(ours, _their_name, 'our')


@dataclass(frozen=True)
class LayerComparison:
    """Largest absolute difference of each layer's output, in the order of computation.

    Attributes:
        rows: tuples (our name, torchvision's name, difference).
        tolerance: differences up to this count as equal.
    """

    rows: tuple
    tolerance: float

    @property
    def largest(self):
        return max(difference for _, _, difference in self.rows)

    @property
    def first_difference(self):
        """Our name of the first layer that differs, or None."""
        return next((ours for ours, _, difference in self.rows
                     if not difference <= self.tolerance), None)

    def __str__(self):
        lines = [f'{ours:20s} {theirs:24s} {difference:.3g}'
                 for ours, theirs, difference in self.rows]
        first = self.first_difference
        verdict = 'no layer differs' if first is None else f'the first layer that differs: {first}'
        return '\n'.join([*lines, f'largest absolute difference {self.largest:.3g}; {verdict}'])


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
    names = {name: their_name for name in our_outputs if (their_name := _their_name(name))}
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


def _rename(state_dict, new_name, whose):
    renamed = {}
    for key, tensor in state_dict.items():
        layer, _, entry = key.rpartition('.')
        if (new_layer := new_name(layer)) is None:
            raise WeightsError(f'{whose} key {key!r} has no counterpart: the mapping is for '
                               'resnet18 and resnet34')
        name = f'{new_layer}.{entry}'
        if name in renamed:
            raise WeightsError(f'{whose} key {key!r} maps to {name!r}, which is already taken')
        renamed[name] = tensor
    return renamed


def _their_name(layer):
    """net.1.0.bn3 -> layer1.0.downsample.1; None if there is none."""
    if layer in ENDS:
        return ENDS[layer]
    match = re.fullmatch(r'net\.([1-4])\.(\d+)(?:\.(\w+))?', layer)
    module, block, part = match.groups() if match else (None, None, None)
    if match is None or part not in (None, *PARTS):
        return None
    return f'layer{module}.{block}' + (f'.{PARTS[part]}' if part else '')


def _our_name(layer):
    """layer1.0.downsample.1 -> net.1.0.bn3; None if there is none."""
    ends, parts = ({theirs: ours for ours, theirs in names.items()} for names in (ENDS, PARTS))
    if layer in ends:
        return ends[layer]
    match = re.fullmatch(r'layer([1-4])\.(\d+)\.(.+)', layer)
    if match is None or match[3] not in parts:
        return None
    return f'net.{match[1]}.{match[2]}.{parts[match[3]]}'


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
