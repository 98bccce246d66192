"""What users give a runner: their own metrics, losses, loaders and models, right and wrong."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from cases.inputs import runner as given
from cases.inputs.runner import LikeTorchmetrics, net
from conftest import make_blobs
from test_runner import make_runner
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nndl.explain import check_whole
from nndl.metric import Accuracy
from nndl.runner import RunnerV3


def runner_of(model=None, loss_fn=F.cross_entropy, metric=None, optimizer=torch.optim.SGD):
    model = model or net()
    return RunnerV3(model, optimizer and optimizer(model.parameters(), 0.1), loss_fn, metric,
                    log=lambda line: None)


@pytest.mark.parametrize('number', [3, np.int64(3), np.uint8(3), torch.tensor(3)])
def test_whole_numbers_of_any_kind(number):
    assert check_whole('n', number, least=1) == 3
    assert type(check_whole('n', number, least=1)) is int


# ---- the parts of a runner -----------------------------------------------------------------

def test_parameters_that_the_move_to_a_device_replaces():
    """As on XLA: the optimizer would go on with tensors that no model has."""
    class Replacing(nn.Linear):
        def to(self, device):
            self.weight, self.bias = (nn.Parameter(p.detach().clone())
                                      for p in (self.weight, self.bias))
            return self

    runner = runner_of(Replacing(6, 3))
    with pytest.raises(ValueError, match='complete and on its device'):
        runner.train(make_blobs(), num_epochs=1)


@pytest.mark.parametrize(('change', 'message'), [
    (lambda r: r.model.requires_grad_(False), 'nothing would be trained: requires_grad is False'),
    (lambda r: setattr(r, 'model', net()), "parameters are not the model's"),
    (lambda r: setattr(r, 'optimizer', None), 'the runner has no optimizer'),
])
def test_what_cannot_learn_is_refused_before_the_first_step(blobs, change, message):
    runner = runner_of()
    change(runner)
    with pytest.raises(ValueError, match=message):
        runner.train(blobs, num_epochs=1)
    assert runner.train_step_losses == []


def test_part_of_a_model_can_be_trained(blobs):
    model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3))
    model[0].requires_grad_(False)
    before = model[1].weight.detach().clone()
    runner_of(model).train(blobs, num_epochs=1)
    assert not torch.equal(model[1].weight, before)


# ---- metrics and losses of others ----------------------------------------------------------

@pytest.mark.parametrize('score', [0.5, np.float32(0.5), torch.tensor(0.5), np.array([0.5])[0], 1])
def test_scores_of_any_kind(blobs, tmp_path, score):
    runner = make_runner()
    runner.metric.accumulate = lambda: score
    runner.train(blobs, blobs, num_epochs=1, save_path=tmp_path / 'best')
    assert runner.dev_scores == [float(score)]
    assert type(runner.best_score) is float


def test_a_metric_of_torchmetrics_with_its_compute(blobs, tmp_path):
    metric = LikeTorchmetrics()
    metric.accumulate = metric.compute
    runner = runner_of(metric=metric)
    runner.train(blobs, blobs, num_epochs=4, save_path=tmp_path / 'best')
    assert runner.best_score == runner.evaluate(blobs)[0] > 0.5


def test_a_function_of_scikit_learn_in_a_class(blobs, tmp_path):
    runner = runner_of(metric=given.Balanced())
    runner.train(blobs, blobs, num_epochs=4, save_path=tmp_path / 'best')
    assert 0.5 < runner.best_score <= 1


def test_a_score_of_nan_is_never_the_best(blobs, tmp_path):
    runner, scores = make_runner(), iter([0, float('nan'), 0.3, float('nan')])
    runner.metric.accumulate = lambda: next(scores)
    runner.train(blobs, blobs, num_epochs=2, eval_steps=4, save_path=tmp_path / 'best')
    assert runner.best_score == 0.3


@pytest.mark.parametrize(('loss_fn', 'message'), [
    (lambda outputs, labels: F.cross_entropy(outputs, labels, reduction='none'),
     r"loss is of shape \(8,\) and type float32: .*'mean'"),
    (lambda outputs, labels: 0.5, 'the loss is float: expected a tensor of one number'),
])
def test_a_loss_that_is_not_one_number(blobs, loss_fn, message):
    runner = runner_of(loss_fn=loss_fn)
    with pytest.raises(ValueError, match=message):
        runner.train(blobs, num_epochs=1)
    assert runner.train_step_losses == []


@pytest.mark.parametrize(('loss_fn', 'n_outputs', 'labels', 'remedy'), given.LABELS)
def test_advice_is_given_only_where_it_works(loss_fn, n_outputs, labels, remedy):
    loader = DataLoader(TensorDataset(torch.randn(8, 6), labels), 8)
    if remedy is AttributeError:  # a slip in the student's own function: as it is
        with pytest.raises(AttributeError, match='nothing'):
            runner_of(net(n_outputs), loss_fn).train(loader, num_epochs=1)
        return
    with pytest.raises(ValueError, match=r'loss_fn cannot take outputs of shape .*The error was: '
                       ) as caught:
        runner_of(net(n_outputs), loss_fn).train(loader, num_epochs=1)
    assert re.findall(r'It takes (\S+)\. The', str(caught.value)) == ([remedy] if remedy else [])
    if remedy:
        labels = eval(remedy)
        loader = DataLoader(TensorDataset(torch.randn(8, 6), labels), 8)
        runner_of(net(n_outputs), loss_fn).train(loader, num_epochs=1)


def test_errors_of_torch_are_quoted_whole_and_plain(blobs):
    def loss_fn(outputs, labels):
        raise RuntimeError('\x1b[31mfirst\x1b[0m line\nsecond line\nException raised from f')

    with pytest.raises(ValueError, match='The error was: first line\nsecond line$'):
        runner_of(loss_fn=loss_fn).train(blobs, num_epochs=1)


@pytest.mark.parametrize(('n_outputs', 'loss_fn', 'label'), [
    (3, nn.CrossEntropyLoss(ignore_index=255), 255), (3, F.cross_entropy, -100),
    (1, lambda outputs, labels: F.mse_loss(outputs[:, 0], labels.float()), 9)])
def test_labels_that_are_no_classes(n_outputs, loss_fn, label):
    labels = torch.tensor([0, label, 1, 0])
    runner = runner_of(net(n_outputs), loss_fn)
    runner.train([(torch.randn(4, 6), labels)], num_epochs=1)
    assert len(runner.train_step_losses) == 1


# ---- loaders of others ---------------------------------------------------------------------

@pytest.mark.parametrize('give', [iter, lambda loader: (batch for batch in loader),
                                  lambda loader: loader.dataset])
def test_loaders_that_give_one_pass_or_samples_are_refused(blobs, give):
    for call in (lambda r: r.train(give(blobs), num_epochs=2), lambda r: r.evaluate(give(blobs)),
                 lambda r: r.train(blobs, give(blobs), num_epochs=2)):
        runner = make_runner()
        with pytest.raises(ValueError, match='is a .*: give a DataLoader. '):
            call(runner)
        assert runner.train_step_losses == []


def test_streams_without_a_length(tmp_path):
    lines = []
    runner = make_runner(log=lines.append)
    loader = DataLoader(given.Stream(), 8)
    runner.train(loader, loader, num_epochs=2, log_steps=5, save_path=tmp_path / 'best')
    assert runner.global_step == 10
    assert len(runner.train_epoch_losses) == 2
    assert runner.dev_losses[-1][0] == 9
    assert lines[0].startswith('[Train] epoch: 0/2, step: 0/inf, loss: ')


@pytest.mark.filterwarnings('ignore:Length of IterableDataset')
@pytest.mark.parametrize('length', [8, 4000])
def test_streams_with_a_wrong_length(length):
    runner = make_runner()
    runner.train(DataLoader(given.Stream(length), 8), num_epochs=2)
    assert runner.global_step == 10
    assert len(runner.train_epoch_losses) == 2


def test_a_loader_that_is_empty_the_second_time(blobs):
    class Once:
        batches = iter(blobs)

        def __iter__(self):
            return self.batches

    with pytest.raises(ValueError, match='train_loader gave no batch in epoch 1'):
        make_runner().train(Once(), num_epochs=2)


def test_workers_that_stay():
    loader = make_blobs(num_workers=1, persistent_workers=True)
    runner = make_runner()
    runner.train(loader, num_epochs=2)
    assert len(runner.train_step_losses) == 10


# ---- models of others ----------------------------------------------------------------------

def test_a_model_with_two_outputs(blobs, tmp_path):
    def loss_fn(outputs, labels):
        heads = outputs if isinstance(outputs, tuple) else [outputs]
        return sum(F.cross_entropy(head, labels) for head in heads)

    runner = runner_of(given.TwoHeads(), loss_fn, Accuracy())
    runner.train(blobs, blobs, num_epochs=4, save_path=tmp_path / 'best')
    assert runner.best_score > 0.5
    with pytest.raises(ValueError, match=r'loss_fn cannot take outputs \(Tensor, Tensor\) and '
                                         r'labels of shape \(8,\)'):
        runner_of(given.TwoHeads()).train(blobs, num_epochs=1)
    with pytest.raises(ValueError, match=r'outputs are a tuple: expected a tensor \(N, C\)'):
        runner_of(given.TwoHeads(), loss_fn, Accuracy()).metric.update((1, 2), torch.zeros(2))
