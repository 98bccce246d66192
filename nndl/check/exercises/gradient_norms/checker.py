"""gradient_norms: by the norms on a small network, called in several ways."""

from functools import cache, partial

from nndl.check.errors import Fault, only_mistake
from nndl.check.exercises.training_step.checker import random_values
from nndl.check.line import StudentError, connect
from nndl.check.values import close, kind_seen, same_number

__all__ = ['criteria']

CALLS = {'train': {}, 'eval': {'train': False}, 'twice': {'calls': 2},
         'frozen': {'frozen': ['0.weight', '3.bias']}, 'unused': {'unused': True}}
CRITERIA = {'norms': ('train', 'eval'), 'again': ('twice',), 'frozen': ('frozen', 'unused')}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    trial = _Trial(ask, draw)
    return {name: partial(trial.fault, calls) for name, calls in CRITERIA.items()}


class _Trial:
    """The student's norms, and those by a right answer and by typical mistakes."""

    def __init__(self, ask, draw):
        given = {'values': random_values(draw), 'scale': draw.number(1.5, 2.5),
                 'batch': [draw.normal(6, 4), draw.integers(3, 6)]}
        self.measured = lambda ask, call: ask('norms', **given, **CALLS[call])
        self.told = cache(partial(self.measured, ask))

    def fault(self, calls):
        """The first of these calls; where only numbers are wrong, the mistake behind it."""
        for call in calls:
            try:
                told = self.told(call)
            except StudentError:
                if call in CRITERIA['frozen']:
                    return Fault(call)
                raise
            if fault := _shown(call, told, self.measured(RIGHT, call)):
                if not told['backward']:
                    return Fault('no_backward')
                return fault.name == 'differs' and only_mistake(MISTAKES, self.explains) or fault
        return None

    def explains(self, mistake):
        """True if it leads to the numbers of all calls in which each parameter has a gradient."""
        ask = connect('gradient_norms', mistake)
        return all(isinstance(got, dict) and all(same_number(got.get(n), norms[n]) for n in norms)
                   for call in ('train', 'eval', 'twice') for got, norms in zip(
                       self.told(call)['norms'], self.measured(ask, call)['norms'], strict=True))


def _shown(call, told, right):
    """The first fault that one call shows, or None."""
    if not all(close(told['state'].get(n), value) for n, value in right['state'].items()):
        return Fault('weights_changed')
    if told['training'] != right['training']:
        return Fault('wrong_mode')
    for got, norms in zip(told['norms'], right['norms'], strict=True):
        if not isinstance(got, dict):
            return Fault('not_a_dict', {'got': kind_seen(got)})
        if got.keys() != norms.keys():
            return Fault(call) if call in CRITERIA['frozen'] else Fault(
                'names', {'got': list(got)[:9], 'expected': list(norms)})
        for n in norms:
            if type(got[n]) not in (int, float):
                return Fault('not_a_number', {'got': kind_seen(got[n])})
            if not same_number(got[n], norms[n]):
                return Fault('differs', {'name': n, 'got': got[n], 'expected': norms[n]})
    left = call == 'twice' and any(gradient.any() for gradient in told['left'].values())
    return Fault('leaves_gradients') if left else None


def _norms(model, loss_fn, inputs, labels, measure=lambda g, p: g.norm(), mode=None, clear=True):
    """An answer; right as it is."""
    model.train(model.training if mode is None else mode)
    loss_fn(model(inputs), labels).backward()
    norms = {name: float(measure(p.grad, p.detach()))
             for name, p in model.named_parameters() if p.grad is not None}
    if clear:
        model.zero_grad()
    return norms


RIGHT = connect('gradient_norms', _norms)
MISTAKES = {
    'weight_norm': [partial(_norms, measure=lambda g, p: p.norm())],
    'other_norm': [partial(_norms, measure=measure) for measure in (
        lambda g, p: g.sum(), lambda g, p: g.abs().sum(), lambda g, p: g.square().sum(),
        lambda g, p: g.mean(), lambda g, p: g.abs().mean(), lambda g, p: g.abs().max())],
    'wrong_mode': [partial(_norms, mode=True), partial(_norms, mode=False)],
    'not_zeroed': [partial(_norms, clear=False)]}
