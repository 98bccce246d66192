"""What people give a runner, right and wrong, and what they are told."""

import numpy as np
import torch
import torch.nn.functional as F
from conftest import make_blobs
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from nndl.metric import Accuracy


def net(outputs=3):
    torch.manual_seed(0)
    return nn.Linear(6, outputs)


def accuracy(outputs, labels):
    return (outputs.argmax(1) == labels).float().mean()


class LikeTorchmetrics(nn.Module):
    def __init__(self):
        super().__init__()
        self.hits = []

    def reset(self):
        self.hits = []

    def update(self, outputs, labels):
        self.hits.append(accuracy(outputs, labels))

    def compute(self):
        return torch.stack(self.hits).mean()


class Balanced:
    """A function of scikit-learn in a class."""

    def reset(self):
        self.labels, self.predictions = [], []

    def update(self, outputs, labels):
        self.labels += labels.tolist()
        self.predictions += outputs.argmax(1).tolist()

    def accumulate(self):  # as sklearn.metrics.balanced_accuracy_score returns it
        labels, predictions = np.array(self.labels), np.array(self.predictions)
        return np.mean([(predictions[labels == k] == k).mean() for k in np.unique(labels)])


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.main, self.auxiliary = nn.Linear(6, 3), nn.Linear(6, 3)

    def forward(self, x):
        return (self.main(x), self.auxiliary(x)) if self.training else self.main(x)


class Stream(IterableDataset):
    def __init__(self, length=None):
        self.length = length

    def __iter__(self):
        return iter(make_blobs().dataset)

    def __len__(self):
        if self.length is None:
            raise TypeError('no length')
        return self.length


class Recorder:
    """A callback that notes what it is called with, and stops at one event of one step."""

    def __init__(self, stop_at=None, event=None):
        self.stop_at, self.event, self.seen = stop_at, event, []

    def __enter__(self):
        self.seen.append('enter')

    def __exit__(self, *error):
        self.seen.append('exit')

    def note(self, event, runner):
        self.seen.append((event, runner.global_step))
        return (event, runner.global_step) == (self.event, self.stop_at) or None

    def on_backward(self, runner):
        assert runner.model.weight.grad is not None
        return self.note('backward', runner)

    def on_step(self, runner):
        return self.note('step', runner)

    def on_evaluate(self, runner):
        assert len(runner.dev_scores) == len(runner.dev_losses) > 0
        return self.note('evaluate', runner)

    def on_epoch(self, runner):
        return self.note('epoch', runner)


def loader_of(inputs, labels):
    return DataLoader(TensorDataset(inputs, labels), batch_size=4)


# ((loss_fn, metric), message)
WRONG_PARTS = [
    ((F.cross_entropy, accuracy), r'metric is <function accuracy.*without update, accumulate, '
                                  r'reset: give an object with these methods'),
    ((F.cross_entropy, Accuracy), r"metric is the <class .*: make an object of it, Accuracy\("),
    ((F.cross_entropy, LikeTorchmetrics()), r'without accumulate: .*set accumulate = compute'),
    ((Accuracy(), F.cross_entropy), r'loss_fn is <.*Accuracy.*: give a function .* The order is '
                                    r'RunnerV3\(model, optimizer, loss_fn, metric\)'),
    ((nn.CrossEntropyLoss, Accuracy()), r'make an object of it, CrossEntropyLoss\(\.\.\.\)'),
    (('cross_entropy', Accuracy()), "loss_fn is 'cross_entropy': give a function"),
    ((nn.CrossEntropyLoss(reduction='none'), None), "has reduction='none': give 'mean'"),
    ((nn.CrossEntropyLoss(reduction='sum'), None), "has reduction='sum': give 'mean'"),
]

# (model, optimizer, message)
WRONG_MODELS = [
    (net, torch.optim.SGD(net().parameters(), 0.1), 'model is <function net.*: give an nn.Module'),
    (nn.Linear, None, r'model is the <class .*make an object of it, Linear\('),
    (net(), torch.optim.SGD, r'optimizer is the <class .*make an object of it, SGD\('),
    (net(), net().parameters(), r'optimizer is <generator .*give for example torch.optim.SGD\('),
    (net(), torch.optim.SGD(net().parameters(), 0.1), "parameters are not the model's"),
]

