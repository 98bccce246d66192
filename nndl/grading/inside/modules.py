"""The student's networks: make one, fill it with given values, run it, say what it computed with.

A network made by ``make`` is kept for the next call, which fills and runs it. The values come from
the grader, drawn after the student's code was written.
"""

import inspect

import torch
from torch import nn

from nndl.check.learning import has_true_gradient
from nndl.check.trace import convs_of, norm_after, trace
from nndl.grading.inside.plain import NotPlain, pack, unpack, unpack_all

__all__ = ['takes', 'make', 'run', 'trains', 'layers_of']

kept = {}


def takes(thing, parameter):
    """{'takes': whether the student's class or function has a parameter of this name}."""
    return {'takes': parameter in inspect.signature(thing).parameters}


def make(thing, arguments=(), options=None, several=False):
    """Make a network; says which tensors it has.

    Args:
        thing: the student's class or function.
        arguments, options: what to call it with.
        several: it gives a list of blocks, which are put in a row.

    Returns:
        {'blocks': their number or None,
         'tensors': [[name, shape, whether it is a parameter, whether it holds floats]]}.
    """
    made, number = thing(*arguments, **(options or {})), None
    if several:
        blocks = list(made)
        made, number = nn.Sequential(*blocks), len(blocks)
    if not isinstance(made, nn.Module):
        raise NotPlain(f'expected an nn.Module, got {type(made).__name__}')
    kept['network'] = made
    parameters = dict(made.named_parameters())
    return {'blocks': number, 'tensors': [
        [name, list(tensor.shape), name in parameters, tensor.is_floating_point()]
        for name, tensor in made.state_dict().items()]}


def run(thing, values, x):
    """Fill the network just made and run it in eval mode.

    Returns:
        {'output': tensor, 'input': x as it is afterwards, 'layers': as of ``layers_of``}.
    """
    network, x = kept['network'], unpack(x)
    network.load_state_dict(unpack_all(values), strict=False)
    output, layers = layers_of(network.eval(), x)
    return {'output': pack(output), 'input': pack(x), 'layers': layers}


def trains(thing, x):
    """{'steady': whether the network just made gives the same twice in train mode, 'learns':
    whether its gradient is the true one, 'one': whether it takes a batch of one}."""
    network, x = kept['network'], unpack(x)
    learns = has_true_gradient(network, x)
    with torch.no_grad():
        one = network.eval()(x[:1]).shape == network(x)[:1].shape
        steady = torch.allclose(network.train()(x), network(x))
    return {'steady': steady, 'learns': learns, 'one': one}


def layers_of(network, x):
    """(output, layers): each convolution with the normalisation behind it, as they are called.

    A layer is {'kernel': [h, w], 'names': {role: name of the tensor in the state_dict}}; roles
    are weight, bias, norm_weight, norm_bias, norm_mean, norm_var, as far as they are there.
    """
    names = {tensor.data_ptr(): name
             for name, tensor in network.state_dict(keep_vars=True).items()}
    output, calls = trace(network, x)
    layers = []
    for conv in convs_of(calls):
        norm = norm_after(conv, calls)
        found = {'weight': conv.weight, 'bias': conv.bias}
        if norm is not None:
            found |= {'norm_weight': norm.weight, 'norm_bias': norm.bias,
                      'norm_mean': norm.running_mean}
        roles = {role: names.get(tensor.data_ptr())
                 for role, tensor in found.items() if isinstance(tensor, torch.Tensor)}
        if mean := roles.get('norm_mean'):
            roles['norm_var'] = mean.removesuffix('mean') + 'var'
        layers.append({'kernel': list(conv.weight.shape[2:]), 'names': roles})
    return output, layers
