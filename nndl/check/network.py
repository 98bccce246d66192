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
from nndl.check.trace import convs_of, has_bool_stride, norm_after, same, size_text, trace

__all__ = ['network']

PASSED = {
    'en': 'Your network is ResNet18: module 1, eight blocks with the right channels and strides, '
          'mean over the map and a linear layer; with use_residual=False none of the blocks adds '
          'its input. Followed from layer to layer on random input with random batch '
          'normalisation, for other numbers of channels and classes too.',
    'zh': '你的网络就是 ResNet18：第一模块、八个残差单元（通道数和步长都正确）、全局平均汇聚和全连接层；'
          'use_residual=False 时，所有残差单元都不加上输入。检验时用随机输入和随机的批量规范化参数逐层跟踪，'
          '也换过输入通道数和类别数。',
}
FAULTS = {
    'signature': {
        'en': 'The network cannot be made with Model_ResNet18(in_channels=..., num_classes=..., '
              'use_residual=...): {error}. Keep these three arguments and their names.',
        'zh': '不能用 Model_ResNet18(in_channels=..., num_classes=..., use_residual=...) 创建网络：'
              '{error}。请保留这三个参数和它们的名字。',
    },
    'nothing_returned': {
        'en': 'forward returns {kind}, not a tensor. Does it return what the last layer gives?',
        'zh': 'forward 返回的是 {kind}，而不是张量。它返回最后一层的输出了吗？',
    },
    'in_channels': {
        'en': 'With in_channels={n} the network does not take an image of {n} channels. Which '
              'module has to know in_channels?',
        'zh': 'in_channels={n} 时，网络不能接收 {n} 个通道的图像。哪个模块需要知道 in_channels？',
    },
    'channels_do_not_meet': {
        'en': 'One module does not take what the one before it gives out: {error}. Write the '
              'channels of all modules in a row and compare neighbours.',
        'zh': '某个模块接不上前一个模块的输出：{error}。把各模块的通道数写成一行，比较相邻的两个。',
    },
    'head': {
        'en': 'The linear layer gets a vector whose length is not what it expects, for an image of '
              '{size}: {error}. What should happen to the last map, of whatever size, before it?',
        'zh': '图像大小为 {size} 时，全连接层得到的向量长度不对：{error}。'
              '在全连接层之前，最后的特征图不论多大，都应当先做什么处理？',
    },
    'head_features': {
        'en': 'Behind pooling and flattening each image is a vector of 512 numbers, and the linear '
              'layer is made for {n}. What are the 512?',
        'zh': '汇聚并展平之后，每幅图像是一个 512 维的向量，而全连接层是按 {n} 维创建的。这 512 是什么？',
    },
    'pooling_window': {
        'en': 'The pooling at the end wants a larger map than {size} images leave ({error}). Which '
              'pooling gives one number per channel, whatever the size of the map?',
        'zh': '图像大小为 {size} 时，最后的汇聚需要更大的特征图（{error}）。哪种汇聚不论特征图多大，每个通道都只给出一个数？',
    },
    'stride_is_bool': {
        'en': 'A block got use_residual as its stride. In which order does ResBlock, or '
              'resnet_module, take its arguments?',
        'zh': '有的残差单元把 use_residual 当成了步长。ResBlock 和 resnet_module 的参数是什么顺序？',
    },
    'head_bias': {
        'en': 'The linear layer at the end has no bias, and ResNet18 has one there.',
        'zh': '最后的全连接层没有偏置，而 ResNet18 的这一层是有偏置的。',
    },
    'random_in_training': {
        'en': 'In training mode the network gives two answers for the same images: a layer draws '
              'random numbers. Which layer does that, and does ResNet18 have one?',
        'zh': '训练模式下，同样的图像两次得到的输出不同：有一层用到了随机数。是哪一层？ResNet18 里有这样的层吗？',
    },
    'no_flatten': {
        'en': 'Behind the pooling each image still has the shape (512, 1, 1), and the linear layer '
              'wants a vector of 512 numbers. What turns the one into the other?',
        'zh': '汇聚之后每幅图像的形状还是 (512, 1, 1)，而全连接层需要 512 维的向量。中间还缺什么？',
    },
    'num_blocks': {
        'en': 'With num_blocks={given} the modules 2 to 5 should have {expected} convolutions of '
              '3x3, yours have {got}. Is num_blocks passed on?',
        'zh': 'num_blocks={given} 时，第二到第五模块应当共有 {expected} 个 3×3 卷积，你的有 {got} 个。'
              'num_blocks 传下去了吗？',
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
        'zh': '网络不是以第一模块开始的：找不到这样一个 7×7 卷积，它的输入是图像，后面依次是批量规范化、ReLU 和最大汇聚。',
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
        'zh': '第 {module} 模块中有一个残差单元给出的不是 ReLU(f(x) + x)（不用残差连接时是 ReLU(f(x))）。'
              '残差单元之间是不是多了什么？',
    },
    'max_pooling': {
        'en': 'The last map is reduced to its maximum. What does module 6 take of each channel?',
        'zh': '最后的特征图取的是最大值。第六模块对每个通道取什么？',
    },
    'softmax_at_the_end': {
        'en': 'The output is already a probability distribution. The loss, F.cross_entropy, takes '
              'the numbers in front of the softmax (logits) and would apply it twice.',
        'zh': '输出已经是概率分布了。损失函数 F.cross_entropy 需要的是 softmax 之前的数值（logits），'
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
SIZE = 64, 32  # module 5 gives 2x1 maps, so that the pooling shows
WIDTHS = {2: 64, 3: 128, 4: 256, 5: 512}
# in_channels, num_classes, use_residual
NETWORKS = (1, 10, True), (2, 7, True), (1, 10, False)
OTHER_BLOCKS = 1, 2, 1, 1


@exercise('Model_ResNet18', PASSED, FAULTS)
def network(cls):
    """Check the whole network.

    Args:
        cls: the student's class, ``cls(in_channels=3, num_classes=10, use_residual=True)``.

    Returns:
        ``Feedback``.
    """
    yield from first_faults(*(_network_faults(cls, *case) for case in NETWORKS),
                            _blocks_faults(cls))


def _blocks_faults(cls):
    if 'num_blocks' not in inspect.signature(cls).parameters:
        return  # the textbook's has no such parameter
    model = cls(in_channels=1, num_blocks=OTHER_BLOCKS)
    _, calls = trace(model.eval(), torch.zeros(1, 1, *SIZE))
    expected, got = 2 * sum(OTHER_BLOCKS), len(convs_of(calls, kernel=3))
    if got != expected:
        yield 'num_blocks', {'given': OTHER_BLOCKS, 'expected': expected, 'got': got}


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
    yield from first_faults(faults, _head_faults(model, last, output), _training_faults(model, x))


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
            yield 'module_stride', {'module': module, 'given': size_text(given), 'got': size_text(got),
                                    'expected': size_text(expected)}


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


def _training_faults(model, x):
    """What an evaluation cannot show."""
    with torch.no_grad():
        if not same(model.train()(x), model(x)):
            yield 'random_in_training', {}


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
        'wrong_block': None if other is None else F.linear(other.mean((2, 3)), weight, bias),
    }
