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

SIZE = 8, 12
# input_channels, out_channels, num_res_blocks, options
LISTS = ((4, 4, 2, {'stride': 1}), (4, 6, 3, {'stride': 2}), (4, 6, 1, {'stride': 2}),
         (4, 6, 2, {}), (4, 6, 3, {'stride': 2, 'use_residual': False}))


@exercise('resnet_module')
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
        yield fault, {'number': number, 'given': size_text(x.shape[2:]),
                      'got': size_text(y.shape[2:])}
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
