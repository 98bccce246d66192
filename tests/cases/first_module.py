"""Answers to the exercise make_first_module: right ones in several styles, and wrong ones."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

import nndl

PLANTED = ('stride=2', 'stride=1')  # makes the lab's solution wrong


def conv(in_channels, out_channels=64, kernel_size=7, stride=2, padding=3):
    return nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)


def pool():
    return nn.MaxPool2d(3, 2, 1)


def layers(*made):
    """A function of in_channels that puts the made layers in a row."""
    return lambda n: nn.Sequential(*(make(n) if callable(make) and not isinstance(make, nn.Module)
                                     else copy.deepcopy(make) for make in made))


# ---- right ---------------------------------------------------------------------------------

class FirstModule(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, 64, (7, 7), (2, 2), (3, 3), bias=False)
        self.norm = nn.BatchNorm2d(64)

    def forward(self, x):
        return F.max_pool2d(F.relu_(self.norm(self.convolution(x))), 3, 2, padding=1)


def step_by_step(in_channels):
    module = nn.Sequential()
    module.add_module('conv', nn.Conv2d(in_channels, 64, 7, stride=2, padding=3))
    module.add_module('bn', nn.BatchNorm2d(64))
    module.add_module('pool', nn.MaxPool2d(3, stride=2, padding=1))
    module.add_module('relu', nn.ReLU(inplace=True))  # the largest number is the same before it
    return module


def padded_by_hand(in_channels):
    return nn.Sequential(nn.ZeroPad2d(3), nn.Conv2d(in_channels, 64, 7, 2), nn.BatchNorm2d(64),
                         nn.ReLU(), nn.ZeroPad2d(1), nn.MaxPool2d(3, 2))


RIGHT = {'the kit': nndl.make_first_module, 'a class': FirstModule, 'add_module': step_by_step,
         'padded by hand': padded_by_hand}


# ---- wrong ---------------------------------------------------------------------------------

def two_arguments(in_channels, out_channels):
    return layers(conv, nn.BatchNorm2d(64), nn.ReLU(), pool())(in_channels)


def a_list(in_channels):
    return [conv(in_channels), nn.BatchNorm2d(64), nn.ReLU(), pool()]


def forgotten_return(in_channels):
    nn.Sequential(conv(in_channels), nn.BatchNorm2d(64), nn.ReLU(), pool())


def no_such_layer(in_channels):
    return nn.Convolution(in_channels, 64)


class MinimumPooled(FirstModule):
    def forward(self, x):
        return -F.max_pool2d(-F.relu(self.norm(self.convolution(x))), 3, 2, 1)


class NothingLearns(FirstModule):
    def forward(self, x):
        with torch.no_grad():
            return super().forward(x)


NORM, RELU = nn.BatchNorm2d(64), nn.ReLU()
WRONG = [
    ('two arguments', two_arguments, 'signature'),
    ('a list', a_list, 'not_a_module'),
    ('no return', forgotten_return, 'not_a_module'),
    ('always three channels', layers(lambda n: conv(3), NORM, RELU, pool()), 'nn.Conv2d(3, 64, 7, stride=2, padding=3)'),
    ('always one channel', layers(lambda n: conv(1), NORM, RELU, pool()), 'nn.Conv2d(1, 64, 7, stride=2, padding=3)'),
    ('norm of 32', layers(conv, nn.BatchNorm2d(32), RELU, pool()), 'crashed_in_library'),
    ('two convolutions', layers(conv, NORM, RELU, conv(64), nn.BatchNorm2d(64), RELU, pool()),
     'shape'),
    ('32 channels', layers(lambda n: conv(n, 32), nn.BatchNorm2d(32), RELU, pool()),
     'nn.Conv2d(in_channels, 32, ...)'),
    ('kernel 3', layers(lambda n: conv(n, kernel_size=3, padding=1), NORM, RELU, pool()),
     'nn.Conv2d(in_channels, 64, 3, stride=2, padding=1)'),
    ('no stride', layers(lambda n: conv(n, stride=1), NORM, RELU, pool()), 'nn.Conv2d(in_channels, 64, 7, stride=1, padding=3)'),
    ('no padding', layers(lambda n: conv(n, padding=0), NORM, RELU, pool()), 'nn.Conv2d(in_channels, 64, 7, stride=2)'),
    ('padding 1', layers(lambda n: conv(n, padding=1), NORM, RELU, pool()), 'nn.Conv2d(in_channels, 64, 7, stride=2, padding=1)'),
    ('no norm', layers(conv, RELU, pool()), 'Conv2d, ReLU, MaxPool2d'),
    ('relu before norm', layers(conv, RELU, NORM, pool()), 'Conv2d, ReLU, BatchNorm2d, MaxPool2d'),
    ('pool before norm', layers(conv, pool(), NORM, RELU), 'Conv2d, MaxPool2d, BatchNorm2d, ReLU'),
    ('no relu', layers(conv, NORM, pool()), 'Conv2d, BatchNorm2d, MaxPool2d'),
    ('no pooling', layers(conv, NORM, RELU), 'Conv2d, BatchNorm2d, ReLU'),
    ('mean pooling', layers(conv, NORM, RELU, nn.AvgPool2d(3, 2, 1)), 'nn.AvgPool2d(3, 2, 1)'),
    ('pool 2x2', layers(conv, NORM, RELU, nn.MaxPool2d(2)), 'nn.MaxPool2d(2, 2)'),
    ('pool without stride', layers(conv, NORM, RELU, nn.MaxPool2d(3, 1, 1)), 'nn.MaxPool2d(3, 1, 1)'),
    ('pool without padding', layers(conv, NORM, RELU, nn.MaxPool2d(3, 2)), 'nn.MaxPool2d(3, 2)'),
    ('sigmoid', layers(conv, NORM, nn.Sigmoid(), pool()), 'nn.Sigmoid()'),
    ('minimum', MinimumPooled, 'differs'),
    ('crashes', no_such_layer, 'crashed'),
    ('gives the places too', layers(conv, NORM, RELU, nn.MaxPool2d(3, 2, 1, return_indices=True)),
     'nothing_returned'),
    ('reflected', layers(lambda n: nn.Conv2d(n, 64, 7, 2, 3, padding_mode='reflect'), NORM, RELU,
                         pool()), 'differs'),
    ('no scale', layers(conv, nn.BatchNorm2d(64, affine=False), RELU, pool()), 'missing_tensors'),
    ('no statistics', layers(conv, nn.BatchNorm2d(64, track_running_stats=False), RELU, pool()),
     'eval_differs'),
    ('nothing learns', NothingLearns, 'no_gradient'),
    ('dropout', layers(conv, NORM, RELU, pool(), nn.Dropout(0.1)), 'random_in_training'),
]
