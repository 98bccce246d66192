"""Confidence intervals of one score and of paired differences, and McNemar's test."""

import math
from typing import NamedTuple

__all__ = ['Interval', 'wilson_interval', 'mean_interval', 'mcnemar']


class Interval(NamedTuple):
    """An estimate with the ends of its 95% (or other) interval."""

    estimate: float
    low: float
    high: float

    @property
    def holds_zero(self):
        return self.low <= 0 <= self.high


def wilson_interval(correct, n, confidence=0.95):
    """Share of ``correct`` among ``n`` with its Wilson score interval (Wilson 1927).

    Raises:
        ValueError: if ``correct`` is not 0 to ``n``, or ``n`` is 0.
    """
    from scipy.stats import binomtest

    if n < 1 or not 0 <= correct <= n:
        raise ValueError(f'{correct} correct of {n}: expected 0 to n correct, n at least 1')
    ends = binomtest(correct, n).proportion_ci(confidence, method='wilson')
    return Interval(correct / n, float(ends.low), float(ends.high))


def mean_interval(values, confidence=0.95):
    """Mean with its t interval; for paired differences the paired t interval.

    One value has no interval: its ends are infinite.
    """
    from scipy.stats import t

    n = len(values)
    if n == 0:
        raise ValueError('no values: a mean needs at least one')
    mean = math.fsum(values) / n
    if n == 1:
        return Interval(mean, -math.inf, math.inf)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = float(t.ppf((1 + confidence) / 2, n - 1)) * deviation / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def mcnemar(only_a, only_b):
    """p value of McNemar's exact test (1947) for two networks on the same digits.

    Args:
        only_a: how many digits the first network read and the second did not.
        only_b: the other way round.

    Returns:
        The chance of so uneven a split or worse if both erred equally often.

    Raises:
        ValueError: if a count is negative.
    """
    from scipy.stats import binomtest

    if only_a < 0 or only_b < 0:
        raise ValueError(f'{only_a} and {only_b}: counts of digits are 0 or more')
    n = only_a + only_b
    return 1.0 if n == 0 else float(binomtest(only_a, n).pvalue)
