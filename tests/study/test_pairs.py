"""A pair differs in the residual connection alone, and an unfair pair is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import ttest_rel
from test_run import SMALL

from nndl.resnet import Model_ResNet18
from nndl.study import run as run_module
from nndl.study.pairs import UnfairPair, check_pair, compare, pair_of, pairs_by_setting
from nndl.study.report import setting_name, summary, table, verdict, write_outputs
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


@pytest.mark.parametrize(('change', 'message'), [
    ({'lr': 0.005}, 'lr is 0.005 for the plain network and 0.01 for the residual one'),
    ({'momentum': 0.9}, 'momentum is 0.9 for the plain'),
    ({'seed': 3}, 'seed is 3 for the plain'),
    ({'n_train': 95}, 'n_train is 95'),
    ({'batch_norm': False}, 'batch_norm is False'),
    ({'arm': 'residual'}, 'the arms are residual and residual'),
])
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
    assert compare([ended, residual])[0].plain_scores == [plain.test_score]
    assert 'plain-18-seed0, lr 0.01: the loss was not' in verdict([ended, residual])


def test_a_run_without_its_twin_is_refused(pair):
    """The textbook's comparison: another learning rate for each network."""
    plain, residual = pair
    slower = replace(plain, config=replace(plain.config, lr=0.005))
    with pytest.raises(UnfairPair, match='has no twin'):
        compare([slower, residual])


def test_pairs_are_found_in_any_order_and_grouped_by_setting(pair):
    results = (with_scores(pair, [(900, 930)]) + with_scores(pair, [(800, 930)], lr=0.005)
               + with_scores(pair, [(900, 930), (910, 940)], split_seed=5)[2:])
    groups = pairs_by_setting(results[::-1])
    assert [setting.lr for setting in groups] == [0.005, 0.01]
    assert [len(pairs) for pairs in groups.values()] == [1, 2]
    assert [a.config.seed for a, _ in groups[replace(SMALL, n_test=1000)]] == [0, 1]


def test_comparison_is_the_paired_t_test_and_mcnemars(pair):
    scores = [(900, 930), (910, 940), (905, 906), (902, 902)]
    comparison, = compare(with_scores(pair, scores))
    plain, residual = np.array(scores).T / 1000
    ends = ttest_rel(residual, plain).confidence_interval()
    assert comparison.difference.estimate == pytest.approx(np.mean(residual - plain))
    assert comparison.difference.low == pytest.approx(ends.low)
    assert comparison.difference.high == pytest.approx(ends.high)
    # 30 digits only the residual network reads, none only the plain one: 2 / 2**30
    assert comparison.p_values == pytest.approx([2 / 2**30, 2 / 2**30, 1, 1])


def test_report_of_one_seed(pair, tmp_path):
    text = table(pair)
    assert 'plain-18' in text
    assert '11,001,610' in text
    assert '35.41 M' in text
    assert 'One run cannot show' in verdict(pair)
    write_outputs(pair, tmp_path, 'the command')
    content = json.loads((tmp_path / 'metrics.json').read_text())
    assert content['command'] == 'the command'
    assert content['runs'] == 2
    assert content['settings'][0]['difference'][1:] == [None, None]
    assert (tmp_path / 'curves.pdf').read_bytes().startswith(b'%PDF')
    assert (tmp_path / 'curves.png').read_bytes().startswith(b'\x89PNG')
    assert not (tmp_path / 'pairs.png').exists()


@pytest.mark.parametrize(('scores', 'says'), [
    ([(900, 930), (910, 940), (900, 935)], 'The interval does not hold 0.'),
    ([(900, 930), (950, 940), (920, 910)], 'Nothing shown: the interval holds 0.'),
])
def test_report_of_several_seeds(pair, scores, says):
    results = with_scores(pair, scores)
    assert verdict(results).endswith(says)
    assert 'over 3 seeds' in verdict(results)
    assert len(table(results).splitlines()) == 4


def test_report_of_several_settings(pair, tmp_path):
    results = (with_scores(pair, [(900, 930), (910, 940)])
               + with_scores(pair, [(900, 930), (950, 940)], lr=0.1, momentum=0.9))
    assert len(table(results).splitlines()) == 6
    first, second = verdict(results).splitlines()
    assert first.startswith('18 layers, lr 0.01: residual - plain on 1000 test digits: +3.0')
    assert second.startswith('18 layers, lr 0.1 (0.9): ')
    write_outputs(results, tmp_path, 'the command')
    assert (tmp_path / 'pairs.png').exists()
    assert [s['setting']['lr'] for s in summary(results, '')['settings']] == [0.01, 0.1]


def test_names_of_settings():
    config = replace(SMALL, schedule='one_cycle', batch_norm=False, momentum=0.9,
                     init='he_live')
    assert setting_name(config) == ('18 layers, lr 0.01 (0.9), one cycle, no batch normalisation, '
                                    'He over live products')
