"""RunnerV3: the textbook's calls, weighted averages, the best model, clear errors."""

import math
import os
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from cases.inputs.programs import TRAIN
from cases.inputs.runner import LOG_LINES, WRONG_BATCHES, WRONG_VALUES, Recorder
from conftest import ROOT, make_blobs, run_python
from torch import nn
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR, ReduceLROnPlateau, StepLR

from nndl.device import _found_device, choose_device
from nndl.explain import NotFiniteLoss, TrainingInterrupted
from nndl.files import CheckpointError
from nndl.metric import Accuracy
from nndl.runner import RunnerV3

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device here')


def make_runner(lr=0.1, schedule=None, **kwargs):
    """A runner; its scheduler is what ``schedule`` makes of its optimizer."""
    torch.manual_seed(0)
    model = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    if schedule:
        kwargs['scheduler'] = schedule(optimizer)
    return RunnerV3(model, optimizer, F.cross_entropy, Accuracy(), **kwargs)


def test_log_lines_of_the_textbook(blobs, tmp_path, capsys):
    make_runner().train(blobs, blobs, num_epochs=2, log_steps=4, eval_steps=4,
                        save_path=tmp_path / 'best')
    out, err = capsys.readouterr()
    lines = out.splitlines()
    for line, pattern in zip(lines, LOG_LINES, strict=False):
        assert re.fullmatch(pattern, line), line
    assert lines[-1] == '[Train] Training done!'
    assert err == ''


def test_histories(blobs, tmp_path):
    runner = make_runner()
    runner.train(blobs, blobs, num_epochs=3, eval_steps=4, save_path=tmp_path / 'best')
    assert [step for step, _ in runner.train_step_losses] == list(range(15))
    assert [step for step, _ in runner.dev_losses] == [4, 8, 12, 14]
    assert len(runner.train_epoch_losses) == 3
    assert len(runner.dev_scores) == 4
    assert runner.best_score == max(runner.dev_scores)
    assert runner.train_step_losses[-1][1] < runner.train_step_losses[0][1]


@pytest.mark.parametrize('eval_steps', [0, 1, 100])
def test_the_last_step_is_always_evaluated(blobs, tmp_path, eval_steps):
    runner = make_runner()
    runner.train(blobs, blobs, num_epochs=1, eval_steps=eval_steps, save_path=tmp_path / 'best')
    assert runner.dev_losses[-1][0] == 4
    assert (tmp_path / 'best').exists()


def test_losses_are_weighted_by_samples(tmp_path):
    """Batches of 8 and 2: the mean over samples, not over batches."""
    loader = make_blobs(n=10)
    loader.dataset.tensors[0][8:] *= 10
    runner = make_runner(lr=0.0)
    runner.train(loader, num_epochs=1)
    inputs, labels = loader.dataset.tensors
    expected = F.cross_entropy(runner.model(inputs), labels).item()
    score, loss = runner.evaluate(loader)
    assert loss == pytest.approx(expected, abs=1e-6)
    assert runner.train_epoch_losses[0] == pytest.approx(expected, abs=1e-6)
    by_batches = sum(loss for _, loss in runner.train_step_losses) / 2
    assert abs(by_batches - expected) > 1e-3
    assert score == (runner.model(inputs).argmax(1) == labels).float().mean().item()


def test_best_model_is_kept_even_if_later_ones_are_worse(blobs, tmp_path):
    class Falling(Accuracy):
        scores = iter([0.7, 0.0, 0.9, 0.5, 0.4])  # the first: tried before the first step

        def accumulate(self):
            return next(self.scores)

    runner = make_runner()
    runner.metric = Falling()
    weights = []
    runner.train(blobs, blobs, num_epochs=4, eval_steps=5, save_path=tmp_path / 'best',
                 custom_print_log=lambda r: weights.append(r.model.weight.detach().clone()))
    assert runner.dev_scores == [0.0, 0.9, 0.5, 0.4]
    runner.load_model(tmp_path / 'best')
    assert torch.equal(runner.model.weight, weights[11])  # after the step evaluated at 10


def test_a_first_score_of_zero_is_a_best_model(blobs, tmp_path):
    runner = make_runner()
    runner.metric.accumulate = lambda: 0.0
    runner.train(blobs, blobs, num_epochs=1, save_path=tmp_path / 'best')
    assert runner.best_score == 0.0
    assert (tmp_path / 'best').exists()


def test_a_second_call_starts_the_histories_anew(blobs, tmp_path):
    runner = make_runner()
    for _ in range(2):
        runner.train(blobs, blobs, num_epochs=1, save_path=tmp_path / 'best')
    assert len(runner.train_step_losses) == 5
    assert len(runner.dev_scores) == 1


