"""Check of the function that lists the blocks of one module, by what the blocks compute."""

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import exercise, first_faults, misfit
from nndl.check.trace import (
    convs_of,
    has_bool_stride,
    norm_after,
    randomise,
    same,
    size_text,
    trace,
)

__all__ = ['resnet_module']

PASSED = {
    'en': 'Your function gives as many blocks as asked for; the first one changes channels and '
          'stride, the others keep both; each has its own parameters, and use_residual reaches '
          'all of them. Tried with 1 to 3 blocks.',
    'zh': '你的函数给出的残差单元个数正确；第一个改变通道数和特征图的大小，其余的都不变；各残差单元有自己的参数，'
          'use_residual 传到了每一个单元。用 1 到 3 个单元检验过。',
}
FAULTS = {
    'signature': {
        'en': 'resnet_module(input_channels, out_channels, num_res_blocks, stride=1, '
              'use_residual=True) cannot be called: {error}. Keep these arguments and their order.',
        'zh': '不能调用 resnet_module(input_channels, out_channels, num_res_blocks, stride=1, '
              'use_residual=True)：{error}。请保留这些参数和它们的顺序。',
    },
    'not_a_list': {
        'en': 'The function returns {kind}. Expected a list of blocks, so that '
              'nn.Sequential(*blocks) can take them. Did you return it?',
        'zh': '函数返回的是 {kind}。应当返回由残差单元组成的列表，以便 nn.Sequential(*blocks) 使用。写了 return 吗？',
    },
    'not_blocks': {
        'en': 'Entry {number} of the list is {kind}, not a block (an nn.Module).',
        'zh': '列表中第 {number} 项是 {kind}，而不是残差单元（nn.Module）。',
    },
    'not_resblocks': {
        'en': 'Block {number} does not end in a 3x3 convolution with a batch normalisation. Is it a '
              'ResBlock of lab 01?',
        'zh': '第 {number} 个单元不是以 3×3 卷积加批量规范化结束的。它是实验 01 的 ResBlock 吗？',
    },
    'stride_is_bool': {
        'en': 'A block got use_residual as its stride: the third argument of ResBlock is stride. '
              'Which arguments did you give by position?',
        'zh': '有的残差单元把 use_residual 当成了步长：ResBlock 的第三个参数是 stride。哪些参数是按位置给的？',
    },
    'n_blocks': {
        'en': 'For num_res_blocks={expected} the list has {got} blocks.',
        'zh': 'num_res_blocks={expected} 时，列表里有 {got} 个残差单元。',
    },
    'shared_blocks': {
        'en': 'The list holds the same block several times, so that they share their parameters. '
              'How often is ResBlock(...) called?',
        'zh': '列表里重复放了同一个残差单元，它们共用参数。ResBlock(...) 被调用了几次？',
    },
    'first_channels': {
        'en': 'The first block does not take an input of input_channels={n} channels.',
        'zh': '第一个残差单元不能接收 input_channels={n} 个通道的输入。',
    },
    'later_channels': {
        'en': 'Block {number} does not take what the block before it gives out. How many channels '
              'does the map have after the first block?',
        'zh': '第 {number} 个残差单元接不上前一个单元的输出。经过第一个单元之后，特征图有多少个通道？',
    },
    'out_channels': {
        'en': 'After block {number} the map has {got} channels, expected {expected}. In which '
              'block does the number of channels change?',
        'zh': '经过第 {number} 个残差单元后特征图有 {got} 个通道，应当是 {expected} 个。通道数应当在哪个单元里变化？',
    },
    'stride_not_first': {
        'en': 'With stride=2 the first block should halve the map, and it gives {got} for {given}. '
              'Is stride passed on to it?',
        'zh': 'stride=2 时第一个残差单元应当把特征图缩小一半，但输入 {given} 得到的是 {got}。stride 传给它了吗？',
    },
    'stride_later': {
        'en': 'Block {number} makes the map smaller too. How often should a module with stride=2 '
              'halve it?',
        'zh': '第 {number} 个残差单元也缩小了特征图。stride=2 的模块一共应当缩小几次？',
    },
    'stride_default': {
        'en': 'Without stride the module should keep the size of the map, and yours does not. '
              'What is the default of stride?',
        'zh': '不给 stride 时，模块应当保持特征图的大小，你的却变了。stride 的默认值是多少？',
    },
    'residual_always': {
        'en': 'With use_residual=False block {number} still adds its input. Is use_residual passed '
              'on to every block?',
        'zh': 'use_residual=False 时，第 {number} 个残差单元仍然加上了输入。use_residual 传给每一个单元了吗？',
    },
    'residual_never': {
        'en': 'With use_residual=True block {number} does not add its input. What does it get as '
              'use_residual?',
        'zh': 'use_residual=True 时，第 {number} 个残差单元没有加上输入。它得到的 use_residual 是什么？',
    },
}
SIZE = 8, 12
# input_channels, out_channels, num_res_blocks, options
LISTS = ((4, 4, 2, {'stride': 1}), (4, 6, 3, {'stride': 2}), (4, 6, 1, {'stride': 2}), (4, 6, 2, {}),
         (4, 6, 3, {'stride': 2, 'use_residual': False}))


