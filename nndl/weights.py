"""Conversion of our weights to torchvision's and back, by name.

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

import re

__all__ = ['WeightsError', 'from_torchvision', 'to_torchvision', 'torchvision_name']

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
    if bias is not None:
        if STEM_MEAN not in ours:
            raise WeightsError(f'{STEM_MEAN} is missing: give model.state_dict()')
        ours[STEM_MEAN] = ours[STEM_MEAN] - bias
    return _rename(ours, torchvision_name, 'our')


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


def torchvision_name(layer):
    """torchvision's name of one of our layers, or None: net.1.0.bn3 -> layer1.0.downsample.1."""
    return _translated(layer, ENDS, PARTS, r'net\.([1-4])\.(\d+)', 'layer{}.{}')


def _our_name(layer):
    """The reverse of ``torchvision_name``."""
    ends, parts = ({theirs: ours for ours, theirs in names.items()} for names in (ENDS, PARTS))
    return _translated(layer, ends, parts, r'layer([1-4])\.(\d+)', 'net.{}.{}')


def _translated(layer, ends, parts, block, renamed):
    if layer in ends:
        return ends[layer]
    match = re.fullmatch(block + r'(?:\.(.+))?', layer)
    if match is None or match[3] not in (None, *parts):
        return None
    name = renamed.format(match[1], match[2])
    return name if match[3] is None else f'{name}.{parts[match[3]]}'