def test_modes(blobs):
    seen = []

    class Spy(nn.Linear):
        def forward(self, x):
            seen.append(self.training)
            return super().forward(x)

    model = Spy(6, 3)
    runner = RunnerV3(model, torch.optim.SGD(model.parameters(), 0.1), F.cross_entropy, Accuracy())
    runner.train(blobs, num_epochs=1)
    runner.evaluate(blobs)
    assert runner.predict(torch.zeros(2, 6)).shape == (2, 3)
    assert seen == [True] * 5 + [False] * 6


# ---- schedulers ----------------------------------------------------------------------------

@pytest.mark.parametrize(('scheduler_step', 'steps'), [(None, 3), ('epoch', 3), ('batch', 15)])
def test_a_scheduler_is_stepped_every_epoch_unless_told_otherwise(blobs, scheduler_step, steps):
    runner = make_runner(schedule=lambda o: StepLR(o, 1, gamma=0.5), scheduler_step=scheduler_step)
    runner.train(blobs, num_epochs=3)
    assert runner.optimizer.param_groups[0]['lr'] == pytest.approx(0.1 * 0.5 ** steps)


@pytest.mark.parametrize('make', [
    lambda o: OneCycleLR(o, 0.1, total_steps=15),
    lambda o: CyclicLR(o, 0.01, 0.1, step_size_up=3, cycle_momentum=False)])
def test_cycles_are_stepped_every_batch(blobs, make):
    runner = make_runner(schedule=make)
    runner.train(blobs, num_epochs=3)
    assert runner.scheduler.last_epoch == 15


def test_plateau_gets_the_dev_score(blobs, tmp_path):
    runner = make_runner(schedule=lambda o: ReduceLROnPlateau(o, mode='max', patience=0))
    scores = iter([0, 0.5, 0.6, 0.4, 0.7, 0.8])
    runner.metric.accumulate = lambda: next(scores)
    rates = []
    recorder = Recorder()
    recorder.on_epoch = lambda runner: rates.append(runner.optimizer.param_groups[0]['lr'])
    runner.train(blobs, blobs, num_epochs=4, eval_steps=4, save_path=tmp_path / 'best',
                 callbacks=[recorder])  # evaluated in steps 4, 8, 12, 16, 19
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01])
    assert runner.scheduler.last_epoch == 5, 'once a score'
    with pytest.raises(ValueError, match='needs dev scores: give eval_steps'):
        runner.train(blobs, num_epochs=1)
    with pytest.raises(ValueError, match="where larger is better: give it mode='max'"):
        make_runner(schedule=lambda o: ReduceLROnPlateau(o))


def test_a_great_change_of_the_rate_is_logged(blobs):
    lines = []
    for gamma in 0.105, 9.5, 0.1, 10:
        make_runner(schedule=lambda o, gamma=gamma: StepLR(o, 2, gamma=gamma), lr=0.001,
                  log=lines.append).train(blobs, num_epochs=2, log_steps=0)
    assert [line for line in lines if 'rate' in line] == [
        '[Train] learning rate: 0.001 --> 0.0001', '[Train] learning rate: 0.001 --> 0.01']


# ---- wrong arguments -----------------------------------------------------------------------

@pytest.mark.parametrize(('arguments', 'message'), WRONG_VALUES)
def test_wrong_values_are_refused(blobs, arguments, message):
    runner = make_runner()
    with pytest.raises(ValueError, match=message):
        runner.train(blobs, **arguments)
    assert runner.train_step_losses == []  # before any training


@pytest.mark.parametrize(('spoil', 'error'), [
    (lambda r: setattr(r.metric, 'accumulate', lambda: {'accuracy': 0.5}), TypeError),
    (lambda r: setattr(r.metric, 'update', lambda outputs: None), TypeError),
    (lambda r: setattr(r.metric, 'update', lambda outputs, labels: 1 / 0), ZeroDivisionError),
])
def test_an_evaluation_that_fails_does_so_before_the_first_step(blobs, tmp_path, spoil, error):
    (tmp_path / 'best').write_bytes(b'another one')
    runner = make_runner()
    spoil(runner)
    with pytest.raises(error):
        runner.train(blobs, blobs, num_epochs=2, save_path=tmp_path / 'best')
    assert runner.train_step_losses == []
    assert (tmp_path / 'best').read_bytes() == b'another one'


