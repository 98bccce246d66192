"""A pair differs in the residual connection alone, and an unfair pair is refused."""

import json
from dataclasses import FrozenInstanceError, asdict, replace

import pytest
import torch

from nndl import ablation
from nndl.ablation import RunConfig, UnfairPair, build_model, check_pair, load_digits, pair_of, run
from nndl.report import table, verdict, write_outputs

SMALL = RunConfig('residual', n_train=96, n_dev=40, n_test=40, epochs=1, batch_size=32)


@pytest.fixture(scope='module')
def digits():
    return load_digits(SMALL)


@pytest.fixture(scope='module')
def pair(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp('out')
    return [run(config, out, digits=digits) for config in pair_of(SMALL)]


def test_the_pair_is_fair(pair):
    check_pair(*pair)
    plain, residual = pair
    assert plain.config == replace(residual.config, arm='plain')
    assert plain.batches == residual.batches
    assert plain.initial_tensors.items() < residual.initial_tensors.items()
    assert plain.train_step_losses != residual.train_step_losses


def test_a_result_is_plain_data_with_all_that_is_needed_to_repeat_it(pair):
    for result in pair:
        content = json.loads(json.dumps(asdict(result)))
        assert content['config']['seed'] == 0
        assert content['versions']['torch'] == torch.__version__
        assert content['machine']['cores'] >= 1
        assert len(content['train_step_losses']) == 3
        assert content['test_score'] == content['test_correct'] / 40
        assert content['dev_score'] == max(content['dev_scores'])


def test_a_run_can_be_repeated(pair, digits, tmp_path):
    again = run(pair[1].config, tmp_path, digits=digits)
    assert again.train_step_losses == pair[1].train_step_losses
    assert again.test_correct == pair[1].test_correct
    assert again.initial_tensors == pair[1].initial_tensors


def test_the_seed_changes_tensors_and_batches(pair, digits, tmp_path):
    other = run(replace(SMALL, seed=1), tmp_path, digits=digits)
    assert other.batches != pair[1].batches
    assert other.initial_tensors['net.1.0.conv1.weight'] != (
        pair[1].initial_tensors['net.1.0.conv1.weight'])


@pytest.mark.parametrize(('change', 'message'), [
    ({'lr': 0.005}, 'lr is 0.005 for the plain network and 0.01 for the residual one'),
    ({'seed': 3}, 'seed is 3 for the plain'),
    ({'n_train': 95}, 'n_train is 95'),
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
        return ablation.Model_ResNet18(1, use_residual=config.arm == 'residual')

    monkeypatch.setattr(ablation, 'build_model', careless)
    plain = run(pair_of(SMALL)[0], tmp_path, digits=digits)
    with pytest.raises(UnfairPair, match='began with different tensors: net'):
        check_pair(plain, pair[1])


def test_another_order_of_batches_is_refused(digits, tmp_path, monkeypatch, pair):
    """Planted: the loader shuffles by the global generator."""
    class Careless(ablation.WitnessedLoader):
        def __init__(self, *args, generator, **kwargs):
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(ablation, 'WitnessedLoader', Careless)
    plain = run(pair_of(SMALL)[0], tmp_path, digits=digits)
    with pytest.raises(UnfairPair, match='saw different batches'):
        check_pair(plain, pair[1])


def test_building_leaves_the_global_generator_alone():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    build_model(SMALL)
    assert torch.equal(torch.rand(1), expected)


def test_configurations():
    assert SMALL.name == 'residual-18-seed0'
    assert RunConfig('lenet', seed=2).name == 'lenet-seed2'
    with pytest.raises(FrozenInstanceError):
        SMALL.lr = 1
    with pytest.raises(ValueError, match="arm is 'both': give one of plain, residual, lenet"):
        RunConfig('both')


def test_report_of_one_seed(pair, tmp_path):
    text = table(pair)
    assert 'plain-18' in text
    assert '11,001,610' in text
    assert '35.41 M' in text
    assert 'One run cannot show' in verdict(pair)
    write_outputs(pair, tmp_path, 'the command')
    content = json.loads((tmp_path / 'metrics.json').read_text())
    assert content['command'] == 'the command'
    assert len(content['results']) == 2
    assert (tmp_path / 'curves.pdf').read_bytes().startswith(b'%PDF')
    assert (tmp_path / 'curves.png').read_bytes().startswith(b'\x89PNG')


def with_scores(pair, scores):
    """Results of several seeds with these (plain, residual) test scores."""
    return [replace(result, test_score=score, config=replace(result.config, seed=seed))
            for seed, both in enumerate(scores)
            for result, score in zip(pair, both, strict=True)]


@pytest.mark.parametrize(('scores', 'says'), [
    ([(0.90, 0.93), (0.91, 0.94), (0.90, 0.935)], 'The interval does not hold 0.'),
    ([(0.90, 0.93), (0.95, 0.94), (0.92, 0.91)], 'Nothing shown: the interval holds 0.'),
])
def test_report_of_several_seeds(pair, scores, says):
    results = with_scores(pair, scores)
    assert verdict(results).endswith(says)
    assert 'over 3 seeds' in verdict(results)
    assert len(table(results).splitlines()) == 4
