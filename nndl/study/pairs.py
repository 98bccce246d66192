"""Pairs of runs that differ in the residual connection alone.

Equal initial tensors and equal batches are checked on what the runs used before their scores are
compared.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

from nndl.study.config import RunConfig
from nndl.study.stats import Interval, mcnemar, mean_interval

__all__ = ['Comparison', 'UnfairPair', 'check_pair', 'compare', 'pair_of', 'pairs_by_setting']


class UnfairPair(ValueError):
    """Two runs differ in more than the residual connection."""


@dataclass(frozen=True)
class Comparison:
    """Scores of the pairs of one setting over their seeds, as shares of 1.

    Attributes:
        setting: the configuration of the residual network with seed 0.
        seeds: seed of each pair.
        plain_scores, residual_scores: on the test digits, one a seed.
        plain, residual: mean and t interval.
        difference: of the pairs, residual - plain, mean and t interval.
        p_values: McNemar's, one a seed: whether these two trained networks differ on digits
            like these.
    """

    setting: RunConfig
    seeds: list
    plain_scores: list
    residual_scores: list
    plain: Interval
    residual: Interval
    difference: Interval
    p_values: list


def pair_of(config):
    """The two configurations, plain and residual, that are alike in all else."""
    return replace(config, arm='plain'), replace(config, arm='residual')


def check_pair(plain, residual):
    """Check that two results differ in the residual connection alone.

    Raises:
        UnfairPair: naming what else differs: a setting, an initial tensor, or the batches.
    """
    if (plain.config.arm, residual.config.arm) != ('plain', 'residual'):
        raise UnfairPair(f'the arms are {plain.config.arm} and {residual.config.arm}, '
                         'expected plain and residual')
    ours, theirs = asdict(plain.config), asdict(residual.config)
    for name in ours:
        if name != 'arm' and ours[name] != theirs[name]:
            raise UnfairPair(f'{name} is {ours[name]} for the plain network and '
                             f'{theirs[name]} for the residual one')
    for name, digest in plain.initial_tensors.items():
        if residual.initial_tensors.get(name) != digest:
            raise UnfairPair(f'the networks began with different tensors: {name}')
    if plain.batches != residual.batches and plain.diverged_at is residual.diverged_at is None:
        raise UnfairPair('the networks saw different batches, or in another order')


def pairs_by_setting(results):
    """{setting: [(plain, residual)]}, every pair checked, in the order of the seeds.

    Args:
        results: ``RunResult`` of plain and residual networks; others are left out.

    Raises:
        UnfairPair: if a run has no twin, or differs from it in more than the connection.
    """
    arms = {'plain': {}, 'residual': {}}
    for result in results:
        if result.config.arm in arms:
            arms[result.config.arm][replace(result.config, arm='residual')] = result
    if lonely := arms['plain'].keys() ^ arms['residual'].keys():
        config = min(lonely, key=lambda config: (config.depth, config.lr, config.seed))
        raise UnfairPair(f'{config.name} at learning rate {config.lr:g} has no twin: '
                         'only one of the two networks was run with these settings')
    groups = {}
    for config, plain in sorted(arms['plain'].items(), key=lambda item: item[0].seed):
        check_pair(plain, arms['residual'][config])
        groups.setdefault(config.setting, []).append((plain, arms['residual'][config]))
    return dict(sorted(groups.items(), key=lambda item: (item[0].depth, item[0].lr)))


def compare(results):
    """A ``Comparison`` for every setting among the results, by depth and learning rate.

    Raises:
        UnfairPair: as in ``pairs_by_setting``.
    """
    return [_comparison(setting, pairs) for setting, pairs in pairs_by_setting(results).items()]


def _comparison(setting, pairs):
    plain, residual = ([r.test_score for r in arm] for arm in zip(*pairs, strict=True))
    differences = [b - a for a, b in zip(plain, residual, strict=True)]
    return Comparison(
        setting=setting, seeds=[r.config.seed for r, _ in pairs],
        plain_scores=plain, residual_scores=residual,
        plain=mean_interval(plain), residual=mean_interval(residual),
        difference=mean_interval(differences),
        p_values=[mcnemar(int(np.sum(a.hits & ~b.hits)), int(np.sum(b.hits & ~a.hits)))
                  for a, b in pairs])
