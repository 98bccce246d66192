"""Check of the whole ResNet18.

It follows the numbers from convolution to normalisation to the next convolution, so that it does
not matter how the layers are named, grouped or called.
"""

import inspect
import re

import torch
import torch.nn.functional as F

from nndl.check.feedback import exercise, first_faults, misfit
from nndl.check.first_module import channel_faults, pooled
from nndl.check.learning import learning_faults
from nndl.check.trace import convs_of, has_bool_stride, norm_after, same, size_text, trace

__all__ = ['network']

SIZE = 64, 32  # module 5 gives 2x1 maps, so that the pooling shows
WIDTHS = {2: 64, 3: 128, 4: 256, 5: 512}
# in_channels, num_classes, use_residual
NETWORKS = (1, 10, True), (2, 7, True), (1, 10, False)
OTHER_BLOCKS = 4, 2, 3, 1  # no two alike, few where they are wide


@exercise('Model_ResNet18')
def network(cls):
    """Check the whole network.

    Args:
        cls: the student's class, ``cls(in_channels=3, num_classes=10, use_residual=True)``.

    Returns:
        ``Feedback``.
    """
    yield from first_faults(*(_network_faults(cls, *case) for case in NETWORKS),
                            _blocks_faults(cls), _learning_faults(cls))


def _blocks_faults(cls):
    if 'num_blocks' not in inspect.signature(cls).parameters:
        return  # the textbook's has no such parameter
    model = cls(in_channels=1, num_blocks=OTHER_BLOCKS)
    _, calls = trace(model.eval(), torch.zeros(1, 1, *SIZE))
    widths = [call.output.shape[1] for call in convs_of(calls, kernel=3)]
    got = tuple(widths.count(width) for width in WIDTHS.values())
    expected = tuple(2 * n for n in OTHER_BLOCKS)
    if got != expected:
        yield 'num_blocks', {'given': OTHER_BLOCKS, 'expected': expected, 'got': got}


def _learning_faults(cls):
    x = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    yield from learning_faults(_random_norms(cls(in_channels=1)), x)


def _network_faults(cls, n, num_classes, use_residual):
    options = {'in_channels': n, 'num_classes': num_classes, 'use_residual': use_residual}
    if error := misfit(cls, **options):
        yield 'signature', {'error': error}
        return
    model = cls(**options)
    if has_bool_stride(model):
        yield 'stride_is_bool', {}
        return
    x = torch.randn(2, n, *SIZE, generator=torch.Generator().manual_seed(1))
    try:
        output, calls = trace(_random_norms(model), x)
    except RuntimeError as error:
        yield from _meeting_faults(error, x, n)
        return
    if faults := list(_output_faults(output, num_classes)):
        yield from faults
        return
    convs = convs_of(calls)
    known = {parameter.data_ptr() for parameter in model.parameters()}
    if missing := [call for call in convs if call.weight.data_ptr() not in known]:
        yield 'not_registered', {'n': len(missing), 'all': len(convs)}
        return
    yield from _layer_faults(model, x, output, calls, use_residual)


def _random_norms(model):
    """Random biases and batch normalisations, in eval mode; the kernels keep their scale."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
        for tensor in model.buffers():
            if tensor.is_floating_point():
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    return model.eval()


def _meeting_faults(error, x, n):
    """Which two parts do not fit, from torch's error; other errors go on."""
    details = {'error': error, 'size': size_text(SIZE)}
    if shapes := re.search(r'\((\d+x\d+) and (\d+)x', str(error)):
        given, n_features = shapes.groups()
        fault = 'head_features' if given == '2x512' else (
            'no_flatten' if given.endswith('x1') else 'head')
        yield fault, {**details, 'n': n_features}
        return
    if 'Output size is too small' in str(error):
        yield 'pooling_window', details
        return
    for fault, details in channel_faults(error, x, n):
        yield {'channels_inside': 'channels_do_not_meet'}.get(fault, fault), details


def _output_faults(output, num_classes):
    if not isinstance(output, torch.Tensor):
        yield 'nothing_returned', {'kind': type(output).__name__}
    elif output.shape == (2, 10) != (2, num_classes):
        yield 'num_classes', {'expected': num_classes, 'got': 10}
    elif output.shape != (2, num_classes):
        yield 'output_shape', {'got': tuple(output.shape), 'expected': (2, num_classes)}


