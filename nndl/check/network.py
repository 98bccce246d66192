"""Checks of the network's parts: module 1, the list of blocks, and the whole ResNet18.

They follow the numbers from convolution to normalisation to the next convolution, so that it does
not matter how the layers are named, grouped or called.
"""

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import exercise
from nndl.check.trace import randomise, same, trace

__all__ = ['first_module', 'resnet_module', 'network']

# ---- module 1 ------------------------------------------------------------------------------

FIRST_PASSED = {
    'en': 'Your module 1 computes a 7x7 convolution with stride 2 to 64 channels, batch '
          'normalisation, ReLU and 3x3 max pooling with stride 2, for one and for three input '
          'channels; compared on random input with random batch normalisation.',
    'zh': '你的第一模块依次算出步长为 2、输出 64 个通道的 7×7 卷积、批量规范化、ReLU 和步长为 2 的 3×3 '
          '最大汇聚，输入为 1 个和 3 个通道时都正确；比较时用的是随机输入和随机的批量规范化参数。',
}
FIRST_FAULTS = {
    'signature': {
        'en': 'make_first_module(in_channels) cannot be called: {error}. It takes one argument.',
        'zh': '不能调用 make_first_module(in_channels)：{error}。它只有一个参数。',
    },
    'not_a_module': {
        'en': 'The function gives back {kind}, expected one nn.Module. What puts several layers '
              'in a row into one module, and did you return it?',
        'zh': '函数返回的是 {kind}，应当是一个 nn.Module。用什么能把几个层依次装进一个模块？返回它了吗？',
    },
    'in_channels': {
        'en': 'With in_channels={n} the module does not take an image of {n} channels. Which '
              'argument of the convolution should follow in_channels?',
        'zh': 'in_channels={n} 时，模块不能接收 {n} 个通道的图像。卷积的哪个参数应当随 in_channels 变化？',
    },
    'channels_inside': {
        'en': 'Two layers do not fit together: {error}. How many channels does the convolution '
              'give out?',
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
        'zh': '卷积把 {given} 的图变成了 {got}，并不恰好是一半。要让 7×7 的核从第一个像素起、'
              '每隔一个像素以它为中心，填充应当是多少？',
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
        'en': 'After the ReLU the pooling is missing: the output is {got}, a quarter of the image '
              'is {expected}.',
        'zh': 'ReLU 之后缺少汇聚：输出大小是 {got}，图像的四分之一应当是 {expected}。',
    },
    'mean_pooling': {
        'en': 'The pooling takes the mean of each window. Which pooling does module 1 have?',
        'zh': '这里的汇聚取的是每个窗口的平均值。第一模块用的是哪种汇聚？',
    },
    'pool_options': {
        'en': 'The pooling is not 3x3 with stride 2 and padding 1: output {got}, expected size '
              '{expected} with overlapping windows. Look at its three arguments.',
        'zh': '汇聚不是 3×3、步长 2、填充 1：输出大小 {got}，应当是 {expected}，且窗口有重叠。请检查它的三个参数。',
    },
    'wrong_output': {
        'en': 'Convolution and normalisation are right, but what follows is not ReLU and 3x3 max '
              'pooling.',
        'zh': '卷积和规范化是对的，但后面不是 ReLU 和 3×3 最大汇聚。',
    },
}
FIRST_SIZE = 32, 36


@exercise('make_first_module', FIRST_PASSED, FIRST_FAULTS)
def first_module(fn):
    """Check module 1.

    Args:
        fn: the student's function, ``fn(in_channels)``.

    Returns:
        ``Feedback``.
    """
    for n in (1, 3):
        faults = list(_first_faults(fn, n))
        yield from faults
        if faults:
            return


def _first_faults(fn, n):
    try:
        module = fn(n)
    except TypeError as error:
        yield 'signature', {'error': error}
        return
    if not isinstance(module, nn.Module):
        yield 'not_a_module', {'kind': type(module).__name__}
        return
    x = torch.randn(2, n, *FIRST_SIZE, generator=torch.Generator().manual_seed(1))
    try:
        output, calls = trace(randomise(module), x)
    except RuntimeError as error:
        yield from _channel_faults(error, x, n)
        return
    convs = [call for call in calls if call.kind == 'conv']
    if len(convs) != 1:
        yield 'n_convolutions', {'n': len(convs)}
        return
    faults = list(_first_conv_faults(convs[0]))
    yield from faults or _after_first_conv(convs[0], calls, output)


