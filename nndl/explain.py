"""Checks of arguments, batches and losses, whose errors name value, place and remedy."""

import math
import re
from contextlib import contextmanager, suppress

import numpy as np
import torch
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR, ReduceLROnPlateau

from nndl.device import check_device


class NotFiniteLoss(ArithmeticError):
    """The loss became nan or infinite."""


class TrainingInterrupted(KeyboardInterrupt):
    """An interrupt during a training; a notebook shows its message instead of a traceback."""

    def __init__(self, runner):
        super().__init__(f'interrupted in step {runner.global_step}/{runner.num_steps}; '
                         f'{_kept(runner)}. The model stays as it is.')

    def _render_traceback_(self):
        return str(self).splitlines()


def require(condition, message):
    """Raise a ValueError with the message (or what it returns) unless the condition holds."""
    if not condition:
        raise ValueError(message() if callable(message) else message)


def check_whole(name, value, least, of=''):
    """Return the value as an ``int``, at least ``least``; ``of`` names its unit."""
    is_whole = hasattr(value, '__index__') and not isinstance(value, bool | np.bool_)
    require(is_whole and value >= least, f'{name} is {value!r}: give a whole number'
            f'{" of " * bool(of)}{of}, at least {least}')
    return int(value)


def check_parts(model, optimizer, loss_fn, metric):
    """Check the kinds of the arguments of ``RunnerV3``."""
    parts = {'model': model, 'optimizer': optimizer, 'loss_fn': loss_fn, 'metric': metric}
    for name, part in parts.items():
        require(not isinstance(part, type), f'{name} is the {part}: make an object of it, '
                f'{getattr(part, "__name__", part)}(...)')
    require(isinstance(model, torch.nn.Module), f'model is {model!r}: give an nn.Module')
    require(optimizer is None or hasattr(optimizer, 'param_groups'), f'optimizer is {optimizer!r}: '
            'give for example torch.optim.SGD(model.parameters(), lr=0.01)')
    require(callable(loss_fn) and not hasattr(loss_fn, 'accumulate'),
            f'loss_fn is {loss_fn!r}: give a function (outputs, labels) -> loss. The order is '
            'RunnerV3(model, optimizer, loss_fn, metric)')
    reduction = getattr(loss_fn, 'reduction', 'mean')
    require(reduction not in ('none', 'sum'), f"loss_fn has reduction={reduction!r}: give 'mean'")
    missing = [name for name in ('update', 'accumulate', 'reset') if not hasattr(metric, name)]
    require(metric is None or not missing, f'metric is {metric!r}, without {", ".join(missing)}: '
            'give an object with these methods (of torchmetrics: set accumulate = compute)')
    check_optimizer(model, optimizer)


def check_optimizer(model, optimizer, trains=False):
    """Check that the optimizer has parameters of the model and, if it trains, some to change."""
    own = set(model.parameters())
    taken = {p for group in optimizer.param_groups for p in group['params']} if optimizer else own
    require(taken <= own or own <= taken, "the optimizer's parameters are not the model's: "
            'create it after the model is complete and on its device')
    require(not trains or optimizer, 'the runner has no optimizer: give RunnerV3 one')
    require(not trains or any(p.requires_grad for p in own & taken), 'nothing would be trained: '
            "requires_grad is False for each of the model's parameters that the optimizer has")


def check_scheduler(scheduler, step, optimizer):
    """Return what a scheduler is stepped after: 'batch', 'epoch', 'evaluation'; None without."""
    require(step in (None, 'batch', 'epoch'), f"scheduler_step is {step!r}: 'batch' or 'epoch'")
    require(not isinstance(scheduler, ReduceLROnPlateau) or scheduler.mode == 'max',
            "ReduceLROnPlateau gets the dev score, where larger is better: give it mode='max'")
    require(scheduler is None or getattr(scheduler, 'optimizer', None) is optimizer,
            f"scheduler is {scheduler!r}: make one of the runner's optimizer")
    if scheduler is None or isinstance(scheduler, ReduceLROnPlateau):
        return scheduler and 'evaluation'
    return step or ('batch' if isinstance(scheduler, OneCycleLR | CyclicLR) else 'epoch')


def check_training(runner, train_loader, dev_loader, num_epochs, log_steps, eval_steps, calls):
    """Check all before the first step; return the number of steps."""
    check_whole('num_epochs', num_epochs, least=1)
    check_whole('log_steps', log_steps, least=0)
    check_whole('eval_steps', eval_steps, least=0)
    check_device(runner.model, runner.device)
    check_optimizer(runner.model, runner.optimizer, trains=True)
    if dev_loader is not None:
        check_evaluation(runner, dev_loader)
    require(dev_loader is not None or not eval_steps, f'eval_steps={eval_steps} needs a dev_loader')
    require(eval_steps or runner.scheduler_step != 'evaluation',
            'ReduceLROnPlateau needs dev scores: give eval_steps')
    events = 'on_backward', 'on_step', 'on_evaluate', 'on_epoch'
    require(isinstance(calls, tuple | list) and all(
        any(hasattr(call, name) for name in events) and not isinstance(call, type)
        for call in calls), f'callbacks is {calls!r}: give a list of objects, each with one or '
        f'more of {", ".join(events)}')
    return num_epochs * number_of_batches(train_loader, 'train_loader')


