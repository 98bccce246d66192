"""Lab 03: fair_pairs."""

from itertools import combinations

from nndl.grading.inside.plain import pack
from nndl.grading.probes.compare import unpacked

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'PRELOADED', 'PROBES', 'judge']

NAME = 'fair_pairs'
CHECK = 'fair_comparison'
HIDDEN = {}
PRELOADED = ('torch._dynamo',)
PROBES = {
    'arms': (1, {'en': 'the first network without, the second with the residual connection, '
                       'equally deep',
                 'zh': '第一个网络没有残差连接，第二个有，深度相同'}),
    'tensors': (1, {'en': 'equal initial tensors, not shared', 'zh': '初始张量相等，但不共用'}),
    'settings': (1, {'en': "each optimizer is SGD without momentum over its own network's "
                           'parameters, at one of the two learning rates, the same in both',
                     'zh': '优化器都是自己网络上不带动量的 SGD，学习率相同，是题目给的两个之一'}),
    'batches': (1, {'en': 'equal batches in equal order, epoch after epoch',
                    'zh': '每一轮的批次及其顺序都相同'}),
    'seeds': (1, {'en': 'three seeds, each with other tensors and batches; the same when called '
                        'again',
                  'zh': '三个随机种子：张量和批次各不相同，再次调用则完全相同'}),
}
DIGITS = 150


def judge(ask, draw):
    """By tensors, settings, outputs and batches of both arms."""
    told = ask('fair_pairs', direction=pack(draw.normal(64)), x=pack(draw.normal(2, 1, 32, 32)))
    pairs = told.get('pairs', [])
    yield 'arms', bool(pairs) and all(map(_arms, pairs))
    yield 'tensors', bool(pairs) and all(map(_tensors, pairs))
    yield 'settings', bool(pairs) and all(map(_settings, pairs))
    yield 'batches', bool(pairs) and all(map(_batches, pairs))
    yield 'seeds', len(pairs) == 3 and _seeds(*pairs, *told['again'])


def _arms(pair):
    passes = []
    for arm in pair:
        silenced = unpacked(arm['silenced'])
        if silenced is None:
            return False
        passes.append(float((silenced[0] - silenced[1]).abs().max()) > 1e-6)
    return passes == [False, True] and pair[0]['convolutions'] == pair[1]['convolutions'] > 0


def _tensors(pair):
    plain, residual = pair
    return not plain['shared'] and bool(plain['tensors']) and all(
        residual['tensors'].get(name) == tensor for name, tensor in plain['tensors'].items())


def _settings(pair):
    plain, residual = pair
    return (plain['holds'] and residual['holds'] and plain['settings'] == residual['settings']
            and plain['lr'] == residual['lr'] and plain['settings'][0] == ['SGD']
            and set(plain['lr']) <= {0.005, 0.01}
            and all('momentum: 0' in group or 'momentum: 0.0' in group
                    for group in plain['settings'][1:]))


def _batches(pair):
    """The same digits in the same order, none of them unknown."""
    plain, residual = (arm['batches'] for arm in pair)
    known = all(0 <= k < DIGITS for epoch in plain for batch in epoch for k in batch)
    return known and any(map(len, plain)) and plain == residual


def _seeds(first, second, third, again):
    return (all(first[1][what] == again[1][what] for what in ('tensors', 'batches'))
            and all(_differ(*pair) for pair in combinations((first[1], second[1], third[1]), 2)))


def _differ(one, other):
    """Whether two residual arms begin with other tensors and see other batches."""
    return (one['batches'] != other['batches'] and one['tensors'] != other['tensors']
            and all(one['tensors'][name] != other['tensors'].get(name) for name in one['tensors']
                    if name.endswith(('conv1.weight', 'conv2.weight'))))