BCE = F.binary_cross_entropy_with_logits
# (loss_fn, outputs of the model, labels, what the message advises)
LABELS = [
    (F.cross_entropy, 3, torch.zeros(8, 1).long(), 'labels.squeeze(1)'),
    (F.cross_entropy, 3, torch.zeros(8), 'labels.long()'),
    (F.cross_entropy, 3, torch.zeros(8).int(), 'labels.long()'),
    (F.cross_entropy, 3, torch.ones(8, 3).long(), 'labels.float()'),
    (F.cross_entropy, 3, torch.full((8,), 0.5), None),  # no class numbers
    (F.cross_entropy, 1, torch.ones(8), None),  # one output: cross-entropy would always be 0
    (BCE, 1, torch.ones(8), 'labels.unsqueeze(1)'),
    (BCE, 1, torch.ones(8).long(), 'labels.unsqueeze(1).float()'),
    (BCE, 1, torch.ones(8, 1).long(), 'labels.float()'),
    (BCE, 3, torch.ones(8), None),
    (lambda outputs, labels: outputs.nothing(), 3, torch.zeros(8).long(), AttributeError),
]

# (loader, message)
WRONG_BATCHES = [
    (loader_of(torch.zeros(8, 6), torch.tensor([0, 1, 2, 0, 1, 3, 0, 0])),
     'label 3 at place 1 of a batch, but the model has 3 classes: labels must be 0 to 2'),
    (loader_of(torch.zeros(4, 6), torch.tensor([0, -1, 1, 1])), 'label -1 at place 1'),
    (loader_of(torch.zeros(4, 5), torch.zeros(4, dtype=torch.long)),
     r'Linear cannot take a batch of shape \(4, 5\).*The error was'),
    ([(torch.zeros(4, 6), torch.zeros(3, dtype=torch.long))],
     r'inputs of shape \(4, 6\) .* labels of shape \(3,\).*expected equally many'),
    ([(torch.zeros(4, 6), [0, 1, 2, 0])], r'a batch is \(Tensor, list\)'),
    ([torch.zeros(4, 6)], r'a batch is \(Tensor\), expected tensors'),
    ([(torch.zeros(4, 6), torch.zeros(4), torch.zeros(4))], r'is \(Tensor, Tensor, Tensor\)'),
    ([(torch.zeros(0, 6), torch.zeros(0, dtype=torch.long))], r'shape \(0, 6\) .* equally many'),
    ([{'image': torch.zeros(4, 6)}], r'a batch is \(dict\), expected tensors .*collate_fn'),
    (loader_of(torch.zeros(4, 6), torch.zeros(4, 3, 2)), r'labels of shape \(4, 3, 2\)'),
]

# (arguments of train, message)
WRONG_VALUES = [
    ({'num_epochs': 0}, 'num_epochs is 0'),
    ({'num_epochs': 2.0}, 'num_epochs is 2.0'),
    ({'num_epochs': 1, 'eval_steps': -1}, 'eval_steps is -1'),
    ({'num_epochs': 1, 'log_steps': 'x'}, "log_steps is 'x'"),
    ({'num_epochs': 1, 'eval_steps': 5}, 'eval_steps=5 needs a dev_loader'),
    *(({'num_epochs': 1, 'dev_loader': make_blobs(), 'save_path': path},
       f'save_path is {path!r}: give') for path in (None, '', '.')),
]

NUMBER = r'\d+\.\d{5}'
# What the textbook's runner prints first.
LOG_LINES = [
    rf'\[Train\] epoch: 0/2, step: 0/10, loss: {NUMBER}',
    rf'\[Train\] epoch: 0/2, step: 4/10, loss: {NUMBER}',
    rf'\[Evaluate\]  dev score: {NUMBER}, dev loss: {NUMBER}',
    rf'\[Evaluate\] best accuracy performance has been updated: 0\.00000 --> {NUMBER}',
]