def check_evaluation(runner, loader):
    """Check the loader, and that there is a metric."""
    number_of_batches(loader, 'the loader to evaluate')
    require(runner.metric is not None, 'the runner has no metric: give it one, e.g. Accuracy()')
    check_device(runner.model, runner.device)


def number_of_batches(loader, name):
    """Check a loader; return its length, inf if it has none."""
    is_set = isinstance(loader, torch.utils.data.Dataset) or not hasattr(loader, '__iter__')
    require(not is_set and not hasattr(loader, '__next__'), f'{name} is a {type(loader).__name__}: '
            'give a DataLoader. iter(...) and generators are used up after one epoch')
    try:
        n = len(loader)
    except TypeError:  # an IterableDataset
        return math.inf
    require(n, f'{name} has no batches: no data, or less than one batch and drop_last=True?')
    return n


def check_batch(batch):
    """Return (inputs, labels) of what a loader yields: two tensors, equally long."""
    parts = batch if isinstance(batch, tuple | list) else [batch]
    require(len(parts) == 2 and all(isinstance(part, torch.Tensor) for part in parts),
            lambda: f'a batch is {_described(parts)}, expected tensors (inputs, labels): the '
            'collate_fn of a DataLoader can make them')
    inputs, labels = batch
    require(inputs.dim() and labels.dim() and 0 < len(inputs) == len(labels), lambda: 'a batch has '
            f'inputs {_described(inputs)} and labels {_described(labels)}: expected equally many')
    return inputs, labels


def check_outputs(outputs, labels, ignored):
    """Check that the outputs of a classifier fit the labels."""
    if not isinstance(outputs, torch.Tensor) or outputs.dim() != 2 or labels.is_floating_point():
        return
    n_classes, labels = outputs.shape[1], labels.reshape(-1)
    if n_classes == 1 or labels.min() >= 0 and labels.max() < n_classes:
        return
    wrong = ((labels < 0) | (labels >= n_classes)) & (labels != ignored)
    if wrong.any():
        place = int(wrong.nonzero()[0])
        raise ValueError(f'label {int(labels[place])} at place {place} of a batch, but the model '
                         f'has {n_classes} classes: labels must be 0 to {n_classes - 1}')


def check_loss(loss, runner):
    """Return the loss as a number. A NotFiniteLoss names step, rate and the best model."""
    require(isinstance(loss, torch.Tensor) and loss.numel() == 1, lambda: 'the loss is '
            f"{_described(loss)}: expected a tensor of one number, as with reduction='mean'")
    value = loss.item()
    if torch.is_grad_enabled() and not math.isfinite(value):
        raise NotFiniteLoss(
            f'the loss is {value} at step {runner.global_step}, learning rate '
            f'{runner.optimizer.param_groups[0]["lr"]:g}. Try a learning rate ten times smaller, '
            f'and look for nan in the inputs; {_kept(runner)}.')
    return value


def forward_errors(model, inputs):
    """Context in which an error of the model names the shape of its input."""
    require(isinstance(inputs, torch.Tensor), lambda: f'inputs is a {_described(inputs)}: give a '
            'tensor')
    of_one = (' A batch of one leaves batch normalisation nothing to normalise over: use '
              'DataLoader(..., drop_last=True) or another batch size.')
    return _explained(lambda said: f'{type(model).__name__} cannot take a batch '
                      f'{_described(inputs)}.{of_one * ("more than 1 value per" in said)}')


def loss_errors(loss_fn, outputs, labels):
    """Context in which an error of the loss names its inputs, and a remedy that works."""
    return _explained(lambda said: f'loss_fn cannot take outputs {_described(outputs)} and labels '
                                   f'{_described(labels)}.{_remedy(loss_fn, outputs, labels)}')


@contextmanager
def _explained(say):
    try:
        yield
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        said = re.sub(r'\x1b\[[\d;]*m', '', str(error)).partition('\nException raised from')[0]
        raise ValueError(f'{say(said)} The error was: {said}') from error


def _remedy(loss_fn, outputs, labels):
    """Another form of the labels, with the same values, that this loss takes."""
    for form in 'squeeze(1)', 'long()', 'unsqueeze(1)', 'float()', 'unsqueeze(1).float()':
        with suppress(Exception):
            other = eval(f'labels.{form}')
            if (other.shape in (outputs.shape, outputs.shape[:1]) and loss_fn(outputs, other) > 0
                    and torch.equal(other.flatten().double(), labels.flatten().double())):
                return f' It takes labels.{form}.'
    return ''


def _described(value):
    if isinstance(value, torch.Tensor):
        return f'of shape {tuple(value.shape)} and type {str(value.dtype).removeprefix("torch.")}'
    if isinstance(value, tuple | list):
        return f'({", ".join(type(part).__name__ for part in value)})'
    return type(value).__name__


def _kept(runner):
    if runner.best_path is None:
        return 'no model was saved yet'
    return f'the best model so far (dev score {runner.best_score:.5f}) is in {runner.best_path}'