def test_the_trial_of_an_evaluation_leaves_the_order_of_the_batches(tmp_path):
    losses = []
    for dev_loader in None, make_blobs(shuffle=True):
        runner = make_runner()
        runner.train(make_blobs(shuffle=True), dev_loader, num_epochs=1, save_path=tmp_path / 'x')
        losses.append(runner.train_step_losses)
    assert losses[0] == losses[1]


def test_what_is_loaded_afterwards_is_of_this_training(blobs, tmp_path):
    path = tmp_path / 'best'
    path.write_bytes(b'another one')
    runner = make_runner(lr=1e38)
    with pytest.raises(NotFiniteLoss):
        runner.train(blobs, blobs, num_epochs=3, save_path=path)
    with pytest.raises(CheckpointError, match='best is not there'):
        runner.load_model(path)
    assert (tmp_path / 'best.previous').read_bytes() == b'another one'
    make_runner().train(blobs, num_epochs=1, save_path=path)  # nothing is saved
    make_runner().train(blobs, blobs, num_epochs=1, save_path=path)
    assert (tmp_path / 'best.previous').read_bytes() == b'another one'
    runner.load_model(path)


def test_metric_is_needed_to_evaluate(blobs):
    runner = make_runner()
    runner.metric = None
    for call in (lambda: runner.evaluate(blobs),
                 lambda: runner.train(blobs, blobs, num_epochs=1)):
        with pytest.raises(ValueError, match='runner has no metric'):
            call()
    runner.train(blobs, num_epochs=1)


# ---- wrong batches -------------------------------------------------------------------------

@pytest.mark.parametrize(('loader', 'message'), WRONG_BATCHES)
def test_wrong_batches_are_refused(loader, message):
    for call in (lambda r: r.train(loader, num_epochs=1), lambda r: r.evaluate(loader)):
        runner = make_runner()
        before = runner.model.weight.detach().clone()
        with pytest.raises(ValueError, match=message):
            call(runner)
        if len(runner.train_step_losses) == 0:
            assert torch.equal(runner.model.weight, before)


@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_with_advice(blobs, tmp_path, value):
    runner = make_runner(lr=0.5)
    calls = []

    def loss_fn(outputs, labels):
        calls.append(1)
        return F.cross_entropy(outputs, labels) * (value if len(calls) > 13 else 1)

    runner.loss_fn = loss_fn
    with pytest.raises(NotFiniteLoss, match=rf'the loss is {value} at step 7, learning rate 0.5. '
                                            r'Try a learning rate .*; the best model so far '
                                            r'.* is in .*best'):
        runner.train(blobs, blobs, num_epochs=3, eval_steps=4, save_path=tmp_path / 'best')
    assert torch.isfinite(runner.model.weight).all()
    runner.load_model(tmp_path / 'best')


def test_an_interrupt_says_where_the_training_is_and_what_is_kept(blobs, tmp_path):
    runner, steps = make_runner(), []

    def interrupted(runner):
        steps.append(runner.global_step)
        if len(steps) == 8:
            raise KeyboardInterrupt

    with pytest.raises(TrainingInterrupted, match=r'in step 7/15; the best model so far .* is in '
                                                  r'.*best\. The model stays as it is') as caught:
        runner.train(blobs, blobs, num_epochs=3, eval_steps=4, save_path=tmp_path / 'best',
                     custom_print_log=interrupted)
    assert caught.value._render_traceback_() == [str(caught.value)]
    assert isinstance(caught.value, KeyboardInterrupt)
    assert len(runner.train_step_losses) == 8
    runner.load_model(tmp_path / 'best')
    runner.train(blobs, num_epochs=1)  # and it can be trained again
    assert len(runner.train_step_losses) == 5


# ---- weights -------------------------------------------------------------------------------

def test_saved_weights_that_do_not_fit_are_explained(tmp_path):
    runner = make_runner()
    runner.save_model(tmp_path / 'three')
    model = nn.Linear(6, 4)
    other = RunnerV3(model, None, F.cross_entropy, None)
    before = model.weight.detach().clone()
    with pytest.raises(CheckpointError, match=r'three does not fit Linear: weight has shape '
                                              r'\(3, 6\), the model wants \(4, 6\); bias'):
        other.load_model(tmp_path / 'three')
    other.model = nn.Sequential(nn.Linear(6, 3))
    with pytest.raises(CheckpointError, match=r'missing: 0.bias, 0.weight; not in the model: bias'):
        other.load_model(tmp_path / 'three')
    assert torch.equal(model.weight, before)
    with pytest.raises(CheckpointError, match='nothing is not there.*working directory'):
        other.load_model(tmp_path / 'nothing')


# ---- device, progress ----------------------------------------------------------------------

