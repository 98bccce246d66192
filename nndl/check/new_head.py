"""Check of the new head: what the changed model computes, and what in it can learn."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import exercise, first_faults, misfit
from nndl.check.trace import same

__all__ = ['new_head']

OLD_CLASSES = 1000  # as in torchvision's networks


@exercise('new_head')
def new_head(fn):
    """Check a function that replaces the head and freezes the body.

    Args:
        fn: the student's function, ``fn(model, num_classes)`` for torchvision's ResNets, returns
            the network.

    Returns:
        ``Feedback``.
    """
    from torchvision.models.resnet import BasicBlock, Bottleneck

    yield from first_faults(*(_faults(fn, block, num_classes) for block, num_classes
                              in ((BasicBlock, 7), (Bottleneck, 4))))


def _faults(fn, block, num_classes):
    model = _network(block)
    before = copy.deepcopy(model)
    if error := misfit(fn, model, num_classes):
        yield 'signature', {'error': error}
        return
    try:
        changed = fn(model, num_classes)
    except AttributeError as error:
        if "no attribute 'classifier'" not in str(error):
            raise
        yield 'no_classifier', {}
        return
    if not isinstance(changed, nn.Module) or isinstance(changed, nn.Linear):
        yield 'not_a_model', {'got': type(changed).__name__}
        return
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    try:
        output = changed.eval()(x)
    except RuntimeError as error:
        if 'shapes cannot be multiplied' not in str(error):
            raise
        yield 'wrong_in_features', {'in_features': before.fc.in_features}
        return
    yield from _output_faults(changed, before, x, output, num_classes)


def _output_faults(changed, before, x, output, num_classes):
    old = _marks(before)
    head = [p for p in changed.parameters() if _mark(p) not in old]
    got = tuple(getattr(output, 'shape', ())) or type(output).__name__
    if got == (2, OLD_CLASSES):
        yield ('head_not_used' if head else 'head_not_replaced'), {'got': OLD_CLASSES}
    elif got != (2, num_classes):
        yield 'num_classes_ignored', {'num_classes': num_classes, 'got': got,
                                      'expected': (2, num_classes)}
    else:
        yield from _layer_faults(changed, before, head, x, output)


def _layer_faults(changed, before, head, x, output):
    """Body and head of a network whose output has the right shape."""
    n_features, num_classes = before.fc.in_features, output.shape[1]
    shapes = [tuple(p.shape) for p in head]
    if (num_classes, OLD_CLASSES) in shapes:
        yield 'old_head_stays', {'old': OLD_CLASSES}
        return
    before.fc = nn.Identity()
    body = _marks(before)
    if lost := body - _marks(changed):
        yield 'body_lost', {'n': len(lost)}
        return
    if shapes not in ([(num_classes, n_features)], [(num_classes, n_features), (num_classes,)]):
        yield 'not_one_linear', {'shapes': ', '.join(map(str, shapes))}
        return
    learning = _get_gradient(changed, output)
    if not all(id(p) in learning for p in head):
        yield 'head_frozen', {}
    body_parameters = [p for p in changed.parameters() if _mark(p) in body]
    if n := sum(id(p) in learning for p in body_parameters):
        yield 'body_not_frozen', {'n': n, 'total': len(body_parameters)}
    with torch.no_grad():
        expected = F.linear(before.eval()(x), *head)
    if not same(output, expected):
        yield 'wrong_output', {}


def _get_gradient(model, output):
    """Identities of the parameters that a training step would change."""
    if not output.requires_grad:
        return set()
    for parameter in model.parameters():
        parameter.grad = None
    (output * torch.linspace(1, 2, output.numel()).view_as(output)).sum().backward()
    return {id(p) for p in model.parameters() if p.grad is not None}


def _network(block):
    """A small ResNet of torchvision's, no two tensors of which are alike."""
    from torchvision.models import ResNet

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = ResNet(block, [1, 1, 1, 1], num_classes=OLD_CLASSES)
        with torch.no_grad():
            for module in network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    for tensor in (module.weight, module.running_var):
                        tensor.uniform_(0.5, 1.5)
                    for tensor in (module.bias, module.running_mean):
                        tensor.uniform_(-0.5, 0.5)
    return network


def _marks(model):
    """What tells the learnt tensors of a model apart, whatever their names."""
    tensors = [*model.parameters(), *(b for b in model.buffers() if b.is_floating_point())]
    return {_mark(tensor) for tensor in tensors}


def _mark(tensor):
    """Shape and two sums, enough to tell random tensors apart."""
    values = tensor.detach()
    return tuple(values.shape), values.sum().item(), values.abs().sum().item()
