"""Whether a student's network computes what one of the library's computes.

Names and style of the layers are the student's. The kernel says in which order it calls them;
their values, drawn by the grader, are put into the library's network in the same order, and the
outputs must agree. A wrong order told by the kernel only makes them disagree; one by which the
output would say nothing of the input counts as wrong.
"""

import torch

from nndl.grading.inside.modules import layers_of
from nndl.grading.inside.plain import NotPlain, pack, unpack_all
from nndl.grading.probes import ProbeError
from nndl.grading.probes.compare import close

__all__ = ['agrees', 'tells']

DRAWS = 8  # values under which nearly all units are 0 come about once in a hundred draws
TOLERANCE = 2e-3  # 18 layers may blow rounding up to 1e-4; a wrong layer changes some per cent


def agrees(ask, draw, reference, x, *, count=True, several=None, **call):
    """Whether the student's network agrees with ``reference`` on ``x``, and can be trained.

    Args:
        ask, draw: see ``nndl.grading.probes``.
        reference: the library's network, called the same way: convolutions, each with a batch
            normalisation behind it, and at most one linear layer.
        x: the input, (N, C, H, W).
        count: whether the number of parameters must agree too.
        several: number of blocks, where the student's function gives a list of them.
        call: ``arguments`` and ``options`` of the student's class or function.

    Raises:
        ProbeError: for a reference of another kind.
    """
    made = ask('make', several=several is not None, **call)
    if not made or made['blocks'] != several:
        return False
    parameters = [shape for _, shape, is_parameter, _ in made['tensors'] if is_parameter]
    if count and not _as_many(parameters, reference):
        return False
    for _ in range(DRAWS):
        expected, output = _outputs(ask, draw, reference, x, made['tensors'])
        if expected is None or tells(expected):
            break
    return (expected is not None and tells(expected) and close(output, expected, TOLERANCE)
            and ask('trains', x=pack(x)) == {'steady': True, 'learns': True, 'one': True})


def _outputs(ask, draw, reference, x, tensors):
    """(what the reference gives, what the student's network gave) for newly drawn values.

    (None, None) if the network did not run, or has other layers than the reference.
    """
    values = draw.values(tensors)
    told = ask('run', values=values, x=pack(x))
    if not told or not close(told['input'], x) or _used_twice(told['layers']):
        return None, None
    draw.filled(reference.eval())  # in a fresh one all normalisations are alike
    _, own_layers = layers_of(reference, x)
    head = _head_of(reference, own_layers)
    try:
        _take_over(reference, own_layers, told['layers'], unpack_all(values))
        _fill_head(head, unpack_all(values))
    except (KeyError, NotPlain, RuntimeError, TypeError, ValueError):
        return None, None
    with torch.no_grad():
        return reference(x), told['output']


def tells(outputs, share=0.05):
    """Whether the outputs for the first two inputs differ, in that share of their numbers.

    Else they could be right without anything having been computed.
    """
    differs = (outputs[0] - outputs[1]).abs() > TOLERANCE * outputs.abs().max()
    return bool(differs.float().mean() > share)


def _as_many(shapes, reference):
    """As many parameters; a bias that the reference does without is one too many."""
    return (sorted(torch.Size(shape).numel() for shape in shapes)
            == sorted(p.numel() for p in reference.parameters()))


def _used_twice(layers):
    """Whether two layers share a tensor, for example one normalisation behind two convolutions."""
    names = [name for layer in layers for name in layer['names'].values() if name]
    return len(names) != len(set(names))


def _take_over(reference, own_layers, layers, values):
    """Put the student's values into the reference, layer by layer, kernel size by kernel size."""
    for kernel in {tuple(layer['kernel']) for layer in own_layers}:
        theirs, ours = ([layer['names'] for layer in found if tuple(layer['kernel']) == kernel]
                        for found in (layers, own_layers))
        if kernel == (1, 1):
            theirs = [names for names in theirs if 'norm_weight' in names]  # no 1x1 head
        for their, our in zip(theirs, ours, strict=True):
            _fill(reference, their, our, values)


def _fill(reference, theirs, ours, values):
    """Put one convolution's and normalisation's values in; a bias is taken off the mean."""
    state = reference.state_dict()
    for role in ('weight', 'norm_weight', 'norm_bias', 'norm_mean', 'norm_var'):
        if values[theirs[role]].shape != state[ours[role]].shape:  # copy_ would spread one number
            raise NotPlain(f'{role} has another shape')
        state[ours[role]].copy_(values[theirs[role]])
    if ours.get('bias'):
        state[ours['bias']].zero_()
    if theirs.get('bias'):
        state[ours['norm_mean']].sub_(values[theirs['bias']])


def _head_of(reference, layers):
    """The reference's linear layer, None if it has none."""
    heads = [module for module in reference.modules() if isinstance(module, torch.nn.Linear)]
    if len(heads) > 1 or not all('norm_weight' in layer['names'] for layer in layers):
        raise ProbeError('the reference needs probes of its own: it has several linear layers, or '
                         'a convolution without a batch normalisation behind it')
    return heads[0] if heads else None


def _fill_head(linear, values):
    """The student may have written it as a 1x1 convolution."""
    if linear is None:
        return
    n, features = linear.weight.shape
    weight, = (v for v in values.values() if v.dim() > 1 and tuple(v.shape[:2]) == (n, features))
    bias, = (v for v in values.values() if tuple(v.shape) == (n,))
    with torch.no_grad():
        linear.weight.copy_(weight.reshape(n, features))
        linear.bias.copy_(bias)
