"""Check of module 1: convolution, normalisation, ReLU, pooling, by what it computes."""

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import exercise, first_faults, misfit
from nndl.check.trace import convs_of, norm_after, norms_of, randomise, same, size_text, trace

__all__ = ['first_module', 'channel_faults', 'pooled']

PASSED = {
    'en': 'Your module 1 gives what a 7x7 convolution with stride 2 to 64 channels, batch '
          'normalisation, ReLU and 3x3 max pooling with stride 2 give, for one and for three input '
          'channels; compared on random input with random batch normalisation.',
    'zh': '你的第一模块算出的结果，与步长为 2、输出 64 个通道的 7×7 卷积、批量规范化、ReLU 和步长为 2 的 3×3 '
          '最大汇聚给出的相同，输入为 1 个和 3 个通道时都正确；比较时用的是随机输入和随机的批量规范化参数。',
}
FAULTS = {
    'signature': {
        'en': 'make_first_module(in_channels) cannot be called: {error}. It takes one argument.',
        'zh': '不能调用 make_first_module(in_channels)：{error}。它只有一个参数。',
    },
    'not_a_module': {
        'en': 'The function returns {kind}, expected one nn.Module. What puts several layers '
              'in a row into one module, and did you return it?',
        'zh': '函数返回的是 {kind}，应当是一个 nn.Module。用什么能把几个层依次装进一个模块？返回它了吗？',
    },
    'in_channels': {
        'en': 'With in_channels={n} the module does not take an image of {n} channels. Which '
              'argument of the convolution should follow in_channels?',
        'zh': 'in_channels={n} 时，模块不能接收 {n} 个通道的图像。卷积的哪个参数应当随 in_channels 变化？',
    },
    'channels_inside': {
        'en': 'Two layers do not fit together: {error}. How many output channels does the '
              'convolution have?',
        'zh': '前后两层的通道数对不上：{error}。卷积层输出多少个通道？',
    },
    'n_convolutions': {
        'en': 'Module 1 has one convolution, yours has {n}.',
        'zh': '第一模块只有一个卷积层，你的有 {n} 个。',
    },
    'out_channels': {
        'en': 'The convolution gives {n} channels. How many does module 2 expect?',
        'zh': '卷积层输出 {n} 个通道。第二模块需要多少个？',
    },
    'conv_kernel': {
        'en': 'The kernel of the convolution is {got}, not 7x7.',
        'zh': '卷积核的大小是 {got}，而不是 7×7。',
    },
    'conv_stride': {
        'en': 'The convolution turns a map of {given} into one of {got}: it should halve it. '
              'Which argument does that?',
        'zh': '卷积把 {given} 的图变成了 {got}：应当缩小一半。这由哪个参数决定？',
    },
    'conv_padding': {
        'en': 'The convolution turns a map of {given} into one of {got}, not exactly half. How '
              'wide must the padding be for a 7x7 kernel to have its centre on every second pixel '
              'from the first one on?',
        'zh': '卷积把 {given} 的图变成了 {got}，并不恰好是一半。要让 7×7 卷积核的中心从第一个像素起、'
              '每隔一个像素落一次，填充应当是多少？',
    },
    'norm_missing': {
        'en': 'The convolution is not followed by a batch normalisation.',
        'zh': '卷积之后没有批量规范化。',
    },
    'relu_before_norm': {
        'en': 'The ReLU comes before the batch normalisation. What is the order in the figure?',
        'zh': 'ReLU 放在了批量规范化之前。图中是什么顺序？',
    },
    'pool_before_norm': {
        'en': 'The pooling comes before the batch normalisation. What is the order in the figure?',
        'zh': '汇聚放在了批量规范化之前。图中是什么顺序？',
    },
    'no_relu': {
        'en': 'Convolution, normalisation and pooling are right, but there is no ReLU: the output '
              'can be negative.',
        'zh': '卷积、规范化和汇聚都对，但缺少 ReLU：输出里有负数。',
    },
    'no_pooling': {
        'en': 'After the ReLU the pooling is missing: the output is {got} and should be {expected}, '
              'a quarter of the height and of the width of the image.',
        'zh': 'ReLU 之后缺少汇聚：输出大小是 {got}，应当是 {expected}，即图像的高和宽各缩小到四分之一。',
    },
    'mean_pooling': {
        'en': 'The pooling takes the mean of each window. Which pooling does module 1 have?',
        'zh': '这里的汇聚取的是每个窗口的平均值。第一模块用的是哪种汇聚？',
    },
    'pool_options': {
        'en': 'The pooling does not give the right size: {got}, expected {expected}. Look at its '
              'three arguments, kernel size, stride and padding.',
        'zh': '汇聚之后的大小不对：得到 {got}，应当是 {expected}。请检查核大小、步长和填充这三个参数。',
    },
    'pool_window': {
        'en': 'The pooling gives the right size, {got}, but looks at other pixels. How large are '
              'its windows, and do neighbouring ones overlap?',
        'zh': '汇聚之后的大小 {got} 是对的，但它看到的像素不对。汇聚的窗口有多大？相邻的窗口重叠吗？',
    },
    'wrong_output': {
        'en': 'Convolution and normalisation are right, but what follows is not ReLU and 3x3 max '
              'pooling.',
        'zh': '卷积和规范化是对的，但后面不是 ReLU 和 3×3 最大汇聚。',
    },
}
SIZE = 32, 36


@exercise('make_first_module', PASSED, FAULTS)
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
    convs = convs_of(calls)
    if len(convs) != 1:
        yield 'n_convolutions', {'n': len(convs)}
        return
    yield from first_faults(_conv_faults(convs[0]), _after_conv(convs[0], calls, output))


def channel_faults(error, x, n):
    """What an error of torch about channels says; other errors go on."""
    if f'expected input{list(x.shape)}' in str(error):
        yield 'in_channels', {'n': n}
    elif 'channels' in str(error) or 'running_mean' in str(error):
        yield 'channels_inside', {'error': error}
    else:
        raise error


def _conv_faults(conv):
    kernel, given, got = (tuple(t.shape[2:]) for t in (conv.weight, conv.input, conv.output))
    if conv.output.shape[1] != 64:
        yield 'out_channels', {'n': conv.output.shape[1]}
    if kernel != (7, 7):
        yield 'conv_kernel', {'got': size_text(kernel)}
    elif got != (SIZE[0] // 2, SIZE[1] // 2):
        halves = all(round(a / b) == 2 for a, b in zip(given, got, strict=True))
        yield ('conv_padding' if halves else 'conv_stride'), {'given': size_text(given), 'got': size_text(got)}


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
