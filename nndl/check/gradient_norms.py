"""Check of the exercise gradient_norms: the length of each parameter's gradient."""

from numbers import Real

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import exercise, first_faults

__all__ = ['gradient_norms']

PASSED = {
    'en': 'Your function gives the length of the gradient for every parameter, in train and in '
          'eval mode, for two loss functions, the same when it is called again; frozen '
          'and unused parameters are left out, and the network is left without gradients of yours.',
    'zh': '你的函数对每个参数都算出了梯度的长度：训练模式和评价模式、两种损失函数下都正确，重复调用结果不变；'
          '被冻结的参数和没有用到的参数没有列出，调用之后网络里也没有留下你的梯度。',
}
FAULTS = {
    'not_a_dict': {
        'en': 'The function should return a dict {{name of the parameter: norm}}, yours returned '
              '{got}.',
        'zh': '函数应当返回字典 {{参数名：范数}}，你的返回了 {got}。',
    },
    'no_backward': {
        'en': 'There are no gradients to measure: p.grad is None, or the dict is empty. What has '
              'to be called on the loss first?',
        'zh': '没有梯度可量：p.grad 是 None，或者字典是空的。要先对损失调用什么？',
    },
    'no_graph': {
        'en': 'The loss does not know how it was computed, so nothing can flow back ({error}). '
              'Which part of the forward pass ran without recording (no_grad, detach, item)?',
        'zh': '损失不知道自己是怎么算出来的，因此无法反向传播（{error}）。'
              '前向计算的哪一部分没有被记录下来（no_grad、detach、item）？',
    },
    'swapped': {
        'en': 'loss_fn got the labels first. In what order does F.cross_entropy take its two '
              'arguments?',
        'zh': '传给 loss_fn 的第一个参数是标签。F.cross_entropy 的两个参数是什么顺序？',
    },
    'names_missing': {
        'en': 'The dict should have one entry for each parameter that has a gradient, whatever its '
              'name. Of the small network of this check {n} are missing: {names}.',
        'zh': '每个有梯度的参数，不论叫什么名字，字典里都应当有一项。对检查用的小网络，缺少 {n} 项：{names}。',
    },
    'names_extra': {
        'en': 'The dict has entries that are no names of model.named_parameters(): {names}.',
        'zh': '字典里有些名字不是 model.named_parameters() 给出的：{names}。',
    },
    'frozen': {
        'en': 'The function does not cope with a frozen parameter (requires_grad=False): it has '
              'no gradient and should be left out. How can you recognise such a parameter?',
        'zh': '函数没有处理好被冻结的参数（requires_grad=False）：它没有梯度，不应当列出。怎样认出这样的参数？',
    },
    'unused': {
        'en': 'The function does not cope with a parameter that takes no part in the loss, like '
              'those on a shortcut that is switched off: backward leaves its p.grad as None. It '
              'should be left out; how can you recognise it?',
        'zh': '函数没有处理好没有参与计算的参数（例如被关掉的直连边上的参数）：反向传播之后它的 p.grad 仍是 None。'
              '它不应当列出；怎样认出这样的参数？',
    },
    'not_a_number': {
        'en': 'Each entry should be one number, yours has shape {shape}. Which function turns a '
              'tensor into its length?',
        'zh': '字典的每一项应当是一个数，而你给出的值形状是 {shape}。哪个函数能把张量变成它的长度？',
    },
    'weight_norm': {
        'en': 'These are the lengths of the parameters themselves, not of their gradients. Where '
              'does autograd put the gradient of a parameter?',
        'zh': '这是参数本身的长度，不是梯度的长度。自动求导把参数的梯度放在哪里？',
    },
    'squared': {
        'en': 'These are the sums of squares; one step is missing for the length.',
        'zh': '这是平方和，离长度还差一步。',
    },
    'mean': {
        'en': 'The mean was taken over the entries of the gradient. The length of a vector is '
              'not divided by the number of its entries.',
        'zh': '这里对梯度的各个分量取了平均。向量的长度不除以分量的个数。',
    },
    'other_norm': {
        'en': 'This is {which}. Wanted is the L2 norm, the root of the sum of squares.',
        'zh': '这是 {which}；要求的是 L2 范数，即平方和的平方根。',
    },
    'relative': {
        'en': 'The lengths were divided by those of the parameters. That is a useful number too, '
              'but wanted is the length of the gradient itself.',
        'zh': '这里把梯度的长度除以了参数的长度。这个量也有用，但这里要的是梯度本身的长度。',
    },
    'loss_ignored': {
        'en': 'The gradient is not that of loss_fn(model(inputs), labels): {instead}. What should '
              'backward be called on?',
        'zh': '求的是 {instead} 的梯度，而不是 loss_fn(model(inputs), labels) 的梯度。应当对什么调用 backward？',
    },
    'accumulates': {
        'en': 'The first call is right and a later one is not: backward *adds* to the gradients '
              'that are there already. What has to be done before it?',
        'zh': '第一次调用结果正确，再次调用就不对了：backward 会把新梯度加到已有的梯度上。调用它之前要做什么？',
    },
    'leaves_gradients': {
        'en': 'The norms are right, but the gradients stay in the network; a training step that '
              'comes later would add to them. How are they cleared?',
        'zh': '范数是对的，但梯度留在了网络里，之后的训练会在它们上面累加。怎样清除它们？',
    },
    'wrong_mode': {
        'en': 'The network should be measured in the mode in which it is handed over, and left in '
              'it. Does your function call model.train() or model.eval()?',
        'zh': '应当在传入时的模式下测量网络，并保持这个模式。你的函数里调用了 model.train() 或 model.eval() 吗？',
    },
    'weights_changed': {
        'en': 'The function changes the parameters of the network. It should only measure: no '
              'step of an optimizer belongs in it.',
        'zh': '函数改动了网络的参数。它只应当测量，里面不该有优化器的更新。',
    },
    'wrong_norms': {
        'en': 'The norm of {name} is {got:.4g}, expected {expected:.4g}.',
        'zh': '{name} 的范数是 {got:.4g}，应当是 {expected:.4g}。',
    },
}
OUTPUTS_SUMMED = {'instead': 'sum(model(inputs))'}
OWN_LOSS = {'instead': 'F.cross_entropy(model(inputs), labels)'}


