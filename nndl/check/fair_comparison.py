"""Check of a fair comparison: what the student built for each seed, arm by arm."""

from collections.abc import Iterable
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from nndl.check.feedback import described, exercise
from nndl.data import MNIST_dataset
from nndl.inspection import hooked, in_eval_mode

__all__ = ['fair_comparison']

PASSED = {
    'en': 'Your comparison is fair: for each seed both networks begin with equal tensors and see '
          'equal batches in the same order, epoch after epoch; their optimizers have the same '
          'settings; the plain network has no residual connection and the other one has; '
          'another seed gives other tensors and other batches; and it can be repeated.',
    'zh': '你的对比是公平的：对每个随机种子，两个网络的初始张量相同，每一轮看到的批次和顺序也相同；优化器的设置相同；'
          '一个网络没有残差连接，另一个有；换一个随机种子，张量和批次也随之改变；整个对比可以重复。',
}
FAULTS = {
    'not_pairs': {
        'en': 'Expected for each seed a pair, first the plain arm and then the residual one, each '
              'of them (model, optimizer, train_loader); got {got}.',
        'zh': '每个随机种子应当给出一对：先是没有残差连接的一组，再是有残差连接的一组，每组为 '
              '(model, optimizer, train_loader)；得到的却是 {got}。',
    },
    'arms_swapped': {
        'en': 'The first arm has the residual connection and the second has not. The plain arm '
              'comes first.',
        'zh': '第一组有残差连接，第二组没有。应当先给出没有残差连接的一组。',
    },
    'other_layers': {
        'en': 'The plain network has {plain} convolutions of 3x3, the residual one {residual}: they '
              'differ in more than the residual connection.',
        'zh': '没有残差连接的网络有 {plain} 个 3×3 卷积，有残差连接的有 {residual} 个：'
              '它们的差别不止是残差连接。',
    },
    'both_residual': {
        'en': 'Both networks have the residual connection: with f(x) = 0 their inputs still pass. '
              'Which argument of Model_ResNet18 switches it off?',
        'zh': '两个网络都有残差连接：即使 f(x) = 0，输入仍能通过。Model_ResNet18 的哪个参数可以关掉它？',
    },
    'both_plain': {
        'en': 'Neither network has a residual connection: with f(x) = 0 nothing passes. In what, '
              'then, do the two differ?',
        'zh': '两个网络都没有残差连接：当 f(x) = 0 时什么也通不过。那么两者还有什么区别？',
    },
    'tensors_differ': {
        'en': 'The networks begin with different tensors, for example {name}. A seed set before '
              'each of them is not enough, for they draw different numbers of random values. How '
              'can one be given the tensors of the other?',
        'zh': '两个网络的初始张量不同，例如 {name}。只在创建每个网络之前设置随机种子是不够的，因为两者抽取的随机数个数不同。'
              '怎样把一个网络的张量交给另一个？',
    },
    'shared_tensors': {
        'en': 'The networks share the same tensor in memory ({name}): training one changes the '
              'other. They should begin alike, but each with tensors of its own.',
        'zh': '两个网络共用了内存中的同一个张量（{name}）：训练一个就会改动另一个。它们的起点应当相同，但各有各的张量。',
    },
    'wrong_optimizer': {
        'en': 'The optimizer of the {arm} arm does not hold the parameters of its own model. '
              'Whose parameters was it given?',
        'zh': '{arm} 组的优化器里不是这一组模型的参数。创建它的时候传入了谁的参数？',
    },
    'learning_rates': {
        'en': 'The learning rates differ: {plain} and {residual}. If one network ends up better, '
              'what was the reason?',
        'zh': '两组的学习率不同：{plain} 和 {residual}。如果其中一个网络更好，原因究竟是什么？',
    },
    'optimizer_settings': {
        'en': 'The optimizers differ in {name}: {plain} and {residual}.',
        'zh': '两组优化器的 {name} 不同：{plain} 和 {residual}。',
    },
    'batches_differ': {
        'en': 'In epoch {epoch} the networks see different batches, or in another order. Where '
              'does each DataLoader take its random numbers from, and have they been used before?',
        'zh': '在第 {epoch} 轮中，两个网络看到的批次或批次的顺序不同。每个 DataLoader 的随机数从哪里来？之前有没有被用过？',
    },
    'one_seed': {
        'en': 'There is one pair only. From one difference nobody can say how much of it is '
              'chance. What would change from run to run?',
        'zh': '只有一对。只凭一个差值，无法判断其中有多少是偶然。换一次运行，哪些东西会变？',
    },
    'two_seeds': {
        'en': 'There are two pairs only, and the lab goes on with three.',
        'zh': '只有两对，而后面要用到三对。',
    },
    'in_channels': {
        'en': 'The network does not take a digit of one channel. What is the default of '
              'in_channels?',
        'zh': '网络不能接收单通道的数字图像。in_channels 的默认值是多少？',
    },
    'other_digits': {
        'en': 'The train_loader does not draw from the digits that fair_pairs was given. Which '
              'data set does it hold?',
        'zh': 'train_loader 取的不是传给 fair_pairs 的那些数字图像。它用的是哪个数据集？',
    },
    'other_optimizer': {
        'en': 'The settings are fair, but not those of this exercise, so the numbers that follow '
              'would not be comparable: wanted is SGD without momentum at one of the learning '
              'rates of the textbook; {name} is {value}.',
        'zh': '两组的设置是公平的，但与题目要求的不同，后面的数就没有可比性了：要求用不带动量的 SGD，'
              '学习率从教材用过的两个中选一个；而你的 {name} 是 {value}。',
    },
    'same_tensors_again': {
        'en': 'Another seed gives the same initial tensors: the runs do not show how much depends '
              'on the start.',
        'zh': '换了随机种子，初始张量却没有变：这样的多次运行看不出结果有多依赖初始值。',
    },
    'same_batches_again': {
        'en': 'Another seed gives the same batches in the same order: the runs do not show how '
              'much depends on the order.',
        'zh': '换了随机种子，批次及其顺序却没有变：这样的多次运行看不出结果有多依赖批次的顺序。',
    },
    'tensors_not_repeatable': {
        'en': 'Called a second time, your function gives other initial tensors. What has to be '
              'seeded, and when, so that others get your results?',
        'zh': '再次调用你的函数，得到的初始张量不一样。要在什么时候、给什么设置随机种子，别人才能得到你的结果？',
    },
    'batches_not_repeatable': {
        'en': 'Called a second time, your function gives other batches. Where does the order come '
              'from?',
        'zh': '再次调用你的函数，得到的批次不一样。批次的顺序是由什么决定的？',
    },
}
EPOCHS = 2
ASKED_FOR = {'type': ('SGD',), 'momentum': (0,), 'lr': (0.005, 0.01)}


