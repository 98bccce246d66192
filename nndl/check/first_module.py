"""Check of module 1: convolution, normalisation, ReLU, pooling, by what it computes."""

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import exercise, first_faults, misfit
from nndl.check.learning import learning_faults
from nndl.check.trace import convs_of, norm_after, norms_of, randomise, same, size_text, trace

__all__ = ['first_module', 'channel_faults', 'pooled']

SIZE = 32, 36


@exercise('make_first_module')
def first_module(fn):
    """Check module 1.

    Args:
        fn: the student's function, ``fn(in_channels)``.

    Returns:
        ``Feedback``.
    """
    yield from first_faults(*(_module_faults(fn, n) for n in (1, 3)))


def _module_faults(fn, n):
    if error := misfit(fn, n):
        yield 'signature', {'error': error}
        return
    module = fn(n)
    if not isinstance(module, nn.Module):
        yield 'not_a_module', {'kind': type(module).__name__}
        return
    x = torch.randn(2, n, *SIZE, generator=torch.Generator().manual_seed(1))
    try:
        output, calls = trace(randomise(module), x)
    except RuntimeError as error:
        yield from channel_faults(error, x, n)
        return
    if not isinstance(output, torch.Tensor):
        yield 'not_a_tensor', {'kind': type(output).__name__}
        return
    convs = convs_of(calls)
    if len(convs) != 1:
        yield 'n_convolutions', {'n': len(convs)}
        return
    yield from first_faults(_conv_faults(convs[0], x), _after_conv(convs[0], calls, output),
                            learning_faults(module, x))


def channel_faults(error, x, n):
    """What an error of torch about channels says; other errors go on."""
    if f'expected input{list(x.shape)}' in str(error):
        yield 'in_channels', {'n': n}
    elif 'channels' in str(error) or 'running_mean' in str(error):
        yield 'channels_inside', {'error': error}
    else:
        raise error


def _conv_faults(conv, x):
    kernel, given, got = (tuple(t.shape[2:]) for t in (conv.weight, conv.input, conv.output))
    if conv.output.shape[1] != 64:
        yield 'out_channels', {'n': conv.output.shape[1]}
    if kernel != (7, 7):
        yield 'conv_kernel', {'got': size_text(kernel)}
    elif got != (SIZE[0] // 2, SIZE[1] // 2):
        halves = all(round(a / b) == 2 for a, b in zip(given, got, strict=True))
        yield ('conv_padding' if halves else 'conv_stride'), {'given': size_text(given),
                                                              'got': size_text(got)}
    elif not same(conv.output, F.conv2d(x, conv.weight, conv.bias, 2, 3)):
        yield 'conv_options', {}


def _after_conv(conv, calls, output):
    norms, norm = norms_of(calls), norm_after(conv, calls)
    if norm is None:
        first = norms[0].input if norms else None
        if same(first, F.relu(conv.output)):
            yield 'relu_before_norm', {}
        elif first is not None and first.shape[2:] != conv.output.shape[2:]:
            yield 'pool_before_norm', {}
        else:
            yield 'norm_missing', {}
        return
    if norm.weight is None or norm.running_mean is None:
        yield 'norm_options', {}
        return
    yield from _pooling_faults(norm.output, output)


def _pooling_faults(normed, output):
    """Which mistake, if any, gives this output from the normalised map."""
    active = F.relu(normed)
    answers = {
        None: pooled(active),
        'no_relu': pooled(normed),
        'no_pooling': active,
        'mean_pooling': F.avg_pool2d(active, 3, 2, 1),
    }
    expected = answers[None].shape
    sizes = {'got': size_text(output.shape[2:]), 'expected': size_text(expected[2:])}
    fault = next((fault for fault, answer in answers.items() if same(output, answer)), 'other')
    if fault == 'other':
        larger = F.max_pool2d(active, 2, 2), F.max_pool2d(active, 3, 2, ceil_mode=True)
        is_window = any(same(output, answer) for answer in larger)
        fault = ('pool_options' if output.shape != expected
                 else 'pool_window' if is_window else 'wrong_output')
    if fault is not None:
        yield fault, sizes


def pooled(x):
    """The max pooling of module 1."""
    return F.max_pool2d(x, kernel_size=3, stride=2, padding=1)
