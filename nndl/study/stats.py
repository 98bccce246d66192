"""Confidence intervals of one score and of paired differences, and the tests that go with them."""

import math
import statistics
from typing import NamedTuple

__all__ = ['Interval', 'wilson_interval', 'mean_interval', 't_test', 'mcnemar', 'holm']


class Interval(NamedTuple):
    """An estimate with the ends of its 95% (or other) interval."""

    estimate: float
    low: float
    high: float

    @property
    def holds_zero(self):
        return self.low <= 0 <= self.high


def wilson_interval(correct, n, confidence=0.95):
    """Share of ``correct`` among ``n`` with its Wilson score interval (Wilson 1927)."""
    from scipy.stats import binomtest

    ends = binomtest(correct, n).proportion_ci(confidence, method='wilson')
    return Interval(correct / n, float(ends.low), float(ends.high))


def mean_interval(values, confidence=0.95):
    """Mean with its t interval; for paired differences the paired t interval.

    One value has no interval: its ends are infinite.
    """
    from scipy.stats import t

    n = len(values)
    mean = math.fsum(values) / n
    if n == 1:
        return Interval(mean, -math.inf, math.inf)
    half = float(t.ppf((1 + confidence) / 2, n - 1)) * statistics.stdev(values) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def t_test(differences):
    """p value of the two-sided paired t test; 1 for a single pair, which shows nothing."""
    from scipy.stats import t

    n, mean = len(differences), statistics.fmean(differences)
    if n == 1 or mean == 0:
        return 1.0
    error = statistics.stdev(differences) / math.sqrt(n)
    return float(2 * t.sf(abs(mean) / error, n - 1)) if error else 0.0


def mcnemar(only_a, only_b):
    """p value of McNemar's exact test (1947) for two networks on the same digits.

    Args:
        only_a: number of digits that the first network classified correctly and the second not.
        only_b: the other way round.

    Returns:
        The chance of so uneven a split or worse if both erred equally often.
    """
    from scipy.stats import binomtest

    n = only_a + only_b
    return 1.0 if n == 0 else float(binomtest(only_a, n).pvalue)


def holm(p_values):
    """p values adjusted for their number (Holm 1979), in their order.

    That any of the comparisons without a difference gets one below 0.05 has a chance of at most
    5%, however many there are.
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, k in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[k]))
        adjusted[k] = largest
    return adjusted
