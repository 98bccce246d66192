"""Figures within the texts of labs and READMEs, in both languages, against the stored results."""

from statistics import fmean, stdev
from types import SimpleNamespace

import pytest
from cases.texts.prose import PHRASES
from conftest import ROOT
from draw_results import at_best_rate, decided, finer_results, own_rates
from scipy.stats import wilcoxon

from nndl.study.pairs import Comparison, compare, decide
from nndl.study.stored import stored_results
from nndl.study.tuning import best_rates, dev_scores


@pytest.fixture(scope='module')
def stored():
    own, one, full = decided().values()
    return SimpleNamespace(own=own, one=one, full=full, tuned=dev_scores(stored_results('tuning')))


def points(value, digits=1):
    return f'{100 * value:.{digits}f}'


def facts(stored):
    """{name in the phrases: text}."""
    slow, usual, fast = compare(stored_results('learning_rate'))
    fixed, *_ = compare(stored_results('fixed_digits'))
    book = Comparison([(plain, residual) for (plain, _), (_, residual)
                       in zip(slow.pairs, usual.pairs, strict=True)])
    own, one, finer = stored.own, stored.one, finer_results()
    finer18, finer34 = compare(finer, best_rates(dev_scores(finer)))
    long18, long34 = compare(stored_results('epochs_20'), own_rates())
    all18, = compare(stored_results('full_mnist'))
    told = {'gain': points(fmean(usual.residual_scores) - fmean(slow.residual_scores)),
            'book_least': points(min(book.differences)), 'book_most': points(max(book.differences)),
            'rate': points(one[1].difference.estimate - own[1].difference.estimate, 0),
            'deeper': points(fmean(own[0].residual_scores) - fmean(own[1].residual_scores)),
            'peak': points(stored.tuned['plain', 34][0.003], 0),
            'off': points(stored.tuned['plain', 34][0.01], 0)}
    for name, each in {'own18': own[0], 'own34': own[1], 'own66': own[2],
                       'one18': one[0], 'one34': one[1],
                       'slow': slow, 'usual': usual, 'fast': fast, 'book': book, 'fixed': fixed,
                       'finer18': finer18, 'finer34': finer34, 'long18': long18, 'long34': long34,
                       'all18': all18,
                       'full18': stored.full[0], 'full34': stored.full[1]}.items():
        told |= {f'{name}_plain': points(fmean(each.plain_scores), 0),
                 f'{name}_plain_1': points(fmean(each.plain_scores)),
                 f'{name}_residual': points(fmean(each.residual_scores), 0)}
        for part, value in {'': each.difference.estimate, '_low': each.difference.low,
                            '_high': each.difference.high, '_median': each.median}.items():
            told |= {f'{name}{part}_{digits}': points(value, digits) for digits in (0, 1)}
    return told | initialisations()


def initialisations():
    """Mean accuracies without batch normalisation, and what plan.md predicted of 34 layers."""
    groups, told = {}, {}
    for result in stored_results('initialisation'):
        if not result.config.batch_norm:
            config = result.config
            groups.setdefault((config.init, config.arm, config.depth), []).append(result)
    for key, results in groups.items():
        scores = [result.test_score for result in at_best_rate(results)]
        told['_'.join(map(str, key))] = points(fmean(scores), 0)
    plain, residual, default = ({r.config.seed: r.gradients for r in groups[key]} for key in (
        ('he_live', 'plain', 34), ('he_live', 'residual', 34), ('torch', 'plain', 34)))
    live = [r.test_score for r in at_best_rate(groups['he_live', 'plain', 34])]
    times = [residual[seed][0] / plain[seed][0] for seed in plain]
    first = [gradients[0] for gradients in default.values()]
    assert sum(score > 0.5 for score in live) == 4
    assert {r.test_score for r in groups['torch', 'plain', 34]} == {0.1}
    assert {r.diverged_at for r in groups['he_live', 'residual', 34]} == {1, 2}
    return told | {
        'live_ratio': f'{max(max(g[0] / g[-1], g[-1] / g[0]) for g in plain.values()) + 0.05:.1f}',
        'live_times_least': f'{min(times):.0f}', 'live_times_most': f'{max(times):.0f}',
        'torch_first_least': f'{min(first):.0e}', 'torch_first_most': f'{max(first):.0e}',
        'live_least': points(min(live)), 'live_most': points(max(live))}


@pytest.mark.parametrize('page', PHRASES)
def test_what_is_said_is_what_is_stored(page, stored):
    told, text = facts(stored), squeezed((ROOT / page).read_text(encoding='utf-8'))
    phrases = [phrase.format(**told) for phrase in PHRASES[page]]
    assert [phrase for phrase in phrases if squeezed(phrase) not in text] == []
    altered = [phrase.format(**dict.fromkeys(told, '99.9')) for phrase in PHRASES[page]]
    assert not [phrase for phrase in altered if squeezed(phrase) in text]


def squeezed(text):
    """Without spaces and line breaks, and with one kind of minus."""
    return ''.join(text.split()).replace('−', '-')


def test_what_is_said_without_figures(stored):
    """data/results/README.md and labs 03 and 04, in words."""
    decisive = [*stored.own, *stored.one, *stored.full]
    assert [shows for _, shows in decide(decisive)] == ['helps'] * 8
    assert all(wilcoxon(each.differences).pvalue < 0.001 for each in decisive)
    skew = [(each.difference.estimate - each.median) / stdev(each.differences)
            for each in (*stored.own, *stored.one)]
    assert [value > 0.2 for value in skew] == [True, True, False, True, False, False]
    assert -0.5 < skew[5] < -0.4
    losses = {arm: [max(of_rates.values()) - score for score in of_rates.values()]
              for arm, of_rates in stored.tuned.items()}
    assert [round(100 * loss) for loss in losses['plain', 34][1:4]] == [18, 0, 27]
    assert [round(100 * loss) for loss in losses['residual', 34][2:5]] == [2, 0, 2]
    assert max(stored.tuned['plain', 66].values()) < 0.13
    assert all(stored.tuned['plain', 34][lr] < score
               for lr, score in stored.tuned['plain', 18].items())
