"""The loss around the weights of a network, on a plane (Li et al. 2018)."""

from contextlib import contextmanager

import torch
import torch.nn.functional as F

from nndl.inspection import as_in_training, hooked
from nndl.progress import progress_bar

__all__ = ['loss_surface', 'filter_normalised']


@torch.no_grad()
def loss_surface(model, inputs, labels, points=11, span=1.0, seed=0):
    """The loss on a plane through the weights, in two random filter-normalised directions.

    After Li et al. 2018, *Visualizing the loss landscape of neural nets*. Batch normalisation
    and biases stay as they are. The loss is taken with the statistics of the batch: the running
    ones belong to the weights in the middle and to no other point of the plane.

    Args:
        model: (N, ...) -> (N, classes); its weights are the same as before, whatever happens.
        inputs, labels: the batch; labels (N,).
        points: a side of the grid has so many.
        span: the grid goes from -span to +span; at 1 each filter is moved by its own length.
        seed: of the directions.

    Returns:
        ``(steps, losses)``: (points,) and (points, points); ``losses[i, j]`` is the mean
        cross-entropy at ``weights + steps[i] * a + steps[j] * b``.

    Raises:
        ValueError: if ``points`` is less than 2 or ``span`` is not positive.
    """
    if points < 2 or not span > 0:
        raise ValueError(f'points is {points} and span is {span}: '
                         'a grid needs at least 2 points a side and a positive span')
    steps, losses = torch.linspace(-span, span, points), torch.empty(points, points)
    with as_in_training(model), progress_bar(points ** 2, 'loss surface', 'point') as bar:
        # In half precision: a direction need not be exact, and memory may be short.
        a, b = ([d.half() for d in _directions(model, 2 * seed + k)] for k in (0, 1))
        with _moved(model, a, b) as place:
            for i, step in enumerate(steps.tolist()):
                for j, other in enumerate(steps.tolist()):
                    place[:] = step, other
                    losses[i, j] = F.cross_entropy(model(inputs), labels)
                    bar.update()
    return steps, losses


@contextmanager
def _moved(model, a, b):
    """Within it every layer computes with weights moved along two directions.

    They are moved when the layer is called and put back after it: no second copy of the network
    is held.

    Yields:
        The list of the two steps.
    """
    place = [0.0, 0.0]
    directions = dict(zip(_moving(model), zip(a, b, strict=True), strict=True))
    middle = {w: w.data for w in directions}

    def move(module, inputs):
        for w in _own(module):
            da, db = directions[w]
            w.data = middle[w].clone().add_(da, alpha=place[0]).add_(db, alpha=place[1])

    def put_back(module, inputs, output):
        for w in _own(module):
            w.data = middle[w]

    hooks = [hook for module in model.modules() if _own(module)
             for hook in (module.register_forward_pre_hook(move),
                          module.register_forward_hook(put_back))]
    try:
        with hooked(hooks):
            yield place
    finally:
        for w, m in middle.items():  # an interrupt may have come within a layer
            w.data = m


def _moving(model):
    return [w for w in model.parameters() if w.dim() > 1]


def _own(module):
    return [w for w in module.parameters(recurse=False) if w.dim() > 1]


def filter_normalised(model, seed=0):
    """A random direction in which each filter has the length of the model's own filter.

    Args:
        model: any; parameters with one dimension (biases, batch normalisation) get no direction.
        seed: of the direction.

    Returns:
        A list of tensors, one for each parameter with more than one dimension, in their order
        and of their shapes.
    """
    return list(_directions(model, seed))


def _directions(model, seed):
    """One at a time: all of them take as much memory as the network."""
    generator = torch.Generator().manual_seed(seed)
    for w in (p.detach() for p in _moving(model)):
        d = torch.empty_like(w).copy_(torch.randn(w.shape, generator=generator))  # w's layout
        lengths = d.flatten(1).norm(dim=1), w.flatten(1).norm(dim=1)  # (C_out,) each
        yield d.mul_((lengths[1] / lengths[0]).view(-1, *[1] * (w.dim() - 1)))
