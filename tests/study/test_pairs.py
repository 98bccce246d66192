"""A pair differs in the residual connection alone, and an unfair pair is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from cases.inputs.study import SHOWN, UNFAIR
from scipy.stats import ttest_rel
from test_run import SMALL

from nndl.resnet import Model_ResNet18
from nndl.study import run as run_module
from nndl.study.design import pair_of
from nndl.study.pairs import Comparison, UnfairPair, check_pair, compare, decide
from nndl.study.report import notes, pair_rows, run_rows, setting_name, table, write_figures
from nndl.study.run import load_digits, run


@pytest.fixture(scope='module')
def digits():
    return load_digits(SMALL)


@pytest.fixture(scope='module')
def pair(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp('out')
    return [run(config, out, digits=digits) for config in pair_of(SMALL)]


def with_scores(pair, scores, **settings):
    """Results of several seeds whose arms read so many of 1000 test digits, the first ones."""
    results = []
    for seed, both in enumerate(scores):
        for result, correct in zip(pair, both, strict=True):
            hits = np.packbits(np.arange(1000) < correct).tobytes().hex()
            config = replace(result.config, seed=seed, n_test=1000, **settings)
            results.append(replace(result, config=config, n_test=1000, test_correct=correct,
                                   test_score=correct / 1000, test_hits=hits))
    return results


def test_the_pair_is_fair(pair):
    check_pair(*pair)
    plain, residual = pair
    assert plain.config == replace(residual.config, arm='plain')
    assert plain.batches == residual.batches
    assert plain.initial_tensors.items() < residual.initial_tensors.items()
    assert plain.train_step_losses != residual.train_step_losses


@pytest.mark.parametrize(('change', 'message'), UNFAIR)
def test_other_settings_are_refused(pair, change, message):
    plain, residual = pair
    with pytest.raises(UnfairPair, match=message):
        check_pair(replace(plain, config=replace(plain.config, **change)), residual)


def test_other_initial_tensors_are_refused(digits, tmp_path, monkeypatch, pair):
    """Planted: the plain network is built afresh instead of from its twin."""
    def careless(config):
        torch.manual_seed(config.seed)
        return Model_ResNet18(1, use_residual=config.arm == 'residual')

    monkeypatch.setattr(run_module, 'build_model', careless)
    plain = run(pair_of(SMALL)[0], tmp_path, digits=digits)
    with pytest.raises(UnfairPair, match='began with different tensors: net'):
        check_pair(plain, pair[1])


def test_another_order_of_batches_is_refused(digits, tmp_path, monkeypatch, pair):
    """Planted: the loader shuffles by the global generator."""
    class Careless(run_module.WitnessedLoader):
        def __init__(self, *args, generator, **kwargs):
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(run_module, 'WitnessedLoader', Careless)
    plain = run(pair_of(SMALL)[0], tmp_path, digits=digits)
    with pytest.raises(UnfairPair, match='saw different batches'):
        compare([plain, pair[1]])


def test_a_run_that_diverged_has_seen_fewer_batches(pair):
    plain, residual = pair
    ended = replace(plain, batches='other', diverged_at=2)
    comparison, = compare([ended, residual])
    assert comparison.plain_scores == [plain.test_score]
    assert 'plain-18-seed0, lr 0.01: the loss was not' in notes([ended, residual], [comparison])


def test_other_rates_are_a_pair_only_where_each_arm_has_its_own(pair):
    """The textbook's comparison has another learning rate for each network and does not say so."""
    plain, residual = pair
    slower = replace(plain, config=replace(plain.config, lr=0.005))
    with pytest.raises(UnfairPair, match='18 layers, seed 0, learning rate 0.005: only the plain '):
        compare([slower, residual])
    rates = {('plain', 18): 0.005, ('residual', 18): 0.01}
    comparison, = compare([plain, slower, residual], rates)
    assert comparison.pairs == [(slower, residual)]
    assert setting_name(comparison) == '18 layers, lr 0.005 and 0.01 (own), epochs: 1'
    with pytest.raises(UnfairPair, match='momentum is 0.9'):
        check_pair(replace(slower, config=replace(slower.config, momentum=0.9)), residual,
                   own_rates=True)
    with pytest.raises(UnfairPair, match='seed 0: only the plain network was run'):
        compare([slower], rates)