def _channel_faults(error, x, n):
    """What an error of torch about channels says; other errors go on."""
    if f'expected input{list(x.shape)}' in str(error):
        yield 'in_channels', {'n': n}
    elif 'channels' in str(error) or 'running_mean' in str(error):
        yield 'channels_inside', {'error': error}
    else:
        raise error


def _first_conv_faults(conv):
    kernel, given, got = (tuple(t.shape[2:]) for t in (conv.weight, conv.input, conv.output))
    if conv.output.shape[1] != 64:
        yield 'out_channels', {'n': conv.output.shape[1]}
    if kernel != (7, 7):
        yield 'conv_kernel', {'got': _by(kernel)}
    elif got != (FIRST_SIZE[0] // 2, FIRST_SIZE[1] // 2):
        halves = all(round(a / b) == 2 for a, b in zip(given, got, strict=True))
        yield ('conv_padding' if halves else 'conv_stride'), {'given': _by(given), 'got': _by(got)}


def _after_first_conv(conv, calls, output):
    norms = [call for call in calls if call.kind == 'norm']
    norm = _norm_of(conv, norms)
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
        None: _pooled(active),
        'no_relu': _pooled(normed),
        'no_pooling': active,
        'mean_pooling': F.avg_pool2d(active, 3, 2, 1),
    }
    expected = answers[None].shape
    sizes = {'got': _by(output.shape[2:]), 'expected': _by(expected[2:])}
    fault = next((fault for fault, answer in answers.items() if same(output, answer)), 'other')
    if fault == 'other':
        larger = F.max_pool2d(active, 2, 2), F.max_pool2d(active, 3, 2, ceil_mode=True)
        is_option = output.shape != expected or any(same(output, answer) for answer in larger)
        fault = 'pool_options' if is_option else 'wrong_output'
    if fault is not None:
        yield fault, sizes


# ---- a list of blocks ----------------------------------------------------------------------

