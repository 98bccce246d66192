"""Whether a network that computes the right output can be trained: what an evaluation hides."""

import torch

from nndl.check.trace import same

__all__ = ['has_true_gradient', 'learning_faults']

STEP = 1e-9  # along directions that are long beside the parameters
# Of all parts together, which, unlike their sum, cannot cancel out. Right ones differ by at most
# 2.3e-7 (1600 blocks, 48 networks), a gradient that was cut by at least 1.1e-3 (600 blocks).
TOLERANCE = 1e-4


def learning_faults(network, x):
    """``no_gradient`` and ``random_in_training``, for a network whose output is right."""
    if not has_true_gradient(network, x):
        yield 'no_gradient', {}
        return
    with torch.no_grad():
        if not same(network.train()(x), network(x)):
            yield 'random_in_training', {}


def has_true_gradient(network, x):
    """Whether autograd finds the slope of the output along a random direction.

    What was computed under ``no_grad``, was detached or was overwritten in place is missing in
    its gradient. The direction moves the input and all parameters; in eval mode, in double
    precision; a network that fixes the type of its numbers is not judged: True is returned.
    """
    generator = torch.Generator().manual_seed(2)
    x = x.detach().double().requires_grad_()
    try:
        output = network.double().eval()(x)
        if output.dtype != torch.float64:
            return True
        weights = torch.randn(output.shape, generator=generator, dtype=output.dtype)
        moved = [x, *(p for p in network.parameters() if p.requires_grad)]
        ways = [torch.randn(t.shape, generator=generator, dtype=t.dtype) for t in moved]
        parts = _slopes(output, weights, moved, ways)
        true = _quotient(network, weights, moved, ways)
    except RuntimeError as error:
        return 'inplace' not in str(error) and 'in-place' not in str(error)
    finally:
        network.float()
    return bool(parts) and abs(sum(parts) - true) <= TOLERANCE * sum(map(abs, parts))


def _slopes(output, weights, moved, ways):
    """By autograd, what each moved tensor adds; empty if the output has no gradient at all."""
    if not output.requires_grad:
        return []
    gradients = torch.autograd.grad((output * weights).sum(), moved, allow_unused=True)
    return [(gradient * way).sum().item()
            for gradient, way in zip(gradients, ways, strict=True) if gradient is not None]


@torch.no_grad()
def _quotient(network, weights, moved, ways):
    """Their sum by the outputs a small step to both sides."""
    sums = []
    for factor in (STEP, -2 * STEP, STEP):  # to one side, to the other, and back
        for tensor, way in zip(moved, ways, strict=True):
            tensor.add_(way, alpha=factor)
        sums.append((network(moved[0]) * weights).sum().item())
    return (sums[0] - sums[1]) / (2 * STEP)