def test_pairs_are_found_in_any_order_and_grouped_by_setting(pair):
    results = (with_scores(pair, [(900, 930)]) + with_scores(pair, [(800, 930)], lr=0.005)
               + with_scores(pair, [(900, 930), (910, 940)], split_seed=5)[2:])
    slow, usual = compare(results[::-1])
    assert (slow.rates, usual.rates) == ((0.005, 0.005), (0.01, 0.01))
    assert (len(slow.pairs), len(usual.pairs)) == (1, 2)
    assert usual.setting == replace(SMALL, n_test=1000)


def test_comparison_is_the_paired_t_test_and_mcnemars(pair):
    scores = [(900, 930), (910, 940), (905, 906), (902, 902)]
    comparison, = compare(with_scores(pair, scores))
    plain, residual = np.array(scores).T / 1000
    reference = ttest_rel(residual, plain)
    ends = reference.confidence_interval()
    assert comparison.difference == pytest.approx((np.mean(residual - plain), ends.low, ends.high))
    assert comparison.median == pytest.approx(0.0155)
    assert decide([comparison]) == [(pytest.approx(reference.pvalue), 'undecided')]
    # 30 digits only the residual network classified correctly, none only the plain one: 2 / 2**30
    assert comparison.mcnemar == pytest.approx([2 / 2**30, 2 / 2**30, 1, 1])
    assert Comparison(comparison.pairs, n_test=905).residual_scores == [1, 1, 1, 902 / 905]


def test_decisions(pair):
    """Each kind, and what the number of comparisons changes."""
    def of(*scores):
        comparison, = compare(with_scores(pair, scores))
        return comparison

    shown = {word: of(*scores) for scores, word in SHOWN.items()}
    assert [word for _, word in decide([*shown.values()])] == [*shown]
    hint = of((900, 930), (900, 925), (900, 905))
    (alone, word), = decide([hint])
    assert (0.04 < alone < 0.15, word) == (True, 'undecided')
    clear = of((900, 930), (900, 925), (900, 912), (900, 915))
    (alone, word), = decide([clear])
    (among, same_word), *_ = decide([clear, *[shown['undecided']] * 3])
    assert (word, same_word) == ('helps', 'undecided')
    assert among == pytest.approx(4 * alone)


def test_report_of_one_pair(pair, tmp_path):
    text = table(run_rows(pair))
    assert text.splitlines()[2].startswith('plain-18')
    assert '11,001,610' in text
    assert '35.41 M' in text
    comparisons = compare(pair)
    assert pair_rows(comparisons)[1][-2:] == ('-', '-')
    said = notes(pair, comparisons)
    assert said.startswith('One pair each. McNemar p ')
    assert '--tune' in said and '--tune' not in notes(pair, comparisons, tuned=True)
    write_figures(pair, comparisons, tmp_path)
    assert (tmp_path / 'curves.pdf').read_bytes().startswith(b'%PDF')
    assert (tmp_path / 'curves.png').read_bytes().startswith(b'\x89PNG')
    assert not (tmp_path / 'pairs.png').exists()


def test_report_of_several_settings(pair, tmp_path):
    results = (with_scores(pair, [(900, 930), (910, 940)])
               + with_scores(pair, [(900, 930), (950, 940)], lr=0.1, momentum=0.9))
    comparisons = compare(results)
    assert len(table(run_rows(results)).splitlines()) == 6
    rows = pair_rows(comparisons)
    assert rows[1][:4] == ('18 layers, lr 0.01, epochs: 1', '2', '90.5%', '93.5%')
    assert rows[1][4:] == ('+3.0 (+3.0 to +3.0)', '+3.0', '< 0.001', 'helps')
    assert rows[2][0] == '18 layers, lr 0.1 (0.9), epochs: 1'
    assert table(rows, markdown=True).splitlines()[1] == '|---' * 8 + '|'
    assert 'adjusted for 2 comparisons (Holm)' in notes(results, comparisons)
    write_figures(results, comparisons, tmp_path)
    assert (tmp_path / 'pairs.png').exists()


def test_names_of_settings(pair):
    settings = {'schedule': 'one_cycle', 'batch_norm': False, 'momentum': 0.9, 'init': 'he_live',
                'epochs': 20, 'source': 'full'}
    comparison, = compare(with_scores(pair, [(900, 930)], **settings))
    assert setting_name(comparison) == (
        '18 layers, lr 0.01 (0.9), one cycle, no batch normalisation, He over live products, '
        'epochs: 20, full MNIST')
