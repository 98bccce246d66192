"""The student's functions of tensors: accuracy, map_names, new_head."""

import torch

from nndl.grading.inside.plain import NotPlain, number, pack, summary, unpack, unpack_all

__all__ = ['share', 'mapping', 'head', 'ramp', 'body']


def share(fn, batches):
    """What the student's accuracy gives for each of the batches [outputs, labels]."""
    return {'shares': [number(fn(unpack(outputs), unpack(labels)))
                       for outputs, labels in batches]}


def ramp(start, shape, dtype):
    """A tensor whose values tell it from others: start, ..., start + 1; a count is its start."""
    if dtype == 'int64':
        return torch.tensor(int(start))
    return start + torch.linspace(0, 1, torch.Size(shape).numel()).reshape(shape)


def mapping(fn, entries):
    """What map_names makes of a state_dict.

    Args:
        fn: the student's function.
        entries: [[name, shape, dtype, start of its ramp]].

    Returns:
        {'ours': [[name, summary]], 'theirs': the same of what was given, afterwards}.
    """
    theirs = {name: ramp(start, shape, dtype) for name, shape, dtype, start in entries}
    ours = fn(theirs)
    if not isinstance(ours, dict):
        raise NotPlain(f'expected a dict, got {type(ours).__name__}')
    return {key: [[name if type(name) is str else '?', summary(tensor)]
                  if isinstance(tensor, torch.Tensor) else ['?', None]
                  for name, tensor in state.items()]
            for key, state in (('ours', ours), ('theirs', theirs))}


def body(kind):
    """A small ResNet of torchvision's, of 'basic' or 'bottleneck' blocks."""
    from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

    block = {'basic': BasicBlock, 'bottleneck': Bottleneck}[kind]
    return ResNet(block, [1, 1, 1, 1], num_classes=1000)


def head(fn, kind, values, num_classes, x):
    """What new_head makes of a network that has the given values.

    Returns:
        {'output': of the changed network in eval mode, 'tensors': number of its parameters,
         'new': {name: tensor} of parameters as long as num_classes, 'learning': names of the
         parameters that get a gradient}.
    """
    network = body(kind)
    network.load_state_dict(unpack_all(values), strict=False)
    changed = fn(network, num_classes)
    for p in changed.parameters():
        if len(p) == num_classes and p.dim() > 1 and not p.any():  # it may well begin at 0
            torch.nn.init.normal_(p)
    output = changed.eval()(unpack(x))
    if output.requires_grad:
        changed.zero_grad()
        (output * torch.linspace(1, 2, output.numel()).view_as(output)).sum().backward()
    parameters = dict(changed.named_parameters())
    return {'output': pack(output), 'tensors': len(parameters),
            'new': {name: pack(p) for name, p in parameters.items() if len(p) == num_classes},
            'learning': [name for name, p in parameters.items() if p.grad is not None]}