@exercise('gradient_norms', PASSED, FAULTS)
def gradient_norms(fn):
    """Check a function that measures the gradient of every parameter.

    Args:
        fn: the student's, ``fn(model, loss_fn, inputs, labels)`` -> {name of a parameter: L2 norm
            of the gradient of ``loss_fn(model(inputs), labels)``}.

    Returns:
        ``Feedback``.
    """
    yield from first_faults(_faults_of_first_call(fn), _faults_of_later_calls(fn),
                            _faults_with_frozen(fn), _faults_with_unused(fn))


def _faults_of_first_call(fn):
    for train, loss_fn in ((True, F.cross_entropy), (False, _summed)):
        network = _network().train(train)
        expected, others = _reference(network, loss_fn), _others(network, loss_fn)
        before = [p.detach().clone() for p in network.parameters()]
        watched = _Watched(loss_fn)
        try:
            got = fn(network, watched, *_batch())
        except Exception as error:
            yield _explained(error, watched)
            return
        faults = list(_faults_of_answer(got, expected, others, watched.has_backward))
        if not all(map(torch.equal, before, network.parameters())):
            faults.insert(0, ('weights_changed', {}))
        elif any(module.training != train for module in network.modules()):
            faults.insert(0, ('wrong_mode', {}))
        yield from faults
        if faults:
            return


def _explained(error, watched):
    """The fault behind an exception; raises it again if it is not a typical one."""
    text = str(error)
    if watched.swapped:
        return 'swapped', {}
    if 'NoneType' in text:
        return 'no_backward', {}
    if 'does not require grad' in text or "'float' object has no attribute 'backward'" in text:
        return 'no_graph', {'error': text.split('\n')[0]}
    raise error


def _faults_of_answer(got, expected, others, has_backward):
    if not isinstance(got, dict):
        yield 'not_a_dict', {'got': type(got).__name__}
    elif got and all(value is None for value in got.values()) or not (got or has_backward):
        yield 'no_backward', {}
    elif missing := [name for name in expected if name not in got]:
        yield 'names_missing', {'n': len(missing), 'names': ', '.join(missing)}
    elif extra := [str(name) for name in got if name not in expected]:
        yield 'names_extra', {'names': ', '.join(extra)}
    elif shapes := [tuple(v.shape) for v in got.values() if torch.is_tensor(v) and v.numel() > 1]:
        yield 'not_a_number', {'shape': shapes[0]}
    elif not all(isinstance(v, Real) or torch.is_tensor(v) for v in got.values()):
        yield 'not_a_number', {'shape': '?'}
    elif not _close(got, expected):
        yield _known(got, others) or ('wrong_norms', _first_difference(got, expected))


def _faults_of_later_calls(fn):
    network, stale = _network(), _network()
    calls = [fn(network, F.cross_entropy, *_batch()) for _ in range(2)]
    left = [p.grad for p in network.parameters()]
    for p in stale.parameters():
        p.grad = torch.full_like(p, 3.0)
    calls.append(fn(stale, F.cross_entropy, *_batch()))
    expected = _reference(_network(), F.cross_entropy)
    if not all(_close(call, expected) for call in calls):
        yield 'accumulates', {}
    elif any(g is not None and g.any() for g in left):
        yield 'leaves_gradients', {}


