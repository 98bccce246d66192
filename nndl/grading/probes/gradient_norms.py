"""Lab 04: gradient_norms."""

from nndl.grading.inside.plain import pack, unpack_all
from nndl.grading.probes.compare import close, same_number
from nndl.grading.probes.training_step import random_values

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'ANSWERS', 'PROBES', 'judge']

NAME = 'gradient_norms'
CHECK = 'gradient_norms'
HIDDEN = {'nndl.study.gradients': ('gradient_norms',)}
ANSWERS = {'nndl.check.gradient_norms': '*'}  # its check measures too
PROBES = {
    'norms': (1, {'en': 'the L2 norm of every gradient, in train and in eval mode; the network '
                        'stays as it was',
                  'zh': '训练模式和评价模式下每个参数的梯度的 L2 范数；网络保持原样'}),
    'again': (1, {'en': 'the same when called again, and no gradient left behind',
                  'zh': '再次调用结果不变，调用之后不留下梯度'}),
    'frozen': (1, {'en': 'frozen parameters are left out, and those that take no part',
                   'zh': '被冻结的参数和没有参与计算的参数不列出'}),
}


def judge(ask, draw):
    """By the norms on a small network with random parameters."""
    values, scale = random_values(draw), draw.number(1.5, 2.5)
    batch = draw.normal(6, 4), draw.integers(3, 6)

    def measured(**how):
        told = ask('norms', values=values, batch=list(map(pack, batch)), scale=scale, **how)
        right, network = _right(unpack_all(values), batch, scale, **how)
        good = bool(told) and len(told['norms']) == how.get('calls', 1) and all(
            norms.keys() == right.keys() and all(same_number(norms[n], right[n]) for n in right)
            for norms in told['norms'])
        unchanged = bool(told) and told['train'] == how.get('train', True) and all(
            close(told['state'][name], p.detach()) for name, p in network.named_parameters())
        return good and unchanged, bool(told) and not told['left']

    yield 'norms', measured()[0] and measured(train=False)[0]
    yield 'again', all(measured(calls=2)) and measured(stale=True)[0]
    yield 'frozen', measured(frozen=['0.weight', '3.bias'])[0] and measured(unused=True)[0]


def _right(values, batch, scale, train=True, calls=1, frozen=(), stale=False, unused=False):
    import torch

    from nndl.grading.inside.training import scaled_loss, small_network

    network = small_network(values).train(train)
    learning = {name: p for name, p in network.named_parameters() if name not in frozen}
    loss = scaled_loss(scale)(network(batch[0]), batch[1])
    gradients = torch.autograd.grad(loss, list(learning.values()))
    return {name: float(g.norm()) for name, g in zip(learning, gradients, strict=True)}, network
