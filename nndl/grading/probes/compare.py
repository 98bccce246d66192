"""Comparison of values that came back with values that the grader computed."""

import math

from nndl.grading.inside.plain import NotPlain, unpack

__all__ = ['close', 'same_number', 'unpacked']


def unpacked(packed):
    """The tensor that came back, or None if it is none."""
    try:
        return unpack(packed)
    except NotPlain:
        return None


def close(packed, expected, tolerance=1e-4):
    """Whether a packed tensor has the expected shape and values, up to rounding.

    Differences up to ``tolerance`` times the largest value (at least 1) count as rounding.
    """
    got = unpacked(packed)
    if got is None or got.shape != expected.shape or got.dtype != expected.dtype:
        return False
    scale = max(1.0, float(expected.abs().max())) if expected.numel() else 1.0
    return bool(((got - expected).abs() <= tolerance * scale).all())


def same_number(got, expected, tolerance=1e-4):
    """Whether a plain number has the expected value, up to rounding."""
    return (type(got) in (int, float) and math.isfinite(got)
            and abs(got - expected) <= tolerance * max(1e-2, abs(expected)))
