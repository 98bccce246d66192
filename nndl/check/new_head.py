"""Check of the new head: what the changed model computes, and what in it can learn."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import exercise, first_faults, misfit
from nndl.check.trace import same

__all__ = ['new_head']

PASSED = {
    'en': 'Your function gives networks with 512 and with 2048 features a linear layer for the '
          'number of classes that is asked for. The body computes what it computed before and gets '
          'no gradient; the new layer does.',
    'zh': '无论特征是 512 维还是 2048 维，你的函数都换上了一个全连接层，类别数与要求一致。主体的计算结果与原来相同，'
          '并且得不到梯度；新的全连接层能得到梯度。',
}
FAULTS = {
    'signature': {
        'en': 'The function cannot be called as new_head(model, num_classes): {error}.',
        'zh': '不能用 new_head(model, num_classes) 调用你的函数：{error}。',
    },
    'no_classifier': {
        'en': 'A ResNet has no attribute classifier: that is what VGG calls its last layers. What '
              'is the last line of print(model)?',
        'zh': 'ResNet 没有 classifier 这个属性，那是 VGG 最后几层的名字。print(model) 的最后一行是什么？',
    },
    'not_a_model': {
        'en': 'The function should return the whole network, and it returns {got}. Where is the '
              'return?',
        'zh': '函数应当返回整个网络，而它返回的是 {got}。return 写了吗？返回的是什么？',
    },
    'wrong_in_features': {
        'en': 'In a network whose last layer takes {in_features} features, the new layer takes '
              'another number. Where does the old layer keep that number?',
        'zh': '当网络的最后一层接收 {in_features} 维特征时，新的层接收的维数与之不同。能不能从旧的层那里得到这个数？',
    },
    'head_not_used': {
        'en': 'The network has a new layer, but its output still has {got} numbers per image: '
              'forward never calls the new layer. Which name does forward use for the last layer?',
        'zh': '网络里有了新的层，但每幅图像的输出仍然是 {got} 个数：forward 从来没有调用新的层。'
              'forward 里最后一层用的是哪个名字？',
    },
    'head_not_replaced': {
        'en': 'The output still has the {got} numbers of the old head: no layer is new.',
        'zh': '输出仍然是旧的头部给出的 {got} 个数：没有任何一层是新的。',
    },
    'num_classes_ignored': {
        'en': 'With num_classes={num_classes} the output has shape {got}, expected {expected}. '
              'Does the new layer ask for num_classes?',
        'zh': 'num_classes={num_classes} 时输出形状是 {got}，应当是 {expected}。新的层用到 num_classes 了吗？',
    },
    'old_head_stays': {
        'en': 'The new layer stands behind the old head and takes its {old} class scores. It '
              'should replace the old head and take the features themselves.',
        'zh': '新的层接在了旧的头部后面，输入是旧头部给出的 {old} 个类别得分。它应当取代旧的头部，直接接收特征。',
    },
    'body_lost': {
        'en': '{n} tensors of the body are no longer what they were, so what it had learnt is '
              'lost. Was a new network made, or the body started anew?',
        'zh': '主体中有 {n} 个张量与原来不同，学到的东西丢失了。是不是新建了一个网络，或者把主体重新初始化了？',
    },
    'not_one_linear': {
        'en': 'The head should be one linear layer on the features; the new parameters of yours '
              'have the shapes {shapes}.',
        'zh': '头部应当是接在特征上的一个全连接层，而你的新参数的形状是 {shapes}。',
    },
    'head_frozen': {
        'en': 'A parameter of the new layer gets no gradient, so the head cannot learn. In which '
              'order do you freeze and replace?',
        'zh': '新的层中有参数得不到梯度，头部无法学习。冻结和替换的先后顺序是怎样的？',
    },
    'body_not_frozen': {
        'en': '{n} of the {total} parameter tensors of the body (that of the small ResNet of this '
              'check) still get a gradient, so the optimizer would change them. Which attribute of '
              'a parameter says that it learns?',
        'zh': '检查用的小 ResNet 的主体有 {total} 个参数张量，其中 {n} 个仍然得到梯度，优化器会改动它们。'
              '参数的哪个属性决定它是否学习？',
    },
    'wrong_output': {
        'en': 'The output is not what the new layer gives for the features of the body. What else '
              'happens to it? cross_entropy expects plain scores.',
        'zh': '输出不等于新的层对主体特征的计算结果。还对它做了什么？cross_entropy 需要的是 logits，即没有再做任何处理的得分。',
    },
}
OLD_CLASSES = 1000  # as in torchvision's networks


@exercise('new_head', PASSED, FAULTS)
def new_head(fn):
    """Check a function that replaces the head and freezes the body.

    Args:
        fn: the student's function, ``fn(model, num_classes)`` for torchvision's ResNets, returns
            the network.

    Returns:
        ``Feedback``.
    """
    from torchvision.models.resnet import BasicBlock, Bottleneck

    yield from first_faults(*(_faults(fn, block, num_classes) for block, num_classes
                              in ((BasicBlock, 7), (Bottleneck, 4))))


def _faults(fn, block, num_classes):
    model = _network(block)
    before = copy.deepcopy(model)
    if error := misfit(fn, model, num_classes):
        yield 'signature', {'error': error}
        return
    try:
        changed = fn(model, num_classes)
    except AttributeError as error:
        if "no attribute 'classifier'" not in str(error):
            raise
        yield 'no_classifier', {}
        return
    if not isinstance(changed, nn.Module) or isinstance(changed, nn.Linear):
        yield 'not_a_model', {'got': type(changed).__name__}
        return
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    try:
        output = changed.eval()(x)
    except RuntimeError as error:
        if 'shapes cannot be multiplied' not in str(error):
            raise
        yield 'wrong_in_features', {'in_features': before.fc.in_features}
        return
    yield from _output_faults(changed, before, x, output, num_classes)


def _output_faults(changed, before, x, output, num_classes):
    old = _marks(before)
    head = [p for p in changed.parameters() if _mark(p) not in old]
    got = tuple(getattr(output, 'shape', ())) or type(output).__name__
    if got == (2, OLD_CLASSES):
        yield ('head_not_used' if head else 'head_not_replaced'), {'got': OLD_CLASSES}
    elif got != (2, num_classes):
        yield 'num_classes_ignored', {'num_classes': num_classes, 'got': got,
                                      'expected': (2, num_classes)}
    else:
        yield from _layer_faults(changed, before, head, x, output)


def _layer_faults(changed, before, head, x, output):
    """Body and head of a network whose output has the right shape."""
    n_features, num_classes = before.fc.in_features, output.shape[1]
    shapes = [tuple(p.shape) for p in head]
    if (num_classes, OLD_CLASSES) in shapes:
        yield 'old_head_stays', {'old': OLD_CLASSES}
        return
    before.fc = nn.Identity()
    body = _marks(before)
    if lost := body - _marks(changed):
        yield 'body_lost', {'n': len(lost)}
        return
    if shapes not in ([(num_classes, n_features)], [(num_classes, n_features), (num_classes,)]):
        yield 'not_one_linear', {'shapes': ', '.join(map(str, shapes))}
        return
    learning = _get_gradient(changed, output)
    if not all(id(p) in learning for p in head):
        yield 'head_frozen', {}
    body_parameters = [p for p in changed.parameters() if _mark(p) in body]
    if n := sum(id(p) in learning for p in body_parameters):
        yield 'body_not_frozen', {'n': n, 'total': len(body_parameters)}
    with torch.no_grad():
        expected = F.linear(before.eval()(x), *head)
    if not same(output, expected):
        yield 'wrong_output', {}


def _get_gradient(model, output):
    """Identities of the parameters that a training step would change."""
    if not output.requires_grad:
        return set()
    for parameter in model.parameters():
        parameter.grad = None
    (output * torch.linspace(1, 2, output.numel()).view_as(output)).sum().backward()
    return {id(p) for p in model.parameters() if p.grad is not None}


def _network(block):
    """A small ResNet of torchvision's, no two tensors of which are alike."""
    from torchvision.models import ResNet

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = ResNet(block, [1, 1, 1, 1], num_classes=OLD_CLASSES)
        with torch.no_grad():
            for module in network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    for tensor in (module.weight, module.running_var):
                        tensor.uniform_(0.5, 1.5)
                    for tensor in (module.bias, module.running_mean):
                        tensor.uniform_(-0.5, 0.5)
    return network


def _marks(model):
    """What tells the learnt tensors of a model apart, whatever their names."""
    tensors = [*model.parameters(), *(b for b in model.buffers() if b.is_floating_point())]
    return {_mark(tensor) for tensor in tensors}


def _mark(tensor):
    """Shape and two sums, enough to tell random tensors apart."""
    values = tensor.detach()
    return tuple(values.shape), values.sum().item(), values.abs().sum().item()
