"""Check of one training step, by what it does to a model, an optimizer and a loss."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import described, exercise, first_faults, is_number

__all__ = ['training_step']


@exercise('training_step')
def training_step(fn):
    """Check one step of training.

    Args:
        fn: the student's function, ``fn(model, optimizer, loss_fn, inputs, labels)``; it trains
            the model on one batch and returns the loss as a number.

    Returns:
        ``Feedback``.
    """
    watched = _Watched()
    try:
        for batch in watched.batches:
            watched.returned.append(fn(watched.model, watched.optimizer, watched.loss_fn, *batch))
    except _Seen:
        pass
    except AttributeError as error:
        if "'float' object has no attribute 'backward'" not in str(error):
            raise
        yield 'loss_is_number', {}
        return
    except RuntimeError as error:
        if 'modified by an inplace operation' not in str(error):
            raise
        yield ('step_before_backward' if 'empty step' in watched.events else 'wrong_step'), {}
        return
    yield from first_faults(_order_faults(watched.events), _parameter_faults(watched),
                            _returned_faults(watched.returned, watched.expected_losses))


class _Seen(Exception):
    """What is wrong has been noted; going on would only raise another error."""


class _Watched:
    """A small model with its optimizer and loss function that note what is done with them."""

    def __init__(self):
        self.events, self.outputs, self.returned = [], [], []
        generator = torch.Generator().manual_seed(7)
        self.batches = [(torch.randn(6, 4, generator=generator),
                         torch.randint(0, 3, (6,), generator=generator)) for _ in range(2)]
        self.model = _model()
        twin = copy.deepcopy(self.model)
        self.expected_losses, self.expected = _two_steps(twin, self.batches)
        self.model.register_forward_hook(self._note_forward)
        self.model.eval()  # as after an evaluation
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)
        self.optimizer.register_step_post_hook(self._note_step)

    def loss_fn(self, outputs, labels):
        if not (_is_one_of(outputs, self.outputs)
                and _is_one_of(labels, [known for _, known in self.batches])):
            self._refuse('loss_arguments')
        loss = F.cross_entropy(outputs, labels)
        if not loss.requires_grad:
            self._refuse('no_graph')
        self.events.append('loss')
        loss.register_hook(lambda gradient: self.events.append('backward'))
        return loss

    def _refuse(self, fault):
        self.events.append(fault)
        raise _Seen(fault)

    def _note_forward(self, model, inputs, outputs):
        if not model.training:
            self.events.append('eval_mode')
        self.outputs.append(outputs.detach().clone())

    def _note_step(self, optimizer, args, kwargs):
        empty = all(p.grad is None or not p.grad.any() for p in self.model.parameters())
        self.events.append('empty step' if empty else 'step')


def _is_one_of(tensor, known):
    return isinstance(tensor, torch.Tensor) and any(torch.equal(tensor, each) for each in known)


def _model():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))


def _two_steps(model, batches):
    """(losses, state_dict after both steps) done right."""
    losses = []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for inputs, labels in batches:
        loss = F.cross_entropy(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.state_dict()


def _order_faults(events):
    """What the order of the noted events says; the first that explains the rest."""
    steps = [event for event in events if event.endswith('step')]
    for refused in ('eval_mode', 'loss_arguments', 'no_graph'):
        if refused in events:
            yield refused, {}
            return
    if 'loss' not in events:
        yield 'own_loss', {}
    elif 'backward' not in events:
        yield 'no_backward', {}
    elif not steps:
        yield 'no_step', {}
    elif events.index(steps[0]) < events.index('backward'):
        yield 'step_before_backward', {}
    elif 'step' not in steps:
        yield 'zeroed_before_step', {}


def _parameter_faults(watched):
    if _close(watched.model.state_dict(), watched.expected):
        return
    piled_up = _model()
    _two_steps_without_zeroing(piled_up, watched.batches)
    n_steps = sum(event.endswith('step') for event in watched.events)
    if _close(watched.model.state_dict(), piled_up.state_dict()):
        yield 'not_zeroed', {}
    elif n_steps == len(watched.batches) < len(watched.outputs):
        yield 'forward_twice', {}
    else:
        yield 'wrong_step', {}


def _two_steps_without_zeroing(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for inputs, labels in batches:
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()


def _close(one, other):
    return all(torch.allclose(one[name], tensor, atol=1e-5) for name, tensor in other.items())


def _returned_faults(returned, expected):
    for got, loss in zip(returned, expected, strict=True):
        if got is None:
            yield 'returns_nothing', {}
        elif not is_number(got):
            yield 'returns_tensor', {'got': described(got)}
        elif not abs(got - loss) <= 1e-4:  # nan is wrong too
            yield 'wrong_value', {'got': got, 'expected': loss}
            return
