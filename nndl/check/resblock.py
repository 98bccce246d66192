"""Check of the residual block: the student's class, by what it computes."""

import torch
import torch.nn.functional as F

from nndl.check.feedback import exercise, first_faults, misfit
from nndl.check.trace import convs_of, norm_after, norms_of, randomise, same, trace

__all__ = ['resblock']

PASSED = {
    'en': 'Your block computes ReLU(f(x) + x) with and without a change of shape and stride, and '
          'ReLU(f(x)) without the residual connection; compared on random input with random '
          'batch normalisation.',
    'zh': '你的残差单元在形状不变、通道数变化、步长为 2 时都算出 ReLU(f(x) + x)，关掉残差连接时算出 '
          'ReLU(f(x))；比较时用的是随机输入和随机的批量规范化参数。',
}
FAULTS = {
    'signature': {
        'en': 'The block cannot be made with ResBlock(in_channels, out_channels, stride=..., '
              'use_residual=...): {error}. Keep these four arguments in this order.',
        'zh': '不能用 ResBlock(in_channels, out_channels, stride=..., use_residual=...) 创建残差单元：'
              '{error}。请保留这四个参数和它们的顺序。',
    },
    'no_projection': {
        'en': 'The sum fails where the number of channels changes ({c_in} to {c_out}): input and '
              'f(x) have different shapes there. What brings the input to the new number of '
              'channels?',
        'zh': '通道数变化时（{c_in} 变 {c_out}）两者无法相加：输入与 f(x) 的形状不同。'
              '用什么能把输入变成新的通道数？',
    },
    'concatenated': {
        'en': 'The output has {got} channels, twice as many as expected: input and f(x) are put '
              'side by side. Which operation stands in h(x) = f(x) + x?',
        'zh': '输出有 {got} 个通道，是应有的两倍：输入与 f(x) 被拼接在一起了。h(x) = f(x) + x 里是什么运算？',
    },
    'shortcut_size': {
        'en': 'With stride=1 ({c_in} to {c_out} channels) the shortcut does not end at the size of '
              'f(x). Which stride does its convolution have?',
        'zh': 'stride=1 时（{c_in} 变 {c_out} 个通道），直连边的输出与 f(x) 的大小不一致。直连边上的卷积步长是多少？',
    },
    'shortcut_kernel': {
        'en': 'A 3x3 convolution stands on the shortcut. It should only change channels and size; '
              'which kernel looks at one pixel alone?',
        'zh': '直连边上用了 3×3 卷积。它只需要改变通道数和大小，哪种大小的卷积核只看一个像素？',
    },
    'projection_not_for_stride': {
        'en': 'With stride=2 and {c_in} channels on both sides the sum fails: f(x) is smaller than '
              'x, and nothing stands on the shortcut. In which two cases is a 1x1 convolution '
              'needed there?',
        'zh': 'stride=2、输入输出都是 {c_in} 个通道时无法相加：f(x) 比 x 小，而直连边上什么也没有。'
              '哪两种情况下直连边上需要 1×1 卷积？',
    },
    'shortcut_stride': {
        'en': 'With stride=2 the shortcut does not end at the size of f(x). Which layer on the '
              'shortcut decides its size?',
        'zh': 'stride=2 时，直连边的输出与 f(x) 的大小不一致。直连边上哪一层决定输出的大小？',
    },
    'branch_size': {
        'en': 'With stride=1 f(x) should keep the height and width of x, and yours does not. Which '
              'argument of a 3x3 convolution keeps the size?',
        'zh': 'stride=1 时 f(x) 应当保持 x 的高和宽，你的却变了。3×3 卷积的哪个参数能保持大小不变？',
    },
    'nothing_returned': {
        'en': 'forward returns {kind}, not a tensor. Does its last line return something?',
        'zh': 'forward 返回的是 {kind}，而不是张量。最后一行写了 return 吗？',
    },
    'added_only_where_equal': {
        'en': 'Where f(x) has another shape than x ({c_in} to {c_out} channels, stride={stride}) '
              'your block leaves the input out of the sum. What brings it to the shape of f(x)?',
        'zh': '形状变化时（{c_in} 变 {c_out} 个通道，stride={stride}），你的残差单元没有加上输入。'
              '用什么能把输入变成 f(x) 的形状？',
    },
    'plain_without_relu': {
        'en': 'With use_residual=False the output can be negative. The block ends with a ReLU in '
              'that case too.',
        'zh': 'use_residual=False 时输出里有负数。这种情况下残差单元也以 ReLU 结束。',
    },
    'shape': {
        'en': 'For an input of shape {given} and stride={stride} the output has shape {got}, '
              'expected {expected}. Look at kernel size, padding and stride of the convolutions.',
        'zh': '输入形状为 {given}、stride={stride} 时，输出形状是 {got}，应当是 {expected}。'
              '请检查卷积的核大小、填充和步长。',
    },
    'stride_on_second': {
        'en': 'The stride belongs to the first convolution; in your block it acts elsewhere.',
        'zh': '步长应当由第一个卷积层来实现，而在你的残差单元里不是这样。',
    },
    'n_convolutions': {
        'en': 'f(x) should have two 3x3 convolutions, yours has {n}.',
        'zh': 'f(x) 应当有两个 3×3 卷积，你的有 {n} 个。',
    },
    'conv_bias': {
        'en': 'A convolution right before a batch normalisation needs no bias: the normalisation '
              'subtracts it again. Which argument of nn.Conv2d leaves it out?',
        'zh': '卷积后面紧跟批量规范化时不需要偏置：规范化会把它减掉。nn.Conv2d 的哪个参数可以去掉偏置？',
    },
    'not_registered': {
        'en': 'model.parameters() does not know all layers that forward uses, so they would never be '
              'trained. Modules in a plain list are not seen; what holds modules so that they are?',
        'zh': 'model.parameters() 没有包含 forward 用到的全部层，它们将永远得不到训练。'
              '放在普通列表里的模块不会被登记；用什么装模块才会？',
    },
    'input_not_x': {
        'en': 'The first 3x3 convolution of f does not get the input of the block, but something made '
              'from it. What does f begin with in the figure?',
        'zh': 'f 的第一个 3×3 卷积得到的不是残差单元的输入，而是由它变来的东西。图中 f 从什么开始？',
    },
    'input_changed': {
        'en': 'The block changes its own input. An operation that works in place (+=, inplace=True) '
              'acts on x.',
        'zh': '残差单元改动了它自己的输入。有一个原地操作（+=、inplace=True）作用在了 x 上。',
    },
    'first_norm_missing': {
        'en': 'The first convolution of f(x) is not followed directly by a batch normalisation. '
              'In which order do the layers stand in the figure?',
        'zh': 'f(x) 的第一个卷积后面没有直接跟批量规范化。图中各层是什么顺序？',
    },
    'second_norm_missing': {
        'en': 'The second convolution of f(x) is not followed directly by a batch normalisation. '
              'In which order do the layers stand in the figure?',
        'zh': 'f(x) 的第二个卷积后面没有直接跟批量规范化。图中各层是什么顺序？',
    },
    'norm_reused': {
        'en': 'One batch normalisation is used in two places. Each convolution needs one of its '
              'own, for each keeps its own statistics.',
        'zh': '同一个批量规范化层用在了两处。每个卷积都要有自己的批量规范化层，因为它们各有自己的统计量。',
    },
    'shortcut_without_norm': {
        'en': 'The 1x1 convolution on the shortcut is not followed by a batch normalisation. Which '
              'layers stand on the shortcut in the figure?',
        'zh': '直连边上的 1×1 卷积后面没有批量规范化。图中直连边上有哪些层？',
    },
    'projection_always': {
        'en': 'Where the shape does not change, your shortcut still has layers on it, so x does not '
              'arrive as it is. When does the shortcut need its 1x1 convolution?',
        'zh': '形状不变时，你的直连边上仍然有层，x 不能原样传递。直连边什么时候才需要 1×1 卷积？',
    },
    'no_relu_inside': {
        'en': 'Between the first batch normalisation and the second convolution the ReLU is '
              'missing: without it the two convolutions could be one.',
        'zh': '第一个批量规范化与第二个卷积之间少了 ReLU：没有它，两个卷积就相当于一个。',
    },
    'wrong_inside': {
        'en': 'The second convolution does not get ReLU(bn(conv(x))).',
        'zh': '第二个卷积的输入不是 ReLU(bn(conv(x)))。',
    },
    'sum_before_norm': {
        'en': 'The input is added before the second batch normalisation, so x is normalised too. '
              'f(x) ends with the normalisation; when may x be added?',
        'zh': '输入在第二个批量规范化之前就加上了，于是 x 也被规范化了。f(x) 以批量规范化结束，x 应当在什么时候相加？',
    },
    'no_relu_after_sum': {
        'en': 'The output can be negative: the ReLU after the sum is missing.',
        'zh': '输出里有负数：相加之后少了 ReLU。',
    },
    'relu_before_sum': {
        'en': 'A ReLU stands on f(x) before the sum. Where does the last ReLU belong?',
        'zh': '相加之前先对 f(x) 做了 ReLU。最后一个 ReLU 应当放在哪里？',
    },
    'residual_ignored': {
        'en': 'With use_residual=True the output is ReLU(f(x)): the input is not added.',
        'zh': 'use_residual=True 时输出是 ReLU(f(x))：没有加上输入。',
    },
    'residual_always': {
        'en': 'With use_residual=False the input is still added. Does forward ask for '
              'self.use_residual?',
        'zh': 'use_residual=False 时仍然加上了输入。forward 里判断 self.use_residual 了吗？',
    },
    'wrong_sum': {
        'en': 'The output is not ReLU(f(x) + x), though f(x) is right. What is added at the end?',
        'zh': 'f(x) 是对的，但输出不是 ReLU(f(x) + x)。最后相加的是什么？',
    },
}
SIZE = 9, 6
SHAPES = (4, 4, 1), (4, 6, 1), (6, 4, 1), (4, 4, 2), (4, 6, 2)  # in_channels, out_channels, stride


