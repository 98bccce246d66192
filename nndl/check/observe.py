"""Observation of what a network computes; runs beside the student's code, knows no answer.

A network is made, its parameters get drawn values, and it is run: twice in training mode, then in
evaluation mode, then in training mode again. Its statistics are never set: the second and third
pass show them, wherever they are kept. Gradients are told as projections on drawn directions.
"""

import inspect
import math
from contextlib import contextmanager, nullcontext
from functools import lru_cache

import torch
from torch import nn

from nndl.check.line import kind_of

__all__ = ['Fill', 'misfit', 'observe']

PERIOD = 5003  # drawn numbers are repeated after so many; a prime, so that no two axes agree
N_PROJECTIONS = 4


def observe(thing, arguments, options, fill, inputs, *, several=False, repair=None,
            train_only=False, kept_channels=None, forgiving=False):
    """Make a network, fill it, run it.

    Args:
        thing: the student's class or function.
        arguments, options: what to call it with.
        fill: how parameters get their values: arguments of ``Fill``.
        inputs: two batches.
        several: the call gives a list of networks, which are put in a row.
        repair: 'register' modules that lie in plain lists or dicts, or 'unfreeze' parameters.
        train_only: only the first pass.
        kept_channels: outputs of inner modules with so many channels are returned.
        forgiving: an error in the first pass does not hide the maps before it.

    Returns:
        {'kind': name of the type of what was made, 'n': number of networks or None,
         'shared': whether two of them are one, 'bools': whether a stride is True or False,
         'misfit': why it cannot be called so, '' if it can,
         'parameters': {name: [shape, whether it learns]},
         'train', 'again', 'eval', 'one', 'repeat': outputs, 'modes': whether it was in training
         mode after the passes of each mode, 'x': the input after the first pass,
         'gradients', 'eval_gradients': {name: projections}, the input's is called ''},
         'maps': [name, shape and projections of each inner module's output], 'kept': [tensors]}.
        Where it is no network, only the first five.
    """
    told, made = _made(thing, arguments, options, several)
    if made is None:
        return told
    if repair == 'register':
        _register(made)
    elif repair == 'unfreeze':
        made.requires_grad_(True)
    _materialise(made, inputs[0])
    fill = Fill(**fill)
    fill.into(made)
    told |= {'kind': 'Module', 'bools': _has_bool_stride(made),
             'parameters': {name: [list(p.shape), p.requires_grad]
                            for name, p in made.named_parameters()}}
    if told['bools'] and not forgiving:
        return told  # torch would stop with an error that says little
    return told | _run(made, inputs, fill, train_only, kept_channels, forgiving)


def _made(thing, arguments, options, several):
    """(what is told of it, the network or None)."""
    told = {'kind': '', 'n': None, 'shared': False, 'bools': False,
            'misfit': misfit(thing, *arguments, **options)}
    if told['misfit']:
        return told, None
    made = thing(*arguments, **options)
    told['kind'] = kind_of(made)
    if not several:
        return told, made if isinstance(made, nn.Module) else None
    if not hasattr(made, '__iter__'):
        return told, None
    parts = list(made)
    told |= {'kind': kind_of(parts), 'n': len(parts),
             'shared': len(set(map(id, parts))) < len(parts)}
    is_good = parts and all(isinstance(part, nn.Module) for part in parts)
    return told, nn.Sequential(*parts) if is_good else None


def misfit(thing, *arguments, **options):
    """Why a function or class cannot be called with these arguments; '' if it can."""
    try:
        inspect.signature(thing).bind(*arguments, **options)
    except TypeError as error:
        return str(error)
    return ''


class Fill:
    """How parameters get their values.

    Args:
        seed: tensors of one size get the same values, which depend on it.
        layouts: [[shape, shape in torch's order, permutation]]: how a shape is read, first match;
            other shapes are read as they are.
        own: {name: number}: these tensors have values of their own; 0: they are 0.
    """

    def __init__(self, seed, layouts=(), own=None):
        self.seed, self.layouts, self.own = seed, layouts, own or {}

    def into(self, network):
        """The network, its parameters filled."""
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if parameter.requires_grad:
                    parameter.copy_(self.value(name, parameter.shape))
        return network

    def value(self, name, shape):
        """Of the parameter of this name."""
        number = self.own.get(name, 1)
        if number == 0:
            return torch.zeros(shape)
        for given, usual, order in self.layouts:
            if list(shape) == given:
                return self.drawn(usual, number).permute(order).reshape(shape)
        return self.drawn(shape, number)

    def drawn(self, shape, number=1):
        """Normal for weights of layers, of both signs and away from 0 for vectors."""
        size = math.prod(shape)
        values = _drawn(self.seed + 7919 * number, size)
        if len([n for n in shape if n > 1]) < 2:
            values = (0.6 + 0.3 * values.abs()) * values.sign()
        else:
            values = values * math.sqrt(2 * shape[0] / size)
        return values.reshape(shape)

    def projections(self, tensor, layouts=()):
        """Of a tensor, on directions that depend on the seed alone; the last is its length.

        Zeros if there is none. By ``layouts`` a parameter's gradient is brought into torch's order.
        """
        if tensor is None:
            return [0.0] * (N_PROJECTIONS + 1)
        usual = tensor.detach().cpu().float()
        for given, shape, order in layouts:
            if list(usual.shape) == given:
                permuted = usual.reshape([shape[axis] for axis in order])
                usual = permuted.permute([order.index(axis) for axis in range(len(order))])
                break
        flat = usual.flatten()
        folded = nn.functional.pad(flat, (0, -len(flat) % PERIOD)).view(-1, PERIOD).double().sum(0)
        return [*(folded @ _directions(self.seed)).tolist(), flat.double().norm().item()]


