"""Values that nobody knew before, and the comparison of what came back with what is expected."""

import math
import os

import torch

from nndl.check.line import kind_of

__all__ = ['Draw', 'close', 'is_number', 'kind_seen', 'same_number']


class Draw:
    """Draws numbers.

    Args:
        seed: the same numbers each time; without it, from the system's entropy.
    """

    def __init__(self, seed=None):
        seed = int.from_bytes(os.urandom(7)) if seed is None else seed
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape):
        """Normal numbers."""
        return torch.randn(*shape, generator=self.generator)

    def integers(self, high, *shape):
        """Whole numbers from 0 to high - 1."""
        return torch.randint(0, high, shape, generator=self.generator)

    def seed(self):
        """A seed for another generator."""
        return int(self.integers(2 ** 40, 1))

    def number(self, low=0.5, high=1.5):
        """One number from low to high."""
        return low + (high - low) * float(torch.rand(1, generator=self.generator))


def close(got, expected, tolerance=1e-4):
    """True if both are tensors of the same shape, type and values up to rounding.

    Differences up to ``tolerance`` times the largest expected value count as rounding.
    """
    if not (isinstance(got, torch.Tensor) and isinstance(expected, torch.Tensor)) or (
            got.shape, got.dtype) != (expected.shape, expected.dtype):
        return False
    if not expected.numel() or not expected.is_floating_point():
        return torch.equal(got, expected)
    scale = float(expected.abs().max()) or 1.0
    return bool(((got - expected).abs() <= tolerance * scale).all())


def kind_seen(value):
    """Describe a value, which may have come from a probe, for messages."""
    return value if value is None else kind_of(value)


def is_number(value):
    """A plain, finite number: no truth value, no tensor."""
    return type(value) in (int, float) and math.isfinite(value)


def same_number(got, expected, tolerance=1e-4):
    """True if a plain number has the expected value, up to rounding."""
    return is_number(got) and abs(got - expected) <= tolerance * max(1e-2, abs(expected))
