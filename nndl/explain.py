"""Errors that name the value, the place and the remedy: of arguments, batches and losses."""

import math
from contextlib import contextmanager
from pathlib import Path

import torch

from nndl.device import check_device

__all__ = ['NotFiniteLoss', 'TrainingInterrupted', 'check_whole', 'check_training',
           'check_evaluation', 'number_of_batches', 'check_batch', 'check_outputs', 'check_finite',
           'forward_errors', 'loss_errors']


class NotFiniteLoss(ArithmeticError):
    """The loss became nan or infinite."""


class TrainingInterrupted(KeyboardInterrupt):
    """An interrupt during a training; a notebook shows its message instead of a traceback."""

    def __init__(self, runner):
        super().__init__(
            f'interrupted in step {runner.global_step}/{runner.num_steps}; {_kept(runner)}. The '
            'model stays as it is; train() starts a new training with it.')

    def _render_traceback_(self):
        return str(self).splitlines()


def check_whole(name, value, least, of=''):
    """Check that an argument is a whole number, at least ``least``; ``of`` names its unit.

    Raises:
        ValueError: naming all of these, if it is not.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        unit = f' of {of}' if of else ''
        raise ValueError(f'{name} is {value!r}: give a whole number{unit}, at least {least}')


def check_training(num_epochs, log_steps, eval_steps, save_path, dev_loader, runner):
    """Check the arguments of ``RunnerV3.train`` before the first step.

    Raises:
        ValueError: naming the argument, its value, and what is allowed.
    """
    check_whole('num_epochs', num_epochs, least=1)
    check_whole('log_steps', log_steps, least=0)
    check_whole('eval_steps', eval_steps, least=0)
    check_device(runner.model, runner.device)
    if dev_loader is not None:
        check_evaluation(dev_loader, runner)
        if Path(save_path or '').name == '':
            raise ValueError(f'save_path is {save_path!r}: give the name of a file for the best '
                             'model')
    elif eval_steps:
        raise ValueError(f'eval_steps is {eval_steps} but there is no dev_loader: give one, or '
                         'eval_steps=0')


def check_evaluation(loader, runner):
    """Check that there is something to evaluate, and a metric.

    Raises:
        ValueError: if not, or if the model is on another device than the runner.
    """
    number_of_batches(loader, 'the loader to evaluate')
    if runner.metric is None:
        raise ValueError('the runner has no metric: give RunnerV3 one, e.g. Accuracy()')
    check_device(runner.model, runner.device)


def number_of_batches(loader, name):
    """``len(loader)``, or a ValueError if it is 0."""
    if len(loader) == 0:
        raise ValueError(f'{name} has no batches: is its data set empty, or smaller than one '
                         'batch with drop_last=True?')
    return len(loader)


def check_batch(batch):
    """(inputs, labels) of what a loader yields.

    Raises:
        ValueError: if it is something else, is empty, or has more of one than of the other.
    """
    if (not isinstance(batch, tuple | list) or len(batch) != 2
            or not all(isinstance(part, torch.Tensor) for part in batch)):
        parts = batch if isinstance(batch, tuple | list) else [batch]
        raise ValueError(f'a batch is ({", ".join(type(part).__name__ for part in parts)}), '
                         'expected two tensors (inputs, labels)')
    inputs, labels = batch
    if len(inputs) != len(labels) or len(inputs) == 0:
        raise ValueError(f'a batch has {len(inputs)} inputs (shape {tuple(inputs.shape)}) and '
                         f'{len(labels)} labels (shape {tuple(labels.shape)}): expected equally '
                         'many, at least one')
    return inputs, labels


def check_outputs(outputs, labels):
    """Check that the outputs of a model fit the labels.

    Raises:
        ValueError: naming the shapes or the first wrong label.
    """
    if outputs.dim() != 2 or labels.is_floating_point():
        return
    if len(outputs) != len(labels):
        raise ValueError(f'the model gives outputs of shape {tuple(outputs.shape)} for '
                         f'{len(labels)} inputs')
    n_classes = max(2, outputs.shape[1])  # one output: two classes
    if labels.min() < 0 or labels.max() >= n_classes:
        wrong = int(torch.nonzero((labels.reshape(-1) < 0) | (labels.reshape(-1) >= n_classes))[0])
        raise ValueError(f'label {int(labels.reshape(-1)[wrong])} at place {wrong} of a batch, but '
                         f'the model has {n_classes} classes: labels must be 0 to {n_classes - 1}')


def check_finite(loss, runner):
    """Check the loss of a training step.

    Raises:
        NotFiniteLoss: naming step, learning rate and the best model, if it is nan or infinite.
    """
    if not math.isfinite(loss):
        rate = runner.optimizer.param_groups[0]['lr']
        raise NotFiniteLoss(f'the loss is {loss} at step {runner.global_step}, learning rate '
                            f'{rate:g}. Try a learning rate ten times smaller, and look for nan '
                            f'in the inputs; {_kept(runner)}.')


def forward_errors(model, inputs):
    """Context in which an error of the model becomes a ValueError that names its input."""
    what = f'{type(model).__name__} cannot take a batch of shape {tuple(inputs.shape)}.'
    of_one = (' A batch of one leaves batch normalisation nothing to normalise over: use '
              'DataLoader(..., drop_last=True) or another batch size.')
    return _explained(lambda error: what + of_one * ('more than 1 value per channel' in error))


def loss_errors(outputs, labels):
    """Context in which an error of the loss function becomes a ValueError that names its inputs."""
    advice = ''
    if labels.dim() == 2 and labels.shape[1] == 1 and not labels.is_floating_point():
        advice = ' Cross-entropy wants labels of shape (N,): labels.squeeze(1).'
    elif outputs.dim() == 2 and labels.dim() == 1 and labels.dtype != torch.long:
        advice = ' Cross-entropy wants labels of type int64: labels.long().'
    return _explained(lambda error: f'loss_fn cannot take outputs {_described(outputs)} and '
                                    f'labels {_described(labels)}.{advice}')


@contextmanager
def _explained(say):
    """Context that puts ``say(message)`` in front of torch's message."""
    try:
        yield
    except (RuntimeError, ValueError, IndexError) as error:
        raise ValueError(f'{say(str(error))} torch says: {error}') from error


def _described(tensor):
    return f'of shape {tuple(tensor.shape)} and type {str(tensor.dtype).removeprefix("torch.")}'


def _kept(runner):
    if runner.best_path is None:
        return 'no model was saved yet'
    return (f'the best model so far (dev score {runner.best_score:.5f}) is in {runner.best_path}')