LIST_PASSED = {
    'en': 'Your function gives as many blocks as asked for; the first one changes channels and '
          'stride, the others keep both; each has its own parameters, and use_residual reaches '
          'all of them. Tried with 1 to 3 blocks.',
    'zh': '你的函数给出的残差单元个数正确；第一个改变通道数和步长，其余的都不变；各单元有自己的参数，'
          'use_residual 传到了每一个单元。用 1 到 3 个单元检验过。',
}
LIST_FAULTS = {
    'signature': {
        'en': 'resnet_module(input_channels, out_channels, num_res_blocks, stride=1, '
              'use_residual=True) cannot be called: {error}. Keep these arguments and their order.',
        'zh': '不能调用 resnet_module(input_channels, out_channels, num_res_blocks, stride=1, '
              'use_residual=True)：{error}。请保留这些参数和它们的顺序。',
    },
    'not_a_list': {
        'en': 'The function gives back {kind}. Expected a list of blocks, so that '
              'nn.Sequential(*blocks) can take them. Did you return it?',
        'zh': '函数返回的是 {kind}。应当返回由残差单元组成的列表，以便 nn.Sequential(*blocks) 使用。写了 return 吗？',
    },
    'not_blocks': {
        'en': 'Entry {number} of the list is {kind}, not a block (an nn.Module).',
        'zh': '列表中第 {number} 项是 {kind}，而不是残差单元（nn.Module）。',
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
              'Which default has stride?',
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
LIST_SIZE = 8, 12
# input_channels, out_channels, num_res_blocks, options
LISTS = ((4, 4, 2, {'stride': 1}), (4, 6, 3, {'stride': 2}), (4, 6, 1, {'stride': 2}), (4, 6, 2, {}),
         (4, 6, 3, {'stride': 2, 'use_residual': False}))


@exercise('resnet_module', LIST_PASSED, LIST_FAULTS)
def resnet_module(fn):
    """Check the function that makes the blocks of one module.

    Args:
        fn: the student's function,
            ``fn(input_channels, out_channels, num_res_blocks, stride=1, use_residual=True)``.

    Returns:
        ``Feedback``.
    """
    for case in LISTS:
        faults = list(_list_faults(fn, *case))
        yield from faults
        if faults:
            return


def _list_faults(fn, c_in, c_out, n, options):
    try:
        made = fn(c_in, c_out, n, **options)
    except TypeError as error:
        yield 'signature', {'error': error}
        return
    if not hasattr(made, '__iter__'):
        yield 'not_a_list', {'kind': type(made).__name__}
        return
    blocks = list(made)
    for number, block in enumerate(blocks, 1):
        if not isinstance(block, nn.Module):
            yield 'not_blocks', {'number': number, 'kind': _kind(block)}
            return
    if len(blocks) != n:
        yield 'n_blocks', {'expected': n, 'got': len(blocks)}
    elif len({p.data_ptr() for b in blocks for p in b.parameters()}) < sum(
            len(list(b.parameters())) for b in blocks):
        yield 'shared_blocks', {}
    else:
        yield from _walk(blocks, c_in, c_out, options)


def _walk(blocks, c_in, c_out, options):
    """Take a map through the blocks, one after the other."""
    x = torch.randn(2, c_in, *LIST_SIZE, generator=torch.Generator().manual_seed(1))
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
        yield fault, {'number': number, 'given': _by(x.shape[2:]), 'got': _by(y.shape[2:])}
    elif same(y, F.relu(_f(calls))) == options.get('use_residual', True):
        yield ('residual_never' if options.get('use_residual', True) else 'residual_always'), {
            'number': number}


def _f(calls):
    """f(x) of a block: the normalisation of its last 3x3 convolution."""
    conv = [call for call in calls if _kernel(call) == (3, 3)][-1]
    return _norm_of(conv, [call for call in calls if call.kind == 'norm']).output


# ---- the whole network ---------------------------------------------------------------------

NETWORK_PASSED = {
    'en': 'Your network is ResNet18: module 1, eight blocks with the right channels and strides, '
          'mean over the map and a linear layer; with use_residual=False none of the blocks adds '
          'its input. Followed from layer to layer on random input with random batch '
          'normalisation, for other numbers of channels and classes too.',
    'zh': '你的网络就是 ResNet18：第一模块、八个通道数和步长都正确的残差单元、全局平均汇聚和全连接层；'
          'use_residual=False 时没有一个单元加上输入。检验时用随机输入和随机的批量规范化参数逐层跟踪，'
          '也换过输入通道数和类别数。',
}
NETWORK_FAULTS = {
    'signature': {
        'en': 'The network cannot be made with Model_ResNet18(in_channels=..., num_classes=..., '
              'use_residual=...): {error}. Keep these three arguments in this order.',
        'zh': '不能用 Model_ResNet18(in_channels=..., num_classes=..., use_residual=...) 创建网络：'
              '{error}。请保留这三个参数和它们的顺序。',
    },
    'nothing_returned': {
        'en': 'forward gives back {kind}, not a tensor. Does it return what the last layer gives?',
        'zh': 'forward 返回的是 {kind}，而不是张量。它返回最后一层的输出了吗？',
    },
    'in_channels': {
        'en': 'With in_channels={n} the network does not take an image of {n} channels. Which '
              'module has to know in_channels?',
        'zh': 'in_channels={n} 时，网络不能接收 {n} 个通道的图像。哪个模块需要知道 in_channels?',
    },
    'channels_do_not_meet': {
        'en': 'One module does not take what the one before it gives out: {error}. Write the '
              'channels of all modules in a row and compare neighbours.',
        'zh': '某个模块接不上前一个模块的输出：{error}。把各模块的通道数写成一行，比较相邻的两个。',
    },
    'head': {
        'en': 'The linear layer gets a vector of another length than it expects, for an image of '
              '{size}: {error}. What should happen to the last map, of whatever size, before it?',
        'zh': '图像大小为 {size} 时，全连接层得到的向量长度不对：{error}。'
              '在它之前，不论多大的最后一张特征图应当先做什么？',
    },
    'num_classes': {
        'en': 'With num_classes={expected} the network gives {got} numbers for an image.',
        'zh': 'num_classes={expected} 时，网络对一幅图像给出 {got} 个数。',
    },
    'output_shape': {
        'en': 'For two images the output has shape {got}, expected {expected}.',
        'zh': '输入两幅图像时，输出形状是 {got}，应当是 {expected}。',
    },
    'not_registered': {
        'en': 'model.parameters() does not know all layers that forward uses ({n} of {all} '
              'convolutions are missing), so they would never be trained. Modules in a plain list '
              'are not seen; what holds modules so that they are?',
        'zh': 'model.parameters() 没有包含 forward 用到的全部层（缺少 {all} 个卷积中的 {n} 个），'
              '它们将永远得不到训练。放在普通列表里的模块不会被登记；用什么装模块才会？',
    },
    'first_module': {
        'en': 'The network does not begin with module 1: no 7x7 convolution gets the image and '
              'is followed by normalisation, ReLU and max pooling.',
        'zh': '网络不是以第一模块开始的：没有一个 7×7 卷积接收图像、后接规范化、ReLU 和最大汇聚。',
    },
    'n_blocks': {
        'en': 'ResNet18 has 8 blocks with two 3x3 convolutions each; yours computes {got} such '
              'convolutions, not 16. Does every module of forward get its turn?',
        'zh': 'ResNet18 有 8 个残差单元，每个含两个 3×3 卷积；你的网络算了 {got} 个这样的卷积，'
              '而不是 16 个。每个模块都用到了吗？',
    },
    'shared_blocks': {
        'en': 'Two blocks share their parameters: the same object is used twice.',
        'zh': '有两个残差单元共用参数：同一个对象用了两次。',
    },
    'module_channels': {
        'en': 'Module {module} gives {got} channels, expected {expected}.',
        'zh': '第 {module} 模块输出 {got} 个通道，应当是 {expected} 个。',
    },
    'module_stride': {
        'en': 'Module {module} turns a map of {given} into one of {got}, expected {expected}. '
              'Which modules halve the map?',
        'zh': '第 {module} 模块把 {given} 的特征图变成了 {got}，应当是 {expected}。哪些模块会把特征图缩小一半？',
    },
    'residual_always': {
        'en': 'With use_residual=False the blocks of module {module} still add their input. Is '
              'use_residual passed on to every module?',
        'zh': 'use_residual=False 时，第 {module} 模块的残差单元仍然加上了输入。use_residual 传给每个模块了吗？',
    },
    'residual_never': {
        'en': 'With use_residual=True the blocks of module {module} do not add their input. What '
              'do they get as use_residual?',
        'zh': 'use_residual=True 时，第 {module} 模块的残差单元没有加上输入。它们得到的 use_residual 是什么？',
    },
    'wrong_block': {
        'en': 'In module {module} a block does not give ReLU(f(x) + x), or ReLU(f(x)) without the '
              'residual connection. Does something stand between the blocks that does not belong '
              'there?',
        'zh': '第 {module} 模块中有一个单元给出的不是 ReLU(f(x) + x)(不用残差连接时是 ReLU(f(x)))。'
              '单元之间是不是多了什么？',
    },
    'max_pooling': {
        'en': 'The last map is reduced to its maximum. What does module 6 take of each channel?',
        'zh': '最后的特征图取的是最大值。第六模块对每个通道取什么？',
    },
    'softmax_at_the_end': {
        'en': 'The output is already a probability distribution. The loss, F.cross_entropy, takes '
              'the numbers in front of the softmax (logits) and would apply it twice.',
        'zh': '输出已经是概率分布了。损失函数 F.cross_entropy 需要的是 softmax 之前的数值（logits）,'
              '否则 softmax 会做两次。',
    },
    'relu_at_the_end': {
        'en': 'The output is never negative: a ReLU stands behind the linear layer. May a logit '
              'be below 0?',
        'zh': '输出从不为负：全连接层后面有一个 ReLU。logits 可以小于 0 吗？',
    },
    'wrong_head': {
        'en': 'Modules 1 to 5 are right, but what follows is not the mean over each map and one '
              'linear layer.',
        'zh': '第一到第五模块都对，但后面不是对每张特征图取平均再接一个全连接层。',
    },
}
NETWORK_SIZE = 64, 32  # module 5 gives 2x1 maps, so that the pooling shows
WIDTHS = {2: 64, 3: 128, 4: 256, 5: 512}
# in_channels, num_classes, use_residual
NETWORKS = (1, 10, True), (2, 7, True), (1, 10, False)


@exercise('Model_ResNet18', NETWORK_PASSED, NETWORK_FAULTS)
def network(cls):
    """Check the whole network.

    Args:
        cls: the student's class, ``cls(in_channels=3, num_classes=10, use_residual=True)``.

    Returns:
        ``Feedback``.
    """
    for case in NETWORKS:
        faults = list(_network_faults(cls, *case))
        yield from faults
        if faults:
            return


def _network_faults(cls, n, num_classes, use_residual):
    try:
        model = cls(in_channels=n, num_classes=num_classes, use_residual=use_residual)
    except TypeError as error:
        yield 'signature', {'error': error}
        return
    x = torch.randn(2, n, *NETWORK_SIZE, generator=torch.Generator().manual_seed(1))
    try:
        output, calls = trace(_random_norms(model), x)
    except RuntimeError as error:
        yield from _meeting_faults(error, x, n)
        return
    if faults := list(_output_faults(output, num_classes)):
        yield from faults
        return
    convs = [call for call in calls if call.kind == 'conv']
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
    if 'mat1 and mat2' in str(error):
        yield 'head', {'error': error, 'size': _by(NETWORK_SIZE)}
        return
    for fault, details in _channel_faults(error, x, n):
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
    threes = [call for call in calls if _kernel(call) == (3, 3)]
    norms = [call for call in calls if call.kind == 'norm']
    faults = (list(_stem_faults(x, calls, norms, threes)) or list(_count_faults(threes))
              or list(_size_faults(threes)))
    if faults:
        yield from faults
        return
    last, faults = _follow_blocks(threes, calls, norms, use_residual)
    yield from faults or _head_faults(model, last, output)


def _stem_faults(x, calls, norms, threes):
    sevens = [call for call in calls if _kernel(call) == (7, 7) and same(call.input, x)]
    norm = _norm_of(sevens[0], norms) if sevens else None
    if norm is None or not threes or not same(threes[0].input, _pooled(F.relu(norm.output))):
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
            yield 'module_stride', {'module': module, 'given': _by(given), 'got': _by(got),
                                    'expected': _by(expected)}


def _follow_blocks(threes, calls, norms, use_residual):
    """What the last block should give out, and what is wrong with the blocks before it."""
    ones = [call for call in calls if _kernel(call) == (1, 1)]
    turned_round = 'residual_never' if use_residual else 'residual_always'
    faults, last = [], None
    for k in range(8):
        module = {'module': 2 + k // 2}
        f = _norm_of(threes[2 * k + 1], norms)
        if f is None:
            return None, [*faults, ('wrong_block', module)]
        with_input = _plus(f.output, threes[2 * k].input, ones, norms)
        answers = with_input, F.relu(f.output)
        last = right, other = answers if use_residual else answers[::-1]
        seen = threes[2 * k + 2].input if k < 7 else right
        if same(seen, other):
            faults.append((turned_round, module))
        elif not same(seen, right):
            return None, [*faults, ('wrong_block', module)]
    return last, faults


def _plus(f, x, ones, norms):
    """ReLU(f(x) + shortcut(x)); None if the shapes do not allow it."""
    pointwise = next((call for call in ones if same(call.input, x)), None)
    if pointwise is not None:
        norm = _norm_of(pointwise, norms)
        x = pointwise.output if norm is None else norm.output
    return F.relu(f + x) if f.shape == x.shape else None


def _head_faults(model, last, output):
    """Which mistake, if any, gives this output from the last maps."""
    right, other = last
    n = output.shape[1]
    weights = [p for p in model.parameters() if p.dim() > 1 and p.shape[:2] == (n, 512)]
    if not weights:
        yield 'wrong_head', {}
        return
    bias = next((p for p in model.parameters() if p.shape == (n,)), None)

    def linear(vectors):
        return F.linear(vectors, weights[-1].flatten(1), bias)

    with torch.no_grad():
        logits = linear(right.mean((2, 3)))
        answers = {
            None: logits,
            'max_pooling': linear(right.amax((2, 3))),
            'softmax_at_the_end': logits.softmax(1),
            'relu_at_the_end': F.relu(logits),
            'wrong_block': None if other is None else linear(other.mean((2, 3))),
        }
    fault = next((fault for fault, answer in answers.items() if same(output, answer)),
                 'wrong_head')
    if fault is not None:
        yield fault, {'module': 5}


# ---- small things --------------------------------------------------------------------------

def _norm_of(conv, norms):
    return next((norm for norm in norms if same(norm.input, conv.output)), None)


def _kernel(call):
    return tuple(call.weight.shape[2:]) if call.kind == 'conv' else None


def _pooled(x):
    return F.max_pool2d(x, kernel_size=3, stride=2, padding=1)


def _by(size):
    return '×'.join(map(str, size))


def _kind(thing):
    return f'class {thing.__name__}' if isinstance(thing, type) else type(thing).__name__