def _run(network, inputs, fill, train_only, kept_channels, forgiving):
    x1, x2 = (x.to(next(network.parameters(), x).device) for x in inputs)
    maps, kept = [], []
    with _noted(network, fill, kept_channels, maps, kept):
        try:
            told = _pass(network.train(), x1, fill, 'train', 'gradients')
        except Exception:
            if not forgiving:
                raise
            told = {'train': None, 'x': None, 'gradients': {}}
    told |= {'maps': maps, 'kept': kept[-8:]}
    if train_only or not isinstance(told['train'], torch.Tensor):
        return told
    with torch.no_grad():
        told['again'] = _cpu(network(x2))
    modes = [network.training]
    told |= _pass(network.eval(), x1, fill, 'eval', 'eval_gradients') | {'x': told['x']}
    told['modes'] = [*modes, network.training]
    with torch.no_grad():
        told['one'] = _cpu(network(x1[:1]))
        told['repeat'] = _cpu(network.train()(x1))
    return told


def _pass(network, x, fill, name, gradients):
    """One pass with gradients; the input is no leaf, so that it may be changed in place."""
    leaf = x.clone().requires_grad_()
    given = leaf * 1
    output = network(given)
    told = {name: _cpu(output), 'x': _cpu(given), gradients: {}}
    if isinstance(output, torch.Tensor) and output.requires_grad:
        for parameter in network.parameters():
            parameter.grad = None
        weights = _drawn(fill.seed, output.numel()).view(output.shape)
        (output * weights.to(output.device)).sum().backward()
        told[gradients] = {name: fill.projections(parameter.grad, fill.layouts)
                           for name, parameter in network.named_parameters()}
        told[gradients][''] = fill.projections(leaf.grad)
    return told


@contextmanager
def _noted(network, fill, kept_channels, maps, kept):
    """Notes the outputs of all inner modules, if some of them are to be kept."""
    def note(module, inputs, output):
        if (isinstance(output, torch.Tensor) and output.dim() == 4 and len(maps) < 500
                and names.get(module)):
            maps.append([names[module], list(output.shape), fill.projections(output)])
            if output.shape[1] == kept_channels:
                kept.append(_cpu(output.clone()))

    names = {module: name for name, module in network.named_modules()}
    with nn.modules.module.register_module_forward_hook(note) if kept_channels else nullcontext():
        yield


def _cpu(output):
    return output.detach().cpu() if isinstance(output, torch.Tensor) else output


def _drawn(seed, size):
    """So many numbers, normal and repeated."""
    return _period(seed + 1_000_003 * size, min(size, PERIOD)).repeat(-(-size // PERIOD))[:size]


@lru_cache(200)
def _period(seed, size):
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


@lru_cache(10)
def _directions(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(PERIOD, N_PROJECTIONS, generator=generator, dtype=torch.float64)


def _materialise(network, x):
    """Lazy layers get their parameters in a first pass."""
    if any(isinstance(p, nn.parameter.UninitializedParameter) for p in network.parameters()):
        with torch.no_grad():
            network.eval()(torch.zeros_like(x))


def _register(network):
    """Modules and parameters in plain lists and dicts become attributes."""
    for module in list(network.modules()):
        for name, value in list(vars(module).items()):
            if name.startswith('_') or not isinstance(value, list | tuple | dict):
                continue
            parts = value.values() if isinstance(value, dict) else value
            for number, part in enumerate(parts):
                if isinstance(part, nn.Module):
                    module.add_module(f'{name}_{number}', part)
                elif isinstance(part, nn.Parameter):
                    module.register_parameter(f'{name}_{number}', part)


def _has_bool_stride(network):
    """True if a convolution got True or False as its stride: use_residual in the wrong place."""
    return any(isinstance(stride, bool) for module in network.modules()
               if isinstance(module, nn.Conv2d) for stride in module.stride)