@exercise('fair_pairs', PASSED, FAULTS)
def fair_comparison(fair_pairs):
    """Check a comparison of ResNet18 without and with the residual connection.

    Args:
        fair_pairs: the student's function; ``fair_pairs(digits)`` gives one pair for each seed,
            ``(plain, residual)``, each ``(model, optimizer, train_loader)``.

    Returns:
        ``Feedback``.
    """
    digits = _digits()
    with torch.random.fork_rng(devices=[]):
        try:
            pairs = _pairs(fair_pairs, digits)
            first, second, third = (next(pairs, None) for _ in range(3))
            pairs.close()  # memory holds one pair at a time
            again = next(_pairs(fair_pairs, digits), None) if first and second else None
        except _Unfair as unfair:
            yield unfair.fault, unfair.details
            return
    if first is None:
        yield 'not_pairs', {'got': '[]'}
    elif second is None:
        yield 'one_seed', {}
    elif third is None:
        yield 'two_seeds', {}
    else:
        yield from _faults_between_calls(first, second, again)


class _Unfair(Exception):
    def __init__(self, fault, **details):
        super().__init__(fault)
        self.fault, self.details = fault, details


def _pairs(fair_pairs, digits):
    """What is to be compared of each pair: samples of its tensors, and its batches.

    Raises:
        _Unfair: where the arms of a pair differ in more than the residual connection.
    """
    made = fair_pairs(digits)
    if not isinstance(made, Iterable):
        raise _Unfair('not_pairs', got=described(made))
    for pair in made:
        if not _is_pair(pair):
            raise _Unfair('not_pairs', got=described(pair))
        (plain, _, plain_loader), (residual, _, loader) = pair
        _judge_networks(plain, residual)
        _judge_tensors(plain, residual)
        _judge_optimizers(pair)
        yield _samples(residual), _judge_batches(plain_loader, loader, digits)


def _judge_networks(plain, residual):
    faults = {(True, True): 'both_residual', (False, False): 'both_plain',
              (True, False): 'arms_swapped'}
    found = _has_residual(plain), _has_residual(residual)
    if found in faults:
        raise _Unfair(faults[found])
    layers = _number_of_convolutions(plain), _number_of_convolutions(residual)
    if layers[0] != layers[1]:
        raise _Unfair('other_layers', plain=layers[0], residual=layers[1])


def _number_of_convolutions(model):
    return sum(isinstance(module, nn.Conv2d) and tuple(module.kernel_size) == (3, 3)
               for module in model.modules())


def _judge_tensors(plain, residual):
    theirs = residual.state_dict()
    for name, tensor in plain.state_dict().items():
        if name not in theirs or not torch.equal(theirs[name], tensor):
            raise _Unfair('tensors_differ', name=name)
        if theirs[name].data_ptr() == tensor.data_ptr():
            raise _Unfair('shared_tensors', name=name)