@exercise('resnet_module', PASSED, FAULTS)
def resnet_module(fn):
    """Check the function that makes the blocks of one module.

    Args:
        fn: the student's function,
            ``fn(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True)``.

    Returns:
        ``Feedback``.
    """
    yield from first_faults(*(_list_faults(fn, *case) for case in LISTS))


def _list_faults(fn, c_in, c_out, n, options):
    if error := misfit(fn, c_in, c_out, n, **options):
        yield 'signature', {'error': error}
        return
    made = fn(c_in, c_out, n, **options)
    if not hasattr(made, '__iter__'):
        yield 'not_a_list', {'kind': type(made).__name__}
        return
    blocks = list(made)
    for number, block in enumerate(blocks, 1):
        if not isinstance(block, nn.Module):
            yield 'not_blocks', {'number': number, 'kind': _kind(block)}
            return
    if any(map(has_bool_stride, blocks)):
        yield 'stride_is_bool', {}
    elif len(blocks) != n:
        yield 'n_blocks', {'expected': n, 'got': len(blocks)}
    elif len({p.data_ptr() for b in blocks for p in b.parameters()}) < sum(
            len(list(b.parameters())) for b in blocks):
        yield 'shared_blocks', {}
    else:
        yield from _walk(blocks, c_in, c_out, options)


def _walk(blocks, c_in, c_out, options):
    """Take a map through the blocks, one after the other."""
    x = torch.randn(2, c_in, *SIZE, generator=torch.Generator().manual_seed(1))
    for number, block in enumerate(blocks, 1):
        try:
            y, calls = trace(randomise(block, seed=number), x)
        except RuntimeError as error:
            if 'channels' not in str(error):
                raise
            fault = 'first_channels' if number == 1 else 'later_channels'
            yield fault, {'number': number, 'n': c_in}
            return
        if faults := list(_block_faults(number, x, y, c_out, calls, options)):
            yield from faults
            return
        x = y / y.abs().max()


def _block_faults(number, x, y, c_out, calls, options):
    stride = options.get('stride', 1) if number == 1 else 1
    expected = tuple(-(-size // stride) for size in x.shape[2:])
    if y.shape[1] != c_out:
        yield 'out_channels', {'number': number, 'got': y.shape[1], 'expected': c_out}
    elif tuple(y.shape[2:]) != expected:
        fault = ('stride_default' if 'stride' not in options else
                 'stride_not_first' if number == 1 else 'stride_later')
        yield fault, {'number': number, 'given': size_text(x.shape[2:]), 'got': size_text(y.shape[2:])}
    elif (f := _f(calls)) is None:
        yield 'not_resblocks', {'number': number}
    elif same(y, F.relu(f)) == options.get('use_residual', True):
        yield ('residual_never' if options.get('use_residual', True) else 'residual_always'), {
            'number': number}


def _f(calls):
    """f(x) of a block: the normalisation of its last 3x3 convolution; None if there is none."""
    convs = convs_of(calls, kernel=3)
    norm = norm_after(convs[-1], calls) if convs else None
    return None if norm is None else norm.output


def _kind(thing):
    return f'class {thing.__name__}' if isinstance(thing, type) else type(thing).__name__
