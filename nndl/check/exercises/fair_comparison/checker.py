"""fair_pairs: what two arms have in common, and what changes from seed to seed."""

from functools import cache, partial
from itertools import combinations, zip_longest

from nndl.check.feedback import Fault
from nndl.check.line import Kind, StudentError

__all__ = ['criteria']

ASKED_FOR = {'optimizer': ['SGD'], 'momentum': ['0.0'], 'lr': ['0.005', '0.01']}
ARMS = {'en': 'first', 'zh': '第一'}, {'en': 'second', 'zh': '第二'}
DEPENDS = {False: {'en': 'does not depend', 'zh': '不随'}, True: {'en': 'depends', 'zh': '随'}}
PAIRS = {'en': 'pairs', 'zh': '各对'}
TENSORS = {'en': 'initial tensors', 'zh': '初始张量'}
BATCHES = {'en': 'batches', 'zh': '批次'}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    ask = partial(ask, 'pairs', seed=draw.seed(), x=draw.normal(2, 1, 32, 32))
    told = cache(partial(ask, number=3))

    def judged(judge):
        return _no_pairs(told()) or next(filter(None, (judge(*pair) for pair in told())), None)

    def seeds():
        return _no_pairs(told()) or _seeds(told()) or _repeated(told(), ask(number=1))
    judges = {'arms': _arms, 'tensors': _tensors, 'settings': _settings, 'batches': _batches}
    return {**{name: partial(judged, judge) for name, judge in judges.items()}, 'seeds': seeds}


def _no_pairs(told):
    """The fault of what is no row of pairs."""
    for pair in told if isinstance(told, list) and told else [told]:
        if isinstance(pair, Kind) or not pair:
            return Fault('not_pairs', {'got': str(pair)})
    return None


def _arms(*pair):
    """The residual network passes its input on when f(x) no longer depends on it."""
    layers = [sum(shape[2:] == [3, 3] for shape, _ in arm['tensors'].values()) for arm in pair]
    if layers[0] != layers[1] or not layers[0]:
        return Fault('other_layers', {'plain': layers[0], 'residual': layers[1]})
    depends = [_seen(arm, 'silenced') > 1e-6 for arm in pair]
    return None if depends == [False, True] else Fault('wrong_arms', {
        'first': DEPENDS[depends[0]], 'second': DEPENDS[depends[1]]})


def _tensors(plain, residual):
    """Equal tensors in the same order (one network has more), none of them shared."""
    fewer, more = sorted((arm['tensors'] for arm in (plain, residual)), key=len)
    rest = iter(more.values())
    for name, tensor in fewer.items():
        if tensor not in rest:
            return Fault('tensors_differ', {'name': name})
    shared = set(plain['addresses']) & set(residual['addresses'])
    return Fault('shared_tensors', {'n': len(shared)}) if shared else None


def _settings(*pair):
    """Each optimizer over its own network's parameters, both as the exercise says."""
    for place, arm in zip(ARMS, pair, strict=True):
        if arm['lacks'] or arm['strangers']:
            return Fault('wrong_optimizer', {'arm': place, 'lacks': arm['lacks'],
                                             'strangers': arm['strangers']})
    plain, residual = (arm['settings'] for arm in pair)
    for name, value in plain.items():
        if value != residual[name]:
            return Fault('optimizer_settings', {'name': name, 'plain': value,
                                                'residual': residual[name]})
        if value not in ASKED_FOR.get(name, [value]):
            return Fault('other_optimizer', {'name': name, 'value': value})
    return None


def _batches(*pair):
    """The same digits in the same order, none of them unknown."""
    for epoch, orders in enumerate(zip(*(_seen(arm, 'order') for arm in pair), strict=True), 1):
        for arm, order in zip(ARMS, orders, strict=True):
            strange = sum(digit == -1 for _, digit in order)
            if strange or not order:
                return Fault('other_digits', {'epoch': epoch, 'arm': arm, 'n': len(order),
                                              'strange': strange})
        for place, (a, b) in enumerate(zip_longest(*orders, fillvalue=['-', '-']), 1):
            if a != b:
                return Fault('batches_differ', {'epoch': epoch, 'place': place, 'plain': a,
                                                'residual': b})
    return None


def _seeds(told):
    """From seed to seed everything changes."""
    if len(told) < 3:
        return Fault('few_pairs', {'n': len(told)})
    for (a, (_, one)), (b, (_, other)) in combinations(enumerate(told, 1), 2):
        alike = any(len(tensor[0]) == 4 and other['tensors'].get(name) == tensor
                    for name, tensor in one['tensors'].items())
        if alike or _seen(one, 'order') == _seen(other, 'order'):
            return Fault('same_again', {'a': a, 'b': b, 'what': TENSORS if alike else BATCHES})
    return None


def _repeated(told, again):
    """From call to call nothing changes."""
    if _no_pairs(again):
        return Fault('not_repeatable', {'what': PAIRS})
    one, other = told[0][1], again[0][1]
    if one['tensors'] != other['tensors']:
        return Fault('not_repeatable', {'what': TENSORS})
    same_order = _seen(one, 'order') == _seen(other, 'order')
    return None if same_order else Fault('not_repeatable', {'what': BATCHES})


def _seen(arm, name):
    """An observation of an arm; what was raised then is raised here."""
    if isinstance(arm[name], dict):
        raise StudentError(*arm[name]['error'])
    return arm[name]
