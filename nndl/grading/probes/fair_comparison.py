"""Lab 03: fair_pairs."""

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
    'settings': (1, {'en': "each optimizer holds its own network's parameters, with equal settings",
                     'zh': '每个优化器只管自己的网络，设置相同'}),
    'batches': (1, {'en': 'equal batches in equal order, epoch after epoch',
                    'zh': '每一轮的批次及其顺序都相同'}),
    'seeds': (1, {'en': 'other tensors and batches with another seed, the same when called again',
                  'zh': '换了种子就有不同的张量和批次，再次调用则完全相同'}),
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
    yield 'seeds', len(pairs) == 2 and _seeds(*pairs, *told['again'])


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
    return plain['holds'] and residual['holds'] and plain['settings'] == residual['settings'] and (
        plain['lr'] == residual['lr'])


def _batches(pair):
    """The same digits in the same order, none of them unknown."""
    plain, residual = (arm['batches'] for arm in pair)
    known = all(0 <= k < DIGITS for epoch in plain for batch in epoch for k in batch)
    return known and any(map(len, plain)) and plain == residual


def _seeds(first, second, again):
    tensors, batches = ([pair[1][what] for pair in (first, second, again)]
                        for what in ('tensors', 'batches'))
    return (tensors[0] == tensors[2] and batches[0] == batches[2]
            and all(tensors[0][name] != tensors[1].get(name)
                    for name in tensors[0] if name.endswith(('conv1.weight', 'conv2.weight')))
            and tensors[0] != tensors[1] and batches[0] != batches[1])
