"""A killed training goes on as if it had not been killed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from conftest import make_blobs
from torch import nn

from nndl.files import CheckpointError, load_tensors, save_tensors
from nndl.metric import Accuracy
from nndl.runner import RunnerV3

KILLS = 20


def test_killed_at_20_random_moments_also_while_it_writes(tmp_path):
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name('killed_training.py'), tmp_path, str(KILLS)],
        capture_output=True, text=True, check=True, timeout=300)
    report = json.loads(done.stdout)
    assert report['killed'] >= KILLS
    assert report['ends']
    assert all(end == report['expected'] for end in report['ends'])
    assert len({step % 8 for step in report['resumed_steps']}) > 1  # in the middle of epochs too
    print(f"killed {report['killed']} times, {report['while_writing']} of them while writing; "
          f"resumed at steps {report['resumed_steps']}")
    assert report['while_writing'] > 0


class Stop(Exception):
    pass


def make_runner(**kwargs):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return RunnerV3(model, optimizer, F.cross_entropy, Accuracy(), log=lambda line: None, **kwargs)


def train(folder, runner=None, stop_at=None, **kwargs):
    runner = runner or make_runner()

    def stop(runner):
        if runner.global_step == stop_at:
            raise Stop

    loader = make_blobs(shuffle=True, generator=torch.Generator().manual_seed(5))
    arguments = {'num_epochs': 4, 'eval_steps': 3, 'save_path': folder / 'best',
                 'checkpoint_path': folder / 'checkpoint'} | kwargs
    runner.train(loader, make_blobs(), custom_print_log=stop, **arguments)
    return runner


@pytest.mark.parametrize('steps', [None, 1, 3, 7])
@pytest.mark.parametrize('stop_at', [0, 6, 13, 19])
def test_resumed_equals_unbroken(tmp_path, steps, stop_at):
    whole = train(tmp_path / 'whole', checkpoint_steps=steps)
    with pytest.raises(Stop):
        train(tmp_path / 'broken', checkpoint_steps=steps, stop_at=stop_at)
    resumed = train(tmp_path / 'broken', checkpoint_steps=steps, resume=True)
    for name in ('train_step_losses', 'train_epoch_losses', 'dev_losses', 'dev_scores',
                 'best_score', 'global_step'):
        assert getattr(resumed, name) == getattr(whole, name), name
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_generator_that_is_not_restored_is_seen(tmp_path, monkeypatch):
    """The comparison above fails when the random state is not put back."""
    whole = train(tmp_path / 'whole', checkpoint_steps=1)
    with pytest.raises(Stop):
        train(tmp_path / 'broken', checkpoint_steps=1, stop_at=7)
    monkeypatch.setattr('nndl.checkpoint.restore_random_state', lambda state, loader: None)
    resumed = train(tmp_path / 'broken', checkpoint_steps=1, resume=True)
    assert resumed.train_step_losses != whole.train_step_losses


def test_a_finished_training_is_not_repeated(tmp_path):
    whole = train(tmp_path)
    again = train(tmp_path, resume=True)
    assert again.train_step_losses == whole.train_step_losses
    assert again.best_score == whole.best_score


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    train(tmp_path)
    runner = make_runner()
    with pytest.raises(CheckpointError, match='made with 5 batches an epoch, train_loader has 3'):
        runner.train(make_blobs(n=20), make_blobs(), num_epochs=1, resume=True,
                     checkpoint_path=tmp_path / 'checkpoint', save_path=tmp_path / 'best')
    runner.scheduler = torch.optim.lr_scheduler.StepLR(runner.optimizer, 1)
    with pytest.raises(CheckpointError, match=r"holds \{'model'.*, this training has .*'StepLR'"):
        train(tmp_path, runner, resume=True)
    runner = make_runner()
    runner.optimizer = torch.optim.SGD([{'params': list(runner.model[0].parameters())},
                                        {'params': list(runner.model[2].parameters())}], lr=0.1)
    with pytest.raises(CheckpointError, match='the optimizer in .* does not fit'):
        train(tmp_path, runner, resume=True)
    runner = make_runner()
    runner.model = nn.Sequential(nn.Linear(6, 3))
    with pytest.raises(CheckpointError, match='does not fit Sequential: not in the model'):
        train(tmp_path, runner, resume=True)
    runner = make_runner()
    runner.optimizer = torch.optim.Adam(runner.model.parameters())
    with pytest.raises(CheckpointError, match="'optimizer': 'SGD'.*this training has.*'Adam'"):
        train(tmp_path, runner, resume=True)
    with pytest.raises(CheckpointError, match='is at step 20, beyond the 10 steps of num_epochs=2'):
        train(tmp_path, resume=True, num_epochs=2)


@pytest.mark.parametrize('same_runner', [True, False])
def test_gradients_left_by_an_interrupted_step_do_no_harm(tmp_path, same_runner):
    whole = train(tmp_path / 'whole', checkpoint_steps=3)
    runner = make_runner()
    with pytest.raises(Stop):  # between backward and step
        train(tmp_path / 'broken', runner, checkpoint_steps=3, stop_at=7)
    resumed = train(tmp_path / 'broken', runner if same_runner else None, checkpoint_steps=3,
                    resume=True)
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_lost_best_model_is_named(tmp_path):
    train(tmp_path)
    (tmp_path / 'best').unlink()
    with pytest.raises(CheckpointError, match='the best model so far is gone from save_path='):
        train(tmp_path, resume=True)


def test_another_save_path_is_refused(tmp_path):
    train(tmp_path)
    (tmp_path / 'other').write_bytes(b'a model of somebody else')
    with pytest.raises(CheckpointError, match='best model so far is in .*best.*, save_path is now'):
        train(tmp_path, resume=True, save_path=tmp_path / 'other')


def test_other_files_are_refused(tmp_path):
    train(tmp_path)
    for content in (load_tensors(tmp_path / 'best'), [1, 2], {'version': 0}):
        save_tensors(content, tmp_path / 'checkpoint')
        with pytest.raises(CheckpointError, match='not a training checkpoint of this kit'):
            train(tmp_path, resume=True)