def test_devices():
    assert choose_device('cpu').type == 'cpu'
    with pytest.raises(ValueError, match=r"device 'gpu' \(.* cannot be used: .*Give cpu"):
        choose_device('gpu')
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match=r"device 'cuda' \(.* cannot be used: "):
            make_runner(device='cuda')


def test_an_accelerator_on_which_nothing_can_be_computed(monkeypatch, caplog):
    """An old card: torch finds it and has no kernels for it."""
    monkeypatch.setattr(torch.accelerator, 'is_available', lambda: True)
    monkeypatch.setattr(torch.accelerator, 'current_accelerator', lambda: torch.device('xpu'))
    _found_device.cache_clear()
    assert choose_device() == choose_device() == torch.device('cpu')
    _found_device.cache_clear()
    message, = caplog.messages
    assert message.startswith('xpu cannot be used, computing on the CPU: ')
    monkeypatch.setenv('NNDL_DEVICE', 'meta')  # a device without values
    with pytest.raises(ValueError, match=r"device 'meta' \(.*NNDL_DEVICE\) cannot be used: "):
        choose_device()
    monkeypatch.setenv('NNDL_DEVICE', 'cpu')
    assert choose_device() == torch.device('cpu')


def test_progress_bar_shows_loss_score_and_time_left(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != 'TQDM_DISABLE'}
    environment['PYTHONPATH'] = os.pathsep.join([str(ROOT), str(ROOT / 'tests')])
    done = run_python(TRAIN, cwd=tmp_path, env=environment)
    assert '[Train] Training done!' in done.stdout
    assert re.search(r'my digits: .*\d+/200 \[\d\d:\d\d<', done.stderr)
    assert re.search(r'loss=\d\.\d+, best score=\d', done.stderr)


# ---- callbacks -----------------------------------------------------------------------------

def test_callbacks_are_called_in_order(blobs, tmp_path):
    recorder = Recorder()
    make_runner().train(blobs, blobs, num_epochs=1, eval_steps=3, save_path=tmp_path / 'best',
                        callbacks=[recorder])
    assert recorder.seen == [
        'enter', ('backward', 0), ('step', 0), ('backward', 1), ('step', 1), ('backward', 2),
        ('step', 2), ('backward', 3), ('evaluate', 3), ('step', 3), ('backward', 4), ('step', 4),
        ('epoch', 5), ('evaluate', 5), 'exit']


@pytest.mark.parametrize(('event', 'stop_at', 'n_steps'), [
    ('backward', 6, 7), ('step', 6, 7), ('evaluate', 6, 7), ('epoch', 5, 5), ('step', 14, 15)])
def test_a_callback_ends_the_training_with_a_last_evaluation(blobs, tmp_path, event, stop_at,
                                                             n_steps):
    lines = []
    runner = make_runner(log=lines.append)
    runner.train(blobs, blobs, num_epochs=3, eval_steps=3, save_path=tmp_path / 'best',
                 callbacks=[Recorder(stop_at, event)])
    assert runner.global_step == len(runner.train_step_losses) == n_steps
    assert runner.dev_losses[-1][0] == n_steps - 1
    assert runner.best_score == max(runner.dev_scores)
    assert (f'[Train] stopped after step {n_steps}/15' in lines) == (n_steps < 15)
    runner.load_model(tmp_path / 'best')
    assert runner.evaluate(blobs)[0] == runner.best_score


@pytest.mark.parametrize(('result', 'n_steps'), [(True, 1), (np.bool_(True), 1), (1, 5),
                                                 (0.5, 5), (None, 5), (np.bool_(False), 5)])
def test_only_true_ends_a_training(blobs, result, n_steps):
    """A callback that returns a number does not; what ``custom_print_log`` returns is ignored."""
    runner = make_runner()
    runner.train(blobs, num_epochs=1, callbacks=[SimpleNamespace(on_step=lambda runner: result)])
    assert runner.global_step == n_steps
    runner.train(blobs, num_epochs=1, custom_print_log=lambda runner: result)
    assert runner.global_step == 5


def test_a_training_that_diverges_says_so_and_leaves_its_callbacks(blobs):
    recorder = Recorder()
    with pytest.raises(NotFiniteLoss, match=r'learning rate 1e\+38.*no model was saved yet'):
        make_runner(lr=1e38).train(blobs, num_epochs=3, callbacks=[recorder])
    assert recorder.seen[-1] == 'exit'


@needs_cuda
def test_cuda_agrees_with_cpu(blobs):
    losses = []
    for device in ('cpu', 'cuda'):
        runner = make_runner(device=device)
        runner.train(blobs, num_epochs=2)
        losses.append([loss for _, loss in runner.train_step_losses])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
