"""Answers to the exercise resnet_module: right ones in several styles, and wrong ones."""

import torch
from torch import nn

import nndl
from nndl import ResBlock

PLANTED = ('use_residual=use_residual)\n', 'use_residual=True)\n')  # makes the lab's solution wrong


# ---- right ---------------------------------------------------------------------------------

def textbook(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    blk = []
    for i in range(num_res_blocks):
        if i == 0:
            blk.append(ResBlock(input_channels, out_channels,
                                stride=stride, use_residual=use_residual))
        else:
            blk.append(ResBlock(out_channels, out_channels, use_residual=use_residual))
    return blk


def by_updating(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    blocks = nn.ModuleList()
    for _ in range(num_res_blocks):
        blocks.append(ResBlock(input_channels, out_channels, stride, use_residual))
        input_channels, stride = out_channels, 1
    return blocks


def by_zip(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    channels = [input_channels] + [out_channels] * (num_res_blocks - 1)
    strides = [stride] + [1] * (num_res_blocks - 1)
    return (ResBlock(c, out_channels, s, use_residual)
            for c, s in zip(channels, strides, strict=True))


RIGHT = {'the kit': nndl.resnet_module, 'textbook': textbook, 'ModuleList': by_updating,
         'a generator': by_zip}


# ---- wrong ---------------------------------------------------------------------------------

def other_names(channels, n):
    return textbook(channels, channels, n)


def one_block(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return ResBlock(input_channels, out_channels, stride, use_residual)


def forgotten_return(*args, **options):
    textbook(*args, **options)


def classes(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return [ResBlock] * num_res_blocks


def always_two(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return textbook(input_channels, out_channels, 2, stride, use_residual)


def one_too_many(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return textbook(input_channels, out_channels, num_res_blocks + 1, stride, use_residual)


def shared(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    first = ResBlock(input_channels, out_channels, stride, use_residual)
    other = ResBlock(out_channels, out_channels, use_residual=use_residual)
    return [first] + [other] * (num_res_blocks - 1)


def first_takes_out_channels(input_channels, out_channels, num_res_blocks, stride=1,
                             use_residual=True):
    return textbook(out_channels, out_channels, num_res_blocks, stride, use_residual)


def all_take_input_channels(input_channels, out_channels, num_res_blocks, stride=1,
                            use_residual=True):
    return [ResBlock(input_channels, out_channels, 1 if i else stride, use_residual)
            for i in range(num_res_blocks)]


def last_changes_channels(input_channels, out_channels, num_res_blocks, stride=1,
                          use_residual=True):
    blocks = [ResBlock(input_channels, input_channels, 1 if i else stride, use_residual)
              for i in range(num_res_blocks - 1)]
    return [*blocks, ResBlock(input_channels, out_channels, 1, use_residual)]


def no_stride(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return textbook(input_channels, out_channels, num_res_blocks, 1, use_residual)


def stride_everywhere(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return [ResBlock(out_channels if i else input_channels, out_channels, stride, use_residual)
            for i in range(num_res_blocks)]


def stride_two_by_default(input_channels, out_channels, num_res_blocks, stride=2,
                          use_residual=True):
    return textbook(input_channels, out_channels, num_res_blocks, stride, use_residual)


def residual_not_passed(input_channels, out_channels, num_res_blocks, stride=1,
                        use_residual=True):
    return textbook(input_channels, out_channels, num_res_blocks, stride)


def residual_to_the_first_only(input_channels, out_channels, num_res_blocks, stride=1,
                               use_residual=True):
    first = ResBlock(input_channels, out_channels, stride, use_residual)
    return [first, *(ResBlock(out_channels, out_channels) for _ in range(num_res_blocks - 1))]


def residual_turned_round(input_channels, out_channels, num_res_blocks, stride=1,
                          use_residual=True):
    return textbook(input_channels, out_channels, num_res_blocks, stride, not use_residual)


def residual_off_by_default(input_channels, out_channels, num_res_blocks, stride=1,
                            use_residual=False):
    return textbook(input_channels, out_channels, num_res_blocks, stride, use_residual)


def crashes(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return [ResBlock(input_channels, out_channels)][num_res_blocks]


class NoSecondNorm(ResBlock):
    def forward(self, inputs):
        return torch.relu(self.conv2(torch.relu(self.bn1(self.conv1(inputs)))))


def own_blocks(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return [NoSecondNorm(out_channels if i else input_channels, out_channels, 1 if i else stride,
                         use_residual) for i in range(num_res_blocks)]


def residual_by_position(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    first = ResBlock(input_channels, out_channels, stride, use_residual)
    return [first, *(ResBlock(out_channels, out_channels, use_residual)
                     for _ in range(num_res_blocks - 1))]


def always_halves(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return textbook(input_channels, out_channels, num_res_blocks, 2, use_residual)


def never_residual(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return textbook(input_channels, out_channels, num_res_blocks, stride, False)


def stride_on_the_last(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True):
    return [ResBlock(out_channels if i else input_channels, out_channels,
                     stride if i == num_res_blocks - 1 else 1, use_residual)
            for i in range(num_res_blocks)]


WRONG = {
    always_halves: 'stride = 2', never_residual: 'use_residual = False',
    stride_on_the_last: 'roles',
    residual_by_position: 'stride_is_bool',
    own_blocks: 'differs',
    other_names: 'signature', one_block: 'not_a_list', forgotten_return: 'not_a_list',
    classes: 'not_a_module', always_two: 'n_blocks', one_too_many: 'n_blocks',
    shared: 'shared_blocks', first_takes_out_channels: 'crashed_in_library',
    all_take_input_channels: 'all_take_input_channels', last_changes_channels: 'roles',
    no_stride: 'stride = 1', stride_everywhere: 'ResBlock(out_channels, out_channels, stride, use_residual)',
    stride_two_by_default: 'other_default', residual_not_passed: 'use_residual = True',
    residual_to_the_first_only: 'ResBlock(out_channels, out_channels)', residual_turned_round: 'use_residual = not use_residual',
    residual_off_by_default: 'other_default', crashes: 'crashed',
}
