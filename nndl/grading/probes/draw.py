"""Random numbers of one run, drawn by the grader; their seed is never told."""

import math
import os

import torch

from nndl.grading.inside.plain import LARGEST, NotPlain, pack, unpack

__all__ = ['Draw']

GAIN = 1.5  # deep networks neither lose what differs between images nor blow rounding up
MOST_TENSORS = 1_000
MOST_NUMBERS = 40_000_000  # of a network; ResNet18 has 11 million
FULL_UP_TO = 20_000  # larger tensors are sent as sums of outer products; vectors are no larger


class Draw:
    """Draws tensors.

    Args:
        seed: for tests; without it, from the system's entropy.
    """

    def __init__(self, seed=None):
        seed = int.from_bytes(os.urandom(7)) if seed is None else seed
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape, scale=1.0):
        """Normal numbers."""
        return scale * torch.randn(*shape, generator=self.generator)

    def uniform(self, *shape, low=0.5, high=1.5):
        """Numbers from low to high."""
        return low + (high - low) * torch.rand(shape, generator=self.generator)

    def integers(self, high, *shape):
        """Whole numbers from 0 to high - 1."""
        return torch.randint(0, high, shape, generator=self.generator)

    def number(self, low=0.5, high=1.5):
        """One number."""
        return float(self.uniform(1, low=low, high=high))

    def values(self, tensors):
        """Packed values for the tensors of a network, no two alike, none exploding.

        Args:
            tensors: [[name, shape, whether it is a parameter, whether it holds floats]]; a name
                that ends with ``var`` gets positive values.

        Raises:
            NotPlain: if a network has too many tensors or numbers, or a tensor of no proper size.
        """
        if len(tensors) > MOST_TENSORS:
            raise NotPlain(f'{len(tensors)} tensors are too many')
        if (n := sum(_size(shape) for _, shape, _, floats in tensors if floats)) > MOST_NUMBERS:
            raise NotPlain(f'{n} numbers are too many')
        return {name: self._packed(name, shape)
                for name, shape, _, floats in tensors if floats}

    def filled(self, network):
        """Packed values for a network at hand, which is filled with them too."""
        values = self.values([[name, list(tensor.shape), None, tensor.is_floating_point()]
                              for name, tensor in network.state_dict().items()])
        network.load_state_dict({n: unpack(v) for n, v in values.items()}, strict=False)
        return values

    def _packed(self, name, shape):
        size = _size(shape)
        if len(shape) < 2:
            return pack(self.uniform(*shape) if name.endswith('var') else self._signed(*shape))
        scale = math.sqrt(2 / max(1, size // shape[0]))
        if size <= FULL_UP_TO:
            return pack(self.normal(*shape, scale=scale))
        sizes = shape[0], shape[1], size // shape[0] // shape[1]
        triples = [[self.normal(n) for n in sizes] for _ in range(2)]
        for a, b, _ in triples:
            a *= GAIN * scale
            b -= b.mean()  # what differs between images is not drowned by what they share
        return {'shape': list(shape), 'outer': [list(map(pack, triple)) for triple in triples]}

    def _signed(self, *shape):
        """Away from 0, of both signs: right for a scale, a shift and a mean."""
        return self.uniform(*shape) * torch.where(self.uniform(*shape, low=0) < 0.75, -1.0, 1.0)


def _size(shape):
    """How many numbers a tensor of this shape holds, if it is one that a network may have."""
    if not all(type(n) is int and 0 < n <= LARGEST for n in shape):
        raise NotPlain(f'{shape} is not a shape')
    size = math.prod(shape)
    if size > 2 * LARGEST or len(shape) < 2 and size > FULL_UP_TO:
        raise NotPlain(f'a tensor of shape {shape} is too large')
    return size
