"""Pairs of runs that differ in the residual connection alone, and what they show.

Equal initial tensors and equal batches are checked on what the runs used before their scores are
compared. The one setting in which the arms may differ is the learning rate, where each is given
its own.
"""

import statistics
from dataclasses import asdict, dataclass, replace

import numpy as np

from nndl.study.stats import holm, mcnemar, mean_interval, t_test

__all__ = ['Comparison', 'MARGIN', 'UnfairPair', 'check_pair', 'compare', 'decide']

MARGIN = 0.005  # differences within +-0.5 points count as equivalent


class UnfairPair(ValueError):
    """Two runs differ in more than the residual connection."""


@dataclass(frozen=True)
class Comparison:
    """The pairs of one setting, one for each seed; all scores are shares of 1.

    Attributes:
        pairs: [(plain, residual)], each a ``RunResult``.
        n_test: the scores are of the first so many test digits; None: of all.
    """

    pairs: list
    n_test: int | None = None

    @property
    def setting(self):
        """``RunConfig`` of the residual network, with the first seeds."""
        return self.pairs[0][1].config.setting

    @property
    def rates(self):
        """Learning rate of the plain and of the residual network."""
        return tuple(result.config.lr for result in self.pairs[0])

    @property
    def plain_scores(self):
        return [self._score(plain) for plain, _ in self.pairs]

    @property
    def residual_scores(self):
        return [self._score(residual) for _, residual in self.pairs]

    @property
    def differences(self):
        """Residual - plain of each pair."""
        return [b - a for a, b in zip(self.plain_scores, self.residual_scores, strict=True)]

    @property
    def difference(self):
        """Mean of ``differences`` with its 95% t interval."""
        return mean_interval(self.differences)

    @property
    def median(self):
        return statistics.median(self.differences)

    @property
    def mcnemar(self):
        """p value of McNemar's test for each pair: do these two trained networks differ?"""
        return [mcnemar(int(np.sum(a.hits & ~b.hits)), int(np.sum(b.hits & ~a.hits)))
                for a, b in self.pairs]

    def _score(self, result):
        if self.n_test is None:
            return result.test_score
        return result.hits[:self.n_test].mean().item()


def check_pair(plain, residual, own_rates=False):
    """Check that two results differ in the residual connection alone.

    Args:
        plain, residual: each a ``RunResult``.
        own_rates: True allows different learning rates.

    Raises:
        UnfairPair: naming what else differs: a setting, an initial tensor, or the batches.
    """
    if (plain.config.arm, residual.config.arm) != ('plain', 'residual'):
        raise UnfairPair(f'the arms are {plain.config.arm} and {residual.config.arm}, '
                         'expected plain and residual')
    ours, theirs = asdict(plain.config), asdict(residual.config)
    for name in ours:
        if ours[name] != theirs[name] and name not in ('arm', 'lr')[:1 + own_rates]:
            raise UnfairPair(f'{name} is {ours[name]} for the plain network and '
                             f'{theirs[name]} for the residual one')
    for name, digest in plain.initial_tensors.items():
        if residual.initial_tensors.get(name) != digest:
            raise UnfairPair(f'the networks began with different tensors: {name}')
    if plain.batches != residual.batches and plain.diverged_at is residual.diverged_at is None:
        raise UnfairPair('the networks saw different batches, or in another order')


def compare(results, rates=None):
    """A ``Comparison`` for every setting among the results, by depth and learning rate.

    Args:
        results: ``RunResult`` of plain and residual networks; others are left out.
        rates: {(arm, depth): learning rate}: pairs of the runs at these rates, which may differ
            between the arms; runs at other rates are left out. None: pairs of runs at one rate.

    Raises:
        UnfairPair: if a run has no twin, or differs from it in more than the connection (and,
            with ``rates``, the learning rate).
    """
    arms = {'plain': {}, 'residual': {}}
    for result in results:
        config = result.config
        if config.arm in arms and (rates is None or config.lr == rates[config.arm, config.depth]):
            twin = replace(config, arm='residual')
            arms[config.arm][replace(twin, lr=1.0) if rates else twin] = result
    if lonely := arms['plain'].keys() ^ arms['residual'].keys():
        config = min(lonely, key=lambda config: (config.depth, config.lr, config.seed))
        arm = 'plain' if config in arms['plain'] else 'residual'
        rate = '' if rates else f', learning rate {config.lr:g}'
        raise UnfairPair(f'{config.depth} layers, seed {config.seed}{rate}: only the {arm} network '
                         'was run with these settings')
    groups = {}
    for config in sorted(arms['plain'], key=lambda c: (c.depth, c.lr, c.seed)):
        pair = arms['plain'][config], arms['residual'][config]
        check_pair(*pair, own_rates=bool(rates))
        groups.setdefault(config.setting, []).append(pair)
    return [Comparison(pairs) for pairs in groups.values()]


def decide(comparisons, margin=MARGIN):
    """The decision on each comparison: [(p value, 'helps', 'equivalent' ...)].

    The p value is that of the paired t test, adjusted by Holm's method for the number of
    comparisons. Below 0.05 the connection 'helps' or 'harms'; where the 95% interval lies within
    the margin the arms are 'equivalent'. Both can hold, or neither: 'undecided'.
    """
    p_values = holm([t_test(each.differences) for each in comparisons])
    return [(p, _decision(p, each.difference, margin))
            for p, each in zip(p_values, comparisons, strict=True)]


def _decision(p, difference, margin):
    words = ['helps' if difference.estimate > 0 else 'harms'] * (p < 0.05)
    words += ['equivalent'] * (max(-difference.low, difference.high) <= margin)
    return ', '.join(words) or 'undecided'
