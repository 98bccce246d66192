"""A run: repeatable, described in plain data, and what its settings do."""

import json
from dataclasses import FrozenInstanceError, asdict, replace
from types import SimpleNamespace

import grimp
import numpy as np
import pytest
import torch
from torch import nn

from nndl.resnet import NUM_BLOCKS
from nndl.study.config import INITS, RunConfig
from nndl.study.design import pair_of
from nndl.study.gradients import gradient_norms
from nndl.study.networks import build_model
from nndl.study.run import CODE, load_digits, run

SMALL = RunConfig('residual', n_train=96, n_dev=40, n_test=40, epochs=1, batch_size=32)


@pytest.fixture(scope='module')
def digits():
    return load_digits(SMALL)


@pytest.fixture(scope='module')
def result(digits, tmp_path_factory):
    return run(SMALL, tmp_path_factory.mktemp('out'), digits=digits)


def test_a_result_is_plain_data_with_all_that_is_needed_to_repeat_it(result):
    content = json.loads(json.dumps(asdict(result)))
    assert content['config']['seed'] == 0
    assert content['versions']['torch'] == torch.__version__
    assert len(content['versions']['code']) == 16
    assert content['machine']['cores'] >= 1
    assert len(content['train_step_losses']) == 3
    assert content['test_score'] == content['test_correct'] / 40
    assert content['dev_score'] == max(content['dev_scores'])
    assert content['cpu_seconds'] > 0


def test_a_run_can_be_repeated(result, digits, tmp_path):
    (tmp_path / result.checkpoint).write_bytes(b'of an earlier version')
    again = run(SMALL, tmp_path, digits=digits)
    assert again.train_step_losses == result.train_step_losses
    assert again.test_hits == result.test_hits
    assert again.initial_tensors == result.initial_tensors
    assert [*tmp_path.iterdir()] == [tmp_path / again.checkpoint]


def test_hits_are_those_of_the_saved_model(digits, tmp_path):
    config = replace(SMALL, arm='lenet', lr=0.05, momentum=0.9, epochs=4)
    result = run(config, tmp_path, digits=digits)
    model = build_model(config)
    model.load_state_dict(torch.load(tmp_path / result.checkpoint))
    with torch.no_grad():
        right = model.eval()(digits[2].images).argmax(1) == digits[2].labels
    assert 0 < result.test_correct < 40
    assert np.array_equal(result.hits, right.numpy())
    assert result.hits.sum() == result.test_correct


def test_the_seed_changes_tensors_and_batches(result, digits, tmp_path):
    other = run(replace(SMALL, seed=1), tmp_path, digits=digits)
    assert other.batches != result.batches
    assert other.initial_tensors['net.1.0.conv1'] != result.initial_tensors['net.1.0.conv1']


@pytest.mark.parametrize('change', [{'momentum': 0.9}, {'schedule': 'one_cycle'},
                                    {'batch_norm': False}, {'lr': 0.1}, {'init': 'he'},
                                    {'init': 'he_live'}])
def test_each_setting_changes_the_training(change, result, digits, tmp_path):
    other = run(replace(SMALL, **change), tmp_path, digits=digits)
    assert other.train_step_losses != result.train_step_losses
    assert other.batches == result.batches


def test_he_keeps_the_size_of_the_gradient_if_products_with_padding_are_not_counted(digits):
    """34 plain layers without batch normalisation: by default the gradient vanishes."""
    config = replace(SMALL, arm='plain', num_blocks=NUM_BLOCKS[34], batch_norm=False)
    first = {}
    for init in INITS:
        model = build_model(replace(config, init=init))
        first[init], *_ = gradient_norms(model, digits[0].images[:64],
                                         digits[0].labels[:64]).values()
    assert first['torch'] < 1e-12 and first['he'] < 0.1
    assert 1 < first['he_live'] < 20  # seeds 0 to 3: 2.5 to 7.6
    assert not any(conv.bias.any() for conv in model.modules()
                   if isinstance(conv, nn.Conv2d) and conv.bias is not None)


def test_the_two_of_he_differ_by_the_share_of_products_with_padding():
    """On the last map, of 1x1 pixels, one product of nine is with a pixel."""
    he, live = (build_model(replace(SMALL, init=init)).state_dict() for init in INITS[1:])
    for name, ratio in ('net.1.0.conv1', 24 / 22), ('net.4.1.conv2', 3):
        ours, theirs = (float(m[f'{name}.weight'].std()) for m in (live, he))
        assert ours == pytest.approx(ratio * theirs, rel=0.01)
        fan_in = he[f'{name}.weight'][0].numel()
        assert theirs == pytest.approx((2 / fan_in) ** 0.5, rel=0.01)


