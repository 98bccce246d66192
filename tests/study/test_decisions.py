"""The decisions computed a second time, from the raw lines, by scipy and without ``study``."""

import json
import re

import numpy as np
import pytest
from conftest import ROOT
from scipy.stats import ttest_rel, wilcoxon

RESULTS = ROOT / 'data' / 'results'
PAGE = (RESULTS / 'README.md').read_text(encoding='utf-8')
DEPTHS = {8: 18, 16: 34, 32: 66}  # blocks: layers
MARGIN = 0.5


def runs(name):
    return [json.loads(line) for line in
            (RESULTS / f'{name}.jsonl').read_text(encoding='utf-8').splitlines()]


def depth(run):
    return DEPTHS[sum(run['config']['num_blocks'])]


def own_rate(arm, layers):
    scores = {}
    for run in runs('tuning'):
        if (run['config']['arm'], depth(run)) == (arm, layers):
            scores.setdefault(run['config']['lr'], []).append(run['dev_score'])
    return max(scores, key=lambda lr: np.mean(scores[lr]))


def accuracies(name, arm, layers, lr):
    """Percent by seed, counted from the digits that were classified correctly."""
    scores = {}
    for run in runs(name):
        config = run['config']
        if (config['arm'], depth(run), config['lr']) == (arm, layers, lr):
            hits = bin(int(run['test_hits'], 16)).count('1')
            scores[config['seed']] = 100 * hits / config['n_test']
    return np.array([scores[seed] for seed in sorted(scores)])


def comparisons():
    for name, layers_of, common in (('pairs', (18, 34, 66), False), ('pairs', (18, 34, 66), True),
                                    ('full_mnist_1000', (18, 34), False)):
        for layers in layers_of:
            yield [accuracies(name, arm, layers, 0.01 if common else own_rate(arm, layers))
                   for arm in ('plain', 'residual')]


def holm(p_values):
    """Rejected in ascending order as long as p <= 0.05 / (number left); as adjusted p values."""
    order = np.argsort(p_values)
    steps = np.sort(p_values) * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def printed():
    table = PAGE.partition('decisions: data/draw_results.py -->\n')[2].partition('\n<!--')[0]
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in table.splitlines()[2:]]


def test_the_eight_decisions():
    pairs = list(comparisons())
    assert len(pairs) == len(printed()) == 8
    tests = [ttest_rel(residual, plain) for plain, residual in pairs]
    adjusted = holm([test.pvalue for test in tests])
    for (plain, residual), test, p, row in zip(pairs, tests, adjusted, printed(), strict=True):
        low, high = test.confidence_interval()
        words = ['helps' if np.mean(residual - plain) > 0 else 'harms'] * bool(p < 0.05)
        words += ['equivalent'] * bool(max(-low, high) <= MARGIN)
        _, _, n, plain_mean, residual_mean, difference, median, printed_p, shows = row
        assert (int(n), shows) == (len(plain), ', '.join(words) or 'undecided')
        numbers = [float(x) for x in re.findall(r'[+-]?\d+\.\d', f'{plain_mean} {residual_mean} '
                                                f'{difference} {median}')]
        assert numbers == pytest.approx(
            [plain.mean(), residual.mean(), np.mean(residual - plain), low, high,
             np.median(residual - plain)], abs=0.0501)
        assert numbers[0] != pytest.approx(residual.mean(), abs=0.0501), 'the arms are swapped'
        assert (p < 0.001) if printed_p == '< 0.001' else printed_p == f'{p:.3f}'


def test_wilcoxons_test_agrees():
    """It decides nothing; the plan has it given beside the t test where differences are skewed."""
    for plain, residual in comparisons():
        assert (wilcoxon(residual - plain).pvalue < 0.05) == (
            ttest_rel(residual, plain).pvalue < 0.05)


def test_number_of_rates_and_pairs():
    assert {run['config']['lr'] for run in runs('tuning')} == {
        0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3}
    seeds = {run['config']['seed'] for run in runs('tuning')}
    assert not seeds & {run['config']['seed'] for run in runs('pairs') + runs('full_mnist_1000')}
