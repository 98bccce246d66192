"""Check of the residual block: the student's class, by what it computes."""

import torch
import torch.nn.functional as F

from nndl.check.feedback import exercise, first_faults, misfit
from nndl.check.learning import learning_faults
from nndl.check.trace import convs_of, norm_after, norms_of, randomise, same, trace

__all__ = ['resblock']

SIZE = 9, 6
SHAPES = (4, 4, 1), (4, 6, 1), (6, 4, 1), (4, 4, 2), (4, 6, 2)  # in_channels, out_channels, stride


@exercise('ResBlock')
def resblock(cls):
    """Check a residual block.

    Args:
        cls: the student's class, ``cls(in_channels, out_channels, stride=1, use_residual=True)``.

    Returns:
        ``Feedback``.
    """
    if error := misfit(cls, *SHAPES[0], True) or misfit(cls, *SHAPES[0], use_residual=False):
        yield 'signature', {'error': error}
        return
    yield from first_faults(*(find(cls, *shape) for shape in SHAPES
                              for find in (_faults_with_residual, _faults_without)))


def _faults_with_residual(cls, c_in, c_out, stride):
    """Made with the defaults where these are what is wanted, else by the order of arguments."""
    block = randomise(cls(c_in, c_out) if stride == 1 else cls(c_in, c_out, stride, True))
    x = _input(c_in)
    before = x.clone()
    try:
        output, calls = trace(block, x)
    except RuntimeError as error:
        if 'size of tensor' not in str(error):
            raise
        yield _sum_that_fails(error, c_in, c_out, stride)
        return
    if not torch.equal(x, before):
        yield 'input_changed', {}
    yield from first_faults(_shape_faults(output, before, c_out, stride),
                            _register_faults(block, calls),
                            _layer_faults(output, calls, before, stride),
                            learning_faults(block, before))


def _sum_that_fails(error, c_in, c_out, stride):
    """Why f(x) and what is added have different shapes."""
    has_projection = bool(convs_of(error.calls, kernel=1))
    if c_in != c_out and ('dimension 1' in str(error) or not has_projection):
        fault = 'no_projection'
    elif stride == 1:
        fault = 'branch_size' if c_in == c_out else 'shortcut_size'
    else:
        fault = 'shortcut_stride' if has_projection else 'projection_not_for_stride'
    return fault, {'c_in': c_in, 'c_out': c_out}


def _faults_without(cls, c_in, c_out, stride):
    """Without the residual connection: ReLU(f(x)), f as the calls show it."""
    block = randomise(cls(c_in, c_out, stride, False))
    x = _input(c_in)
    output, calls = trace(block, x)
    faults = first_faults(_shape_faults(output, x, c_out, stride), _branch_faults(calls, x))
    if faults:
        yield from faults
        return
    f = norm_after(_branch(calls, x)[1], calls).output
    if not same(output, F.relu(f)):
        yield ('plain_without_relu' if same(output, f) else 'residual_always'), {}


def _register_faults(block, calls):
    """Layers that are used but that the optimizer will never see."""
    known = {p.data_ptr() for p in block.parameters()}
    if any(call.weight is not None and call.weight.data_ptr() not in known for call in calls):
        yield 'not_registered', {}