def _judge_optimizers(pair):
    for arm, (model, optimizer, _) in zip(('plain', 'residual'), pair, strict=True):
        held = {id(p) for group in optimizer.param_groups for p in group['params']}
        if held != {id(p) for p in model.parameters()}:
            raise _Unfair('wrong_optimizer', arm=arm)
    plain, residual = (_settings(optimizer) for _, optimizer, _ in pair)
    if plain['lr'] != residual['lr']:
        raise _Unfair('learning_rates', plain=plain['lr'], residual=residual['lr'])
    for name in ('type', *sorted(plain.keys() | residual.keys())):
        if plain.get(name) != residual.get(name):
            raise _Unfair('optimizer_settings', name=name, plain=plain.get(name),
                          residual=residual.get(name))
    for name, allowed in ASKED_FOR.items():
        if plain.get(name, allowed[0]) not in allowed:
            raise _Unfair('other_optimizer', name=name, value=plain[name])


def _settings(optimizer):
    """{setting: value}, or {setting: values} where the parameters are in several groups."""
    groups = optimizer.param_groups
    settings = {name: [group[name] for group in groups] if len(groups) > 1 else groups[0][name]
                for name in groups[0] if name != 'params'}
    return settings | {'type': type(optimizer).__name__}


def _judge_batches(plain_loader, residual_loader, digits):
    """The batches of both, which are trained one after the other."""
    plain = [list(plain_loader) for _ in range(EPOCHS)]
    residual = [list(residual_loader) for _ in range(EPOCHS)]
    for epoch in range(EPOCHS):
        if not _same_batches(plain[epoch], residual[epoch]):
            raise _Unfair('batches_differ', epoch=epoch + 1)
    first = residual[0][0][0][0] if residual[0] else None  # of epoch 1: an image of batch 1
    if first is None or not any(torch.equal(first, image) for image in digits.images):
        raise _Unfair('other_digits')
    return residual


def _same_batches(one, other):
    return len(one) == len(other) and all(
        torch.equal(a, b) for batch, twin in zip(one, other, strict=True)
        for a, b in zip(batch, twin, strict=True))


def _faults_between_calls(first, second, again):
    """From seed to seed everything changes, from call to call nothing."""
    if _same_tensors(first, second):
        yield 'same_tensors_again', {}
    if _same_order(first, second):
        yield 'same_batches_again', {}
    if not _same_tensors(first, again):
        yield 'tensors_not_repeatable', {}
    if not _same_order(first, again):
        yield 'batches_not_repeatable', {}


def _same_tensors(one, other):
    return all(torch.equal(tensor, other[0][name]) for name, tensor in one[0].items())


def _same_order(one, other):
    return all(map(_same_batches, one[1], other[1]))


def _samples(model):
    """The first values of every tensor: enough to tell two initialisations apart."""
    return {name: tensor.flatten()[:64].clone() for name, tensor in model.state_dict().items()}


def _has_residual(model):
    """Whether anything passes when f(x) = 0 in every block.

    f ends with a 3x3 convolution and its normalisation; those are found by what flows through.
    """
    outputs, norms, hooks = [], [], []
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and tuple(module.kernel_size) == (3, 3):
            hooks.append(module.register_forward_hook(
                lambda conv, inputs, output: outputs.append(output)))
        if isinstance(module, nn.BatchNorm2d):
            hooks.append(module.register_forward_pre_hook(
                lambda norm, inputs: norms.append(norm)
                if any(inputs[0] is output for output in outputs) else None))
    images = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    with in_eval_mode(model), torch.no_grad():
        try:
            with hooked(hooks):
                model(images)
        except RuntimeError as error:
            if 'expected input[2, 1, 32, 32]' not in str(error):
                raise
            raise _Unfair('in_channels') from error
        with _set_to_zero([p for norm in norms for p in norm.parameters()]):
            one, other = model(images)
    return not torch.allclose(one, other, atol=1e-6)


@contextmanager
def _set_to_zero(parameters):
    """Within, the parameters are 0; a copy of the whole network would take 45 MB."""
    kept = [p.clone() for p in parameters]
    for p in parameters:
        p.zero_()
    try:
        yield
    finally:
        for p, before in zip(parameters, kept, strict=True):
            p.copy_(before)


def _is_pair(pair):
    return (isinstance(pair, tuple | list) and len(pair) == 2
            and all(isinstance(arm, tuple | list) and len(arm) == 3
                    and isinstance(arm[0], nn.Module)
                    and isinstance(arm[1], torch.optim.Optimizer)
                    and isinstance(arm[2], Iterable) for arm in pair))


def _digits():
    """Images of noise, so that no two batches are alike."""
    random = np.random.RandomState(0)
    return MNIST_dataset((random.randint(0, 256, (150, 28, 28), dtype=np.uint8),
                          random.randint(0, 10, 150)), mode='noise')
