"""training_step: by the parameters, statistics and losses of two steps on a small network."""

from functools import cache, partial

import torch

from nndl.check.errors import Fault, only_mistake
from nndl.check.line import connect
from nndl.check.values import close, kind_seen, same_number

__all__ = ['criteria', 'random_values']

SHAPES = {'0.weight': (5, 4), '0.bias': (5,), '1.weight': (5,), '1.bias': (5,),
          '3.weight': (3, 5), '3.bias': (3,)}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    trial = _Trial(ask, draw)
    return {'first': partial(trial.state_fault, 1), 'second': partial(trial.state_fault, 2),
            'loss': trial.loss_fault}


def random_values(draw):
    """Values for ``probe.small_network``."""
    return {name: draw.normal(*shape) for name, shape in SHAPES.items()} | {
        '1.running_mean': draw.normal(5), '1.running_var': draw.normal(5).abs() + 0.5,
        '1.num_batches_tracked': torch.tensor(0)}


class _Trial:
    """Two steps: with long gradients, which a clipped step changes, and with short ones, beside
    which a decay of the weights is seen."""

    def __init__(self, ask, draw):
        scales = draw.number(200, 300), draw.number(0.01, 0.02)
        batches = [(draw.normal(n, 4), draw.integers(3, n), draw.number(0.2, 0.5) / scale, scale)
                   for n, scale in zip((6, 5), scales, strict=True)]
        self.given = {'values': random_values(draw), 'batches': batches}
        self.told = cache(lambda n: ask('steps', **self.given | {'batches': batches[:n]}))

    def made(self, step, **other):
        """The same by another step."""
        return connect('training_step', step)('steps', **self.given | other)

    def state_fault(self, number):
        """Judges the network after the first or the second step."""
        told, right = self.told(number), self.made(_step)[number - 1]['state']
        before, after = ([self.given['values']] + [each['state'] for each in told])[-2:]
        wrong = [name for name in right if not close(after.get(name), right[name], 1e-5)]
        if not wrong:
            return None
        still = all(close(after.get(name), before[name], 0) for name in SHAPES)
        if name := _observed(told[-1]['events'], still):
            return Fault(name)
        return only_mistake(MISTAKES, partial(self.explains, told)) or Fault('differs', {
            'step': number, 'name': wrong[0], **_difference(after.get(wrong[0]), right[wrong[0]])})

    def explains(self, told, step):
        """True if another step gives all states that were told."""
        return all(close(each['state'].get(name), value, 1e-5)
                   for each, made in zip(told, self.made(step), strict=False)
                   for name, value in made['state'].items())

    def loss_fault(self):
        """Judges what was returned, by the network as the step before left it."""
        told = self.told(2)
        befores = self.given['values'], told[0]['state']
        for step, values, batch in zip(told, befores, self.given['batches'], strict=True):
            right = self.made(_step, values=values, batches=[batch])[0]['returned']
            if not same_number(step['returned'], right, 2e-6):
                return _loss_fault(step['returned'], right)
        return None


def _step(model, optimizer, loss_fn, inputs, labels, clear=True, change=lambda y: y):
    """One step; right as it is."""
    model.train()
    if clear:
        optimizer.zero_grad()
    loss = loss_fn(change(model(inputs)), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


MISTAKES = {'not_zeroed': [partial(_step, clear=False)],
            'softmax': [partial(_step, change=lambda y: y.softmax(1))]}


def _observed(events, still):
    """The first fault that the events of one step show, or None; still if nothing has learnt."""
    passes = [event for event in events if event in ('train', 'eval')]
    return next((name for name, holds in {
        'eval_mode': passes and 'train' not in passes,
        'cut_off': 'cut' in events and 'backward' not in events,
        'no_backward': 'backward' not in events,
        'no_step': still and 'step' not in events,
        'step_in_vain': still,
        'forward_twice': passes.count('train') > 1}.items() if holds), None)


def _difference(got, expected):
    """The entry that differs most."""
    if not isinstance(got, torch.Tensor) or got.shape != expected.shape:
        return {'got': kind_seen(got), 'expected': kind_seen(expected)}
    if got.dtype != expected.dtype:
        return {'got': str(got.dtype), 'expected': str(expected.dtype)}
    k = int((got - expected).abs().argmax())
    return {'got': f'{got.flatten()[k]:.6g}', 'expected': f'{expected.flatten()[k]:.6g}'}


def _loss_fault(got, expected):
    if got is None:
        return Fault('returns_nothing')
    if type(got) not in (int, float):
        return Fault('returns_tensor', {'got': kind_seen(got)})
    return Fault('wrong_value', {'got': got, 'expected': expected})