def _layer_faults(model, x, output, calls, use_residual):
    """Follow the image through module 1, the blocks and the head; stop at the first fault."""
    threes = convs_of(calls, kernel=3)
    faults = first_faults(_stem_faults(x, calls, threes), _count_faults(threes),
                          _size_faults(threes))
    if faults:
        yield from faults
        return
    last, faults = _follow_blocks(threes, calls, use_residual)
    yield from first_faults(faults, _head_faults(model, last, output), _one_image_faults(model, x))


def _stem_faults(x, calls, threes):
    stem = next((call for call in convs_of(calls, kernel=7) if same(call.input, x)), None)
    norm = norm_after(stem, calls) if stem else None
    if norm is None or not threes or not same(threes[0].input, pooled(F.relu(norm.output))):
        yield 'first_module', {}


def _count_faults(threes):
    if len(threes) != 16:
        yield 'n_blocks', {'got': len(threes)}
    elif len({call.weight.data_ptr() for call in threes}) < len(threes):
        yield 'shared_blocks', {}


def _size_faults(threes):
    for module, width in WIDTHS.items():
        convs = threes[4 * module - 8:4 * module - 4]
        given, got = (tuple(t.shape[2:]) for t in (convs[0].input, convs[-1].output))
        stride = 1 if module == 2 else 2
        expected = tuple(-(-size // stride) for size in given)
        if convs[-1].output.shape[1] != width:
            yield 'module_channels', {'module': module, 'got': convs[-1].output.shape[1],
                                      'expected': width}
        if got != expected:
            yield 'module_stride', {'module': module, 'given': size_text(given),
                                    'got': size_text(got), 'expected': size_text(expected)}


def _follow_blocks(threes, calls, use_residual):
    """What the last block should give out, and what is wrong with the blocks before it."""
    turned_round = 'residual_never' if use_residual else 'residual_always'
    faults, last = [], None
    for k in range(8):
        module = {'module': 2 + k // 2}
        f = norm_after(threes[2 * k + 1], calls)
        if f is None:
            return None, [*faults, ('wrong_block', module)]
        with_input = _plus(f.output, threes[2 * k].input, calls)
        answers = with_input, F.relu(f.output)
        last = right, other = answers if use_residual else answers[::-1]
        seen = threes[2 * k + 2].input if k < 7 else right
        if same(seen, other):
            faults.append((turned_round, module))
        elif not same(seen, right):
            return None, [*faults, ('wrong_block', module)]
    return last, faults


def _plus(f, x, calls):
    """ReLU(f(x) + shortcut(x)); None if the shapes do not allow it."""
    pointwise = next((call for call in convs_of(calls, kernel=1) if same(call.input, x)), None)
    if pointwise is not None:
        norm = norm_after(pointwise, calls)
        x = pointwise.output if norm is None else norm.output
    return F.relu(f + x) if f.shape == x.shape else None


def _one_image_faults(model, x):
    """A batch of one is a batch too."""
    with torch.no_grad():
        output, n = model(x[:1]), model(x).shape[1]
    if output.shape != (1, n):
        yield 'one_image', {'got': tuple(output.shape), 'expected': (1, n)}


def _head_faults(model, last, output):
    """Which mistake, if any, gives this output from the last maps."""
    right, other = last
    n = output.shape[1]
    weights = [p for p in model.parameters() if p.dim() > 1 and p.shape[:2] == (n, 512)]
    if not weights:
        yield 'wrong_head', {}
        return
    biases = [p for p in model.parameters() if p.shape == (n,)]
    if not biases:
        yield 'head_bias', {}
        return
    answers = _head_answers(right, other, weights[-1].flatten(1), biases[0])
    fault = next((fault for fault, answer in answers.items() if same(output, answer)),
                 'wrong_head')
    if fault is not None:
        yield fault, {'module': 5}


@torch.no_grad()
def _head_answers(right, other, weight, bias):
    """{mistake: what it gives}, from the last maps and from those of a wrong last block."""
    logits = F.linear(right.mean((2, 3)), weight, bias)
    return {
        None: logits,
        'max_pooling': F.linear(right.amax((2, 3)), weight, bias),
        'softmax_at_the_end': logits.softmax(1),
        'relu_at_the_end': F.relu(logits),
        'log_softmax_at_the_end': logits.log_softmax(1),
        'sigmoid_at_the_end': logits.sigmoid(),
        'wrong_block': None if other is None else F.linear(other.mean((2, 3)), weight, bias),
    }
