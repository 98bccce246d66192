"""Answers to the exercise map_names: right ones in several styles, and wrong ones by their fault."""

import re
from collections import UserDict

import torch

from nndl import weights
from nndl.resnet import Model_ResNet18

RULES = (('layer', 'net.'), ('conv1.', 'net.0.0.'), ('bn1.', 'net.0.1.'), ('fc.', 'net.7.'))
BIAS = 'net.0.0.bias'


# ---- right ---------------------------------------------------------------------------------

def lab(theirs):
    ours = {BIAS: theirs['conv1.weight'].new_zeros(64)}
    for key, tensor in theirs.items():
        name = key.replace('downsample.0', 'shortcut').replace('downsample.1', 'bn3')
        for old, new in RULES:
            if name.startswith(old):
                ours[new + name.removeprefix(old)] = tensor
    return ours


def regular_expressions(theirs):
    """With copies of the tensors, and parameters where the input has plain tensors."""
    patterns = {r'^conv1': 'net.0.0', r'^bn1': 'net.0.1', r'^fc': 'net.7', r'^layer': 'net.',
                r'downsample\.0': 'shortcut', r'downsample\.1': 'bn3'}
    ours = {BIAS: torch.zeros(64)}
    for key, tensor in theirs.items():
        for pattern, new in patterns.items():
            key = re.sub(pattern, new, key)
        tensor = tensor.clone()
        ours[key] = torch.nn.Parameter(tensor) if tensor.is_floating_point() else tensor
    return ours


def branches(theirs):
    """The textbook's branches, mended."""
    ours = {BIAS: torch.zeros(64)}
    for key in theirs:
        if 'layer' in key:
            if 'downsample.0' in key:
                ours['net.' + key[5:8] + '.shortcut' + key[-7:]] = theirs[key]
            elif 'downsample.1' in key:
                ours['net.' + key[5:8] + '.bn3' + key[21:]] = theirs[key]
            else:
                ours['net.' + key[5:]] = theirs[key]
        elif key == 'conv1.weight':
            ours['net.0.0.weight'] = theirs[key]
        elif 'bn1' in key:
            ours['net.0.1' + key[3:]] = theirs[key]
        elif 'fc' in key:
            ours['net.7' + key[2:]] = theirs[key]
    return ours


def by_order(theirs):
    with torch.device('meta'):
        names = [name for name in Model_ResNet18(3, 1000).state_dict() if name != BIAS]
    return dict(zip(names, theirs.values(), strict=True)) | {BIAS: torch.zeros(64)}


def through_our_network(theirs):
    """The state_dict of a network that has loaded them."""
    network = Model_ResNet18(3, 1000)
    network.load_state_dict(by_order(theirs))
    return network.state_dict() | {BIAS: torch.zeros(64)}


def own_dict(theirs):
    return UserDict(lab(theirs))


def bias_as_double(theirs):
    """load_state_dict copies it into a tensor of the right type."""
    return lab(theirs) | {BIAS: torch.zeros(64, dtype=torch.float64)}


def copied_first(theirs):
    """Renamed within a copy, which is torch's own kind of dict."""
    ours = theirs.copy()
    for key, new in zip(theirs, by_order(theirs), strict=False):
        ours[new] = ours.pop(key)
    ours[BIAS] = torch.nn.Parameter(torch.zeros(64))
    return ours


RIGHT = {'through our network': through_our_network, 'another mapping': own_dict,
         'bias as double': bias_as_double, 'copied first': copied_first, 'the lab': lab, 'the kit': weights.from_torchvision,
         'regular expressions': regular_expressions, 'branches': branches, 'by order': by_order}


# ---- wrong ---------------------------------------------------------------------------------

def textbook(theirs):
    """shorcutt, sliced two characters too late; no bias."""
    ours = branches(theirs)
    del ours[BIAS]
    for key in theirs:
        if 'downsample.1' in key:
            del ours['net.' + key[5:8] + '.bn3' + key[21:]]
            ours['net.' + key[5:8] + '.shorcutt' + key[23:]] = theirs[key]
    return ours


def shorcutt(theirs):
    return {key.replace('bn3', 'shorcutt'): tensor for key, tensor in lab(theirs).items()}


def names_kept(theirs):
    return dict(theirs)


def downsample_kept(theirs):
    return {key.replace('shortcut', 'downsample.0').replace('bn3', 'downsample.1'): tensor
            for key, tensor in lab(theirs).items()}


def no_bn3(theirs):
    return {key: tensor for key, tensor in lab(theirs).items() if 'bn3' not in key}


def no_fc(theirs):
    return {key: tensor for key, tensor in lab(theirs).items() if 'net.7' not in key}


def nothing(theirs):
    return {}


def parameters_only(theirs):
    return {key: tensor for key, tensor in lab(theirs).items()
            if key.endswith(('weight', 'bias'))}


def no_counter(theirs):
    return {key: tensor for key, tensor in lab(theirs).items() if 'num_batches' not in key}


def both_names(theirs):
    return dict(theirs) | lab(theirs)


def shortcut_bias(theirs):
    return lab(theirs) | {'net.2.0.shortcut.bias': torch.zeros(128)}


def no_bias(theirs):
    return {key: tensor for key, tensor in lab(theirs).items() if key != BIAS}


def bias_of_norm(theirs):
    return lab(theirs) | {BIAS: theirs['bn1.bias']}


def random_bias(theirs):
    return lab(theirs) | {BIAS: torch.randn(64)}