def _shape_faults(output, x, c_out, stride):
    expected = (2, c_out, *(-(-size // stride) for size in SIZE))
    if not isinstance(output, torch.Tensor):
        yield 'nothing_returned', {'kind': type(output).__name__}
    elif tuple(output.shape) == (2, 2 * c_out, *expected[2:]):
        yield 'concatenated', {'got': 2 * c_out}
    elif tuple(output.shape) != expected:
        yield 'shape', {'given': tuple(x.shape), 'stride': stride, 'got': tuple(output.shape),
                        'expected': expected}


def _layer_faults(output, calls, x, stride):
    """What is wrong with f, with the shortcut, and, if both are right, with their sum."""
    if any(call.bias is not None for call in convs_of(calls)):
        yield 'conv_bias', {}
    if any(norm.weight is None or norm.running_mean is None for norm in norms_of(calls)):
        yield 'norm_options', {}
        return
    states = {norm.running_mean.data_ptr() for norm in norms_of(calls)}
    if len(states) < len(norms_of(calls)):
        yield 'norm_reused', {}
        return
    shortcut, faults = _shortcut(calls, x)
    if output.shape == x.shape and sum(same(call.input, x) for call in calls) > 1:
        yield 'projection_always', {}
        return
    faults += _branch_faults(calls, x, shortcut)
    yield from faults
    if faults:
        return
    f = norm_after(_branch(calls, x)[1], calls).output
    if shortcut.shape != f.shape:
        yield 'added_only_where_equal', {'c_in': x.shape[1], 'c_out': f.shape[1], 'stride': stride}
    else:
        yield from _sum_faults(output, f, shortcut)


def _branch_faults(calls, x, shortcut=None):
    """Follow x through f: conv, norm, ReLU, conv, norm."""
    if faults := list(_convolution_faults(convs_of(calls, kernel=3), x)):
        yield from faults
        return
    first, second = _branch(calls, x)
    if first.output.shape[2:] != second.output.shape[2:]:
        yield 'stride_on_second', {}
        return
    norm = norm_after(first, calls)
    if norm is None:
        yield 'first_norm_missing', {}
    elif not _feeds(F.relu(norm.output), second):
        yield ('no_relu_inside' if _feeds(norm.output, second)
               else 'conv_options' if _feeds_padded(F.relu(norm.output), second)
               else 'wrong_inside'), {}
    if norm_after(second, calls) is None:
        added = shortcut is not None and any(same(norm.input, second.output + shortcut)
                                             for norm in norms_of(calls))
        yield ('sum_before_norm' if added else 'second_norm_missing'), {}


def _convolution_faults(threes, x):
    """Whether there are two plain 3x3 convolutions, one of which gets x."""
    fed = [conv for conv in threes if _feeds(x, conv)]
    if len(threes) == 3 and len(fed) == 2:
        yield 'shortcut_kernel', {}
    elif len(threes) != 2:
        yield 'n_convolutions', {'n': len(threes)}
    elif not all(map(_is_plain, threes)) or (
            not fed and any(_feeds_padded(x, conv) for conv in threes)):
        yield 'conv_options', {}
    elif not fed:
        yield 'input_not_x', {}


def _sum_faults(output, f, shortcut):
    """Which mistake, if any, gives this output from f(x) and the shortcut."""
    answers = {
        None: F.relu(f + shortcut),
        'no_relu_after_sum': f + shortcut,
        'residual_ignored': F.relu(f),
        'relu_before_sum': F.relu(f) + shortcut,
        'relu_on_shortcut': F.relu(f + F.relu(shortcut)),
        'wrong_sum': output,
    }
    fault = next(fault for fault, answer in answers.items() if same(output, answer))
    if fault == 'wrong_sum' and same(output, F.relu(F.relu(f) + shortcut)):
        fault = 'relu_before_sum'
    if fault == 'wrong_sum' and same(F.relu(output), answers[None]):
        fault = 'no_relu_after_sum'  # another function that lets negative numbers through
    if fault is not None:
        yield fault, {}


def _branch(calls, x):
    """The first and second 3x3 convolution of f; None where there is none."""
    convs = convs_of(calls, kernel=3)
    first = next((call for call in convs if _feeds(x, call)), None)
    second = next((call for call in convs if call is not first), None)
    return first, second


def _shortcut(calls, x):
    """What should be added: x, or the norm of its 1x1 convolution; and what is wrong with that."""
    pointwise = next(iter(convs_of(calls, kernel=1)), None)
    if pointwise is None:
        return x, []
    norm = norm_after(pointwise, calls)
    if norm is None:
        return pointwise.output, [('shortcut_without_norm', {})]
    return norm.output, []


def _feeds(x, conv):
    """Whether a 3x3 convolution gets x, as it is or padded beforehand."""
    return same(conv.input, x) or same(conv.input, F.pad(x, (1, 1, 1, 1)))


def _feeds_padded(x, conv):
    """Whether a 3x3 convolution gets x with something other than zeros around it."""
    return same(conv.input[:, :, 1:-1, 1:-1], x)


def _is_plain(conv):
    """Whether a 3x3 convolution is one without groups and dilation."""
    return conv.weight.shape[1] == conv.input.shape[1] and any(
        same(conv.output, F.conv2d(conv.input, conv.weight, conv.bias, stride, padding))
        for stride in (1, 2) for padding in (0, 1))


def _input(channels):
    return torch.randn(2, channels, *SIZE, generator=torch.Generator().manual_seed(1))
