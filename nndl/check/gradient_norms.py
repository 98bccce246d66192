"""Check of the exercise gradient_norms: the length of each parameter's gradient."""

from numbers import Real

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import exercise, first_faults

__all__ = ['gradient_norms']

OUTPUTS_SUMMED = {'instead': 'sum(model(inputs))'}
OWN_LOSS = {'instead': 'F.cross_entropy(model(inputs), labels)'}


@exercise('gradient_norms')
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
