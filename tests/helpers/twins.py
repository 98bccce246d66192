"""Our network and torchvision's with the same weights and BatchNorms that are not alike."""

import torch
import torchvision
from torch import nn

from nndl.files import load_into
from nndl.resnet import NUM_BLOCKS, Model_ResNet18
from nndl.weights import from_torchvision

__all__ = ['DEPTHS', 'ours_with', 'random_norms', 'theirs_of', 'twins']

DEPTHS = 18, 34


def random_norms(module):
    """BatchNorms that a wrong net cannot be mistaken with: no two alike."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias)
            nn.init.normal_(part.running_mean)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
    return module


def theirs_of(depth, seed=0):
    torch.manual_seed(seed)
    return random_norms(getattr(torchvision.models, f'resnet{depth}')())


def ours_with(state_dict, depth=18):
    ours = Model_ResNet18(3, 1000, num_blocks=NUM_BLOCKS[depth])
    load_into(ours, state_dict, "torchvision's weights")
    return ours


def twins(depth=18):
    theirs = theirs_of(depth)
    return ours_with(from_torchvision(theirs.state_dict()), depth), theirs
