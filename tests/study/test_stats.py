"""Intervals against numbers worked by hand and against other routes in scipy."""

import math

import pytest
from scipy import stats as scipy_stats

from nndl.study.stats import Interval, holm, mcnemar, mean_interval, t_test, wilson_interval


@pytest.mark.parametrize(('correct', 'n'), [(175, 200), (170, 200), (0, 10), (10, 10), (1, 3)])
def test_wilson_by_its_formula(correct, n):
    z = 1.959963984540054
    p = correct / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    interval = wilson_interval(correct, n)
    assert interval.estimate == p
    assert interval.low == pytest.approx(middle - half, abs=1e-12)
    assert interval.high == pytest.approx(middle + half, abs=1e-12)


def test_two_hundred_digits_are_few():
    """The textbook's 87.5% is anything from 82 to 91%; its 85.0% lies within."""
    interval = wilson_interval(175, 200)
    assert (round(interval.low, 3), round(interval.high, 3)) == (0.822, 0.914)
    assert interval.low < 0.85 < interval.high


def test_t_interval_by_hand():
    # mean 2, standard deviation 1, n = 3, t(0.975, 2) = 4.302653
    interval = mean_interval([1, 2, 3])
    assert interval.estimate == 2
    assert interval.high - 2 == pytest.approx(4.302652729911275 / math.sqrt(3))
    assert interval.low == pytest.approx(4 - interval.high)


def test_t_interval_of_differences_is_the_paired_t_test():
    a, b = [0.90, 0.93, 0.91, 0.95, 0.92], [0.93, 0.94, 0.95, 0.95, 0.96]
    ours = mean_interval([y - x for x, y in zip(a, b, strict=True)])
    reference = scipy_stats.ttest_rel(b, a).confidence_interval(0.95)
    assert ours.low == pytest.approx(reference.low)
    assert ours.high == pytest.approx(reference.high)
    p = scipy_stats.ttest_rel(b, a).pvalue
    assert t_test([y - x for x, y in zip(a, b, strict=True)]) == pytest.approx(p)


@pytest.mark.parametrize(('differences', 'p'), [([0.3], 1), ([0, 0], 1), ([0.1, -0.1], 1),
                                                ([0.1, 0.1], 0)])
def test_t_test_without_spread(differences, p):
    assert t_test(differences) == p


def test_holm_by_hand():
    """Sorted 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1, and never falling."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


def test_one_value_shows_nothing():
    interval = mean_interval([3.0])
    assert interval == Interval(3.0, -math.inf, math.inf)
    assert interval.holds_zero


def test_holds_zero():
    assert Interval(1, -1, 3).holds_zero
    assert not Interval(2, 0.1, 3).holds_zero
    assert not Interval(-2, -3, -0.1).holds_zero


@pytest.mark.parametrize(('only_a', 'only_b', 'p'), [
    (0, 5, 2 / 2**5),  # both ends of five throws
    (1, 4, 2 * (1 + 5) / 2**5),
    (3, 3, 1.0),
    (0, 0, 1.0),
])
def test_mcnemar_by_hand(only_a, only_b, p):
    assert mcnemar(only_a, only_b) == pytest.approx(p)
    assert mcnemar(only_b, only_a) == pytest.approx(p)