def bias_is_a_number(theirs):
    return lab(theirs) | {BIAS: 0.0}


def bias_of_length_one(theirs):
    return lab(theirs) | {BIAS: torch.zeros(1)}


def exchanged(theirs, one, other):
    """The right answer but for two layers that have changed places."""
    ours = lab(theirs)
    return {re.sub(rf'({one}|{other})\.', lambda match: other + '.' if match[1] == one
                   else one + '.', key): tensor for key, tensor in ours.items()}


def norms_swapped(theirs):
    return exchanged(theirs, 'bn1', 'bn2')


def convolutions_swapped(theirs):
    ours = lab(theirs)
    a, b = 'net.3.1.conv1.weight', 'net.3.1.conv2.weight'
    return ours | {a: ours[b], b: ours[a]}


def all_convolutions_swapped(theirs):
    """The shapes differ in the first block of modules 3 to 5, but not in module 2."""
    return exchanged(theirs, 'conv1', 'conv2')


def statistics_swapped(theirs):
    ours = lab(theirs)
    a, b = 'net.4.0.bn3.running_mean', 'net.4.0.bn3.running_var'
    return ours | {a: ours[b], b: ours[a]}


def downsample_swapped(theirs):
    """downsample.0 taken for the norm: of its entries only the weight has a namesake."""
    ours = lab(theirs)
    a, b = 'net.2.0.shortcut.weight', 'net.2.0.bn3.weight'
    return ours | {a: ours[b], b: ours[a]}


def fc_transposed(theirs):
    return lab(theirs) | {'net.7.weight': theirs['fc.weight'].T}


def block_digit(theirs):
    """The second block's norms from the first."""
    ours = lab(theirs)
    return {key: ours[key.replace('net.3.1.bn', 'net.3.0.bn')] for key in ours}


def bn3_from_bn2(theirs):
    ours = lab(theirs)
    return {key: ours[key.replace('bn3', 'bn2')] for key in ours}


def zeroed(theirs):
    return {key: torch.zeros_like(tensor) for key, tensor in lab(theirs).items()}


def as_double(theirs):
    return {key: tensor.double() for key, tensor in lab(theirs).items()}


def popped(theirs):
    ours = lab(theirs)
    theirs.pop('fc.bias')
    return ours


def renamed_in_place(theirs):
    for key in theirs:
        theirs['net.' + key] = theirs.pop(key)
    return theirs


def tensor_changed(theirs):
    theirs['conv1.weight'].zero_()
    return lab(theirs)


def no_return(theirs):
    lab(theirs)


def pairs(theirs):
    return list(lab(theirs).items())


def numbered(theirs):
    return dict(enumerate(lab(theirs).values()))


def arrays(theirs):
    return {key: tensor.numpy() for key, tensor in lab(theirs).items()}


def names_alone(theirs):
    return dict.fromkeys(lab(theirs))


def statistics_left_at_their_start(theirs):
    network = Model_ResNet18(3, 1000)
    ours = lab(theirs)
    return {key: ours[key] if key.endswith(('weight', 'bias')) else tensor
            for key, tensor in network.state_dict().items()}


def transposed_convolutions(theirs):
    """The shapes stay in the square ones."""
    return {key: tensor.transpose(0, 1) if 'conv2' in key else tensor
            for key, tensor in lab(theirs).items()}


def added_to_the_given(theirs):
    theirs.update(lab(theirs))
    return theirs


def crashes(theirs):
    return theirs['layer5']


def one_off(theirs):
    return {re.sub(r'^net\.([1-4])\.', lambda m: f'net.{int(m[1]) + 1}.', key): tensor
            for key, tensor in branches(theirs).items()}


def bn3_onto_bn2(theirs):
    return lab({key.replace('downsample.1', 'bn2'): tensor for key, tensor in theirs.items()})


WRONG = {
    bn3_onto_bn2: 'missing_keys',
    textbook: 'unknown_keys', shorcutt: 'unknown_keys', names_kept: 'unknown_keys',
    downsample_kept: 'unknown_keys', no_bn3: 'missing_keys', no_fc: 'missing_keys',
    nothing: 'missing_keys', parameters_only: 'missing_keys',
    no_counter: 'missing_keys', both_names: 'unknown_keys', shortcut_bias: 'unknown_keys',
    no_bias: 'stem_bias', bias_of_norm: 'stem_bias',
    random_bias: 'stem_bias', bias_is_a_number: 'stem_bias',
    bias_of_length_one: 'stem_bias', norms_swapped: 'wrong_layer', convolutions_swapped: 'wrong_layer',
    all_convolutions_swapped: 'wrong_layer', statistics_swapped: 'wrong_layer',
    downsample_swapped: 'wrong_layer', fc_transposed: 'differs', block_digit: 'wrong_layer',
    bn3_from_bn2: 'wrong_layer', zeroed: 'differs', as_double: 'differs',
    popped: 'input_changed', renamed_in_place: 'crashed', tensor_changed: 'input_changed',
    numbered: 'unknown_keys', arrays: 'differs', names_alone: 'differs',
    statistics_left_at_their_start: 'differs', transposed_convolutions: 'differs',
    added_to_the_given: 'input_changed', one_off: 'unknown_keys', no_return: 'not_a_dict', pairs: 'not_a_dict', crashes: 'crashed',
}
PLANTED = ('net.7.', 'net.8.')  # makes the lab's solution wrong