def test_a_training_that_diverges_is_a_result(digits, tmp_path):
    config = replace(SMALL, batch_norm=False, init='he_live', lr=1e6)
    result = run(config, tmp_path, digits=digits)
    assert result.diverged_at == 1
    assert len(result.train_step_losses) == 1
    assert result.test_correct == (digits[2].labels == 0).sum()  # outputs of nan: class 0
    json.dumps(asdict(result), allow_nan=False)


def test_digits_drawn_anew():
    first, other = (load_digits(replace(SMALL, split_seed=seed, image_size=16)) for seed in (0, 1))
    assert first[0].images.shape == (96, 1, 16, 16)
    assert all(not torch.equal(a.images, b.images) for a, b in zip(first, other, strict=True))


def test_training_sets_of_the_full_mnist_are_disjoint(monkeypatch):
    monkeypatch.setattr('nndl.study.run._load_mnist', lambda *sizes, **_: [
        SimpleNamespace(images=torch.arange(n), labels=torch.arange(n)) for n in sizes])
    config = replace(SMALL, source='full', n_train=20_000, n_dev=1000)
    (a, *_), (b, *_) = (load_digits(replace(config, split_seed=k)) for k in range(2))
    assert len(a.images) == len(b.images) == 20_000
    assert not set(a.images.tolist()) & set(b.labels.tolist())
    with pytest.raises(ValueError, match='split_seed is 2: the full MNIST has 2 disjoint sets of '
                                         '20000 training digits, 0 to 1'):
        load_digits(replace(config, split_seed=2))


def test_long_histories_are_thinned(digits, tmp_path):
    result = run(replace(SMALL, arm='lenet', batch_size=1, epochs=2), tmp_path, digits=digits)
    assert [step for step, _ in result.train_step_losses] == [*range(0, 192, 2)]
    assert all(loss == float(f'{loss:.6g}') for _, loss in result.train_step_losses)


def test_one_cycle_goes_up_to_lr_and_down(digits, tmp_path, monkeypatch):
    rates = []
    step = torch.optim.SGD.step

    def noted(self, *args, **kwargs):
        rates.append((self.param_groups[0]['lr'], self.param_groups[0]['momentum']))
        return step(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.SGD, 'step', noted)
    run(replace(SMALL, arm='lenet', epochs=4, schedule='one_cycle', lr=0.5, momentum=0.9),
        tmp_path, digits=digits)
    assert len(rates) == 12
    peak, momentum = max(rates)
    assert peak == pytest.approx(0.5, rel=0.05)
    assert momentum == pytest.approx(0.85, abs=0.01)
    assert rates[0] == (pytest.approx(0.5 / 25), pytest.approx(0.95))
    assert rates[-1][0] < 0.001


def test_without_batch_norm_both_arms_have_none_and_begin_alike():
    plain, residual = (build_model(config) for config in pair_of(replace(SMALL, batch_norm=False)))
    for model in plain, residual:
        assert not [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    tensors = residual.state_dict()
    assert all(torch.equal(tensors[name], t) for name, t in plain.state_dict().items())


def test_building_leaves_the_global_generator_alone():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    build_model(SMALL)
    assert torch.equal(torch.rand(1), expected)


def test_configurations():
    assert SMALL.name == 'residual-18-seed0'
    assert RunConfig('lenet', seed=2).name == 'LeNet-5-seed2'
    assert SMALL.key == replace(SMALL).key != replace(SMALL, lr=0.02).key
    assert SMALL.key == replace(SMALL, n_train=np.int64(96)).key
    with pytest.raises(FrozenInstanceError):
        SMALL.lr = 1


def test_skipped_taps_change_a_run_by_rounding_alone(digits, result, tmp_path):
    plain = run(SMALL, tmp_path, digits=digits, skip_taps=False)
    ours, theirs = (dict(r.train_step_losses) for r in (result, plain))
    assert ours[0] == pytest.approx(theirs[0], rel=1e-5)
    assert ours == pytest.approx(theirs, rel=0.02)
    assert ours != theirs, 'both went the same way'
    assert plain.multiply_adds == result.multiply_adds
    assert plain.initial_tensors == result.initial_tensors


def test_the_digest_is_that_of_the_code_of_a_run():
    """A change of any file that a run imports is seen; what only describes it does not count."""
    graph = grimp.build_graph('nndl')
    imported = graph.find_upstream_modules('nndl.study.run') | {'nndl.study.run'}
    files = {f'{name.removeprefix("nndl.").replace(".", "/")}.py' for name in imported
             if name not in ('nndl', 'nndl.study') and not name.startswith('nndl.lab')}
    assert set(CODE) == files