@exercise('ResBlock', PASSED, FAULTS)
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
                            _layer_faults(output, calls, before, stride))


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
    states = [call.running_mean.data_ptr() for call in norms_of(calls) if call.running_mean is not None]
    if any(call.bias is not None for call in convs_of(calls)):
        yield 'conv_bias', {}
    if len(set(states)) < len(states):
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
    first, second = _branch(calls, x)
    threes = convs_of(calls, kernel=3)
    if len(threes) == 3 and sum(_feeds(x, conv) for conv in threes) == 2:
        yield 'shortcut_kernel', {}
        return
    if len(threes) != 2:
        yield 'n_convolutions', {'n': len(threes)}
        return
    if first is None:
        yield 'input_not_x', {}
        return
    if first.output.shape[2:] != second.output.shape[2:]:
        yield 'stride_on_second', {}
        return
    norm = norm_after(first, calls)
    if norm is None:
        yield 'first_norm_missing', {}
    elif not _feeds(F.relu(norm.output), second):
        yield ('no_relu_inside' if _feeds(norm.output, second) else 'wrong_inside'), {}
    if norm_after(second, calls) is None:
        added = shortcut is not None and any(same(norm.input, second.output + shortcut)
                                             for norm in norms_of(calls))
        yield ('sum_before_norm' if added else 'second_norm_missing'), {}


def _sum_faults(output, f, shortcut):
    """Which mistake, if any, gives this output from f(x) and the shortcut."""
    answers = {
        None: F.relu(f + shortcut),
        'no_relu_after_sum': f + shortcut,
        'residual_ignored': F.relu(f),
        'relu_before_sum': F.relu(f) + shortcut,
        'wrong_sum': output,
    }
    fault = next(fault for fault, answer in answers.items() if same(output, answer))
    if fault == 'wrong_sum' and same(output, F.relu(F.relu(f) + shortcut)):
        fault = 'relu_before_sum'
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


def _input(channels):
    return torch.randn(2, channels, *SIZE, generator=torch.Generator().manual_seed(1))