def _faults_with_frozen(fn):
    network = _network()
    next(network.parameters()).requires_grad_(False)
    return _faults_unless_left_out('frozen', fn, network, _reference(network, F.cross_entropy))


def _faults_with_unused(fn):
    """Lab 04 switches shortcuts off, whose parameters then have no gradient."""
    network = _network()
    network.register_parameter('unused', nn.Parameter(torch.ones(2)))
    return _faults_unless_left_out('unused', fn, network, _reference(_network(), F.cross_entropy))


def _faults_unless_left_out(fault, fn, network, expected):
    """For a network with a parameter that has no gradient."""
    try:
        got = fn(network, F.cross_entropy, *_batch())
    except (AttributeError, RuntimeError, TypeError):
        got = {}
    if got.keys() != expected.keys() or not _close(got, expected):
        yield fault, {}


def _others(network, loss_fn):
    """What the typical mistakes give on this network: {(fault, details): {name: number}}."""
    g = dict(zip(_names(network), _gradients(network, loss_fn), strict=True))
    w = {name: p.detach() for name, p in network.named_parameters()}
    made = [
        ('weight_norm', {}, {n: w[n].norm() for n in g}),
        ('squared', {}, {n: g[n].square().sum() for n in g}),
        ('mean', {}, {n: g[n].mean() for n in g}),
        ('mean', {}, {n: g[n].abs().mean() for n in g}),
        ('mean', {}, {n: g[n].square().mean() for n in g}),
        ('mean', {}, {n: g[n].square().mean().sqrt() for n in g}),
        ('other_norm', {'which': 'L1, sum |g|'}, {n: g[n].abs().sum() for n in g}),
        ('other_norm', {'which': 'max |g|'}, {n: g[n].abs().max() for n in g}),
        ('other_norm', {'which': 'sum g'}, {n: g[n].sum() for n in g}),
        ('relative', {}, {n: g[n].norm() / w[n].norm() for n in g}),
        ('loss_ignored', OUTPUTS_SUMMED, _reference(network, lambda y, labels: y.sum())),
        ('loss_ignored', OWN_LOSS, _reference(network, F.cross_entropy)),
    ]
    mode = network.training
    made.append(('wrong_mode', {}, _reference(network.train(not mode), loss_fn)))
    network.train(mode)
    return made


def _known(got, others):
    return next(((fault, details) for fault, details, values in others if _close(got, values)),
                None)


def _first_difference(got, expected):
    name = next(n for n in expected if not _close({n: got[n]}, {n: expected[n]}))
    return {'name': name, 'got': float(got[name]), 'expected': float(expected[name])}


def _close(got, expected):
    """Equal up to rounding, all of them."""
    return all(abs(float(got[n]) - float(v)) <= 1e-4 * abs(float(v)) + 1e-6
               for n, v in expected.items())


def _reference(network, loss_fn):
    gradients = _gradients(network, loss_fn)
    return {name: g.norm() for name, g in zip(_names(network), gradients, strict=True)}


def _gradients(network, loss_fn):
    inputs, labels = _batch()
    learning = [p for p in network.parameters() if p.requires_grad]
    kept = {name: buffer.clone() for name, buffer in network.named_buffers()}
    made = torch.autograd.grad(loss_fn(network(inputs), labels), learning)
    for name, buffer in network.named_buffers():
        buffer.copy_(kept[name])
    return made


def _names(network):
    return [name for name, p in network.named_parameters() if p.requires_grad]


def _network():
    """A small network with batch normalisation, the same every time."""
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(),
                            nn.Linear(48, 5), nn.Tanh(), nn.Linear(5, 4))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in network.parameters():
            p.copy_(0.5 * torch.randn(p.shape, generator=generator))
    return network


def _batch():
    return (torch.randn(6, 1, 6, 6, generator=torch.Generator().manual_seed(1)),
            torch.tensor([0, 1, 2, 3, 0, 1]))


def _summed(outputs, labels):
    return F.cross_entropy(outputs, labels, reduction='sum')


class _Watched:
    """A loss function that notes whether it got the labels first, and whether backward came."""

    def __init__(self, loss_fn):
        self.loss_fn, self.swapped, self.has_backward = loss_fn, False, False

    def __call__(self, outputs, labels):
        self.swapped = torch.is_tensor(outputs) and not outputs.is_floating_point()
        loss = self.loss_fn(outputs, labels)
        if loss.requires_grad:
            loss.register_hook(self._note_backward)
        return loss

    def _note_backward(self, gradient):
        self.has_backward = True
