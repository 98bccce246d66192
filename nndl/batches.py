"""What can be wrong with a batch, said in words."""

from contextlib import contextmanager

import torch

__all__ = ['number_of_batches', 'check_batch', 'check_outputs', 'explain_forward', 'explain_loss']


def number_of_batches(loader, name):
    """``len(loader)``.

    Raises:
        ValueError: if there are none.
    """
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
    """Whether the outputs of a model can be those for these labels.

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


def explain_forward(model, inputs):
    """Within, an error says which input the model could not take.

    Raises:
        ValueError: with torch's own words at the end.
    """
    def say(error):
        what = f'{type(model).__name__} cannot take a batch of shape {tuple(inputs.shape)}.'
        if 'more than 1 value per channel' in str(error):
            return (f'{what} A batch of one leaves batch normalisation nothing to normalise over: '
                    'use DataLoader(..., drop_last=True) or another batch size.')
        return what

    return _explained(say)


def explain_loss(outputs, labels):
    """Within, an error says what the loss function could not take.

    Raises:
        ValueError: with torch's own words at the end.
    """
    def say(error):
        what = f'loss_fn cannot take outputs {_described(outputs)} and labels {_described(labels)}.'
        if labels.dim() == 2 and labels.shape[1] == 1 and not labels.is_floating_point():
            return f'{what} Cross-entropy wants labels of shape (N,): labels.squeeze(1).'
        if outputs.dim() == 2 and labels.dim() == 1 and labels.dtype != torch.long:
            return f'{what} Cross-entropy wants labels of type int64: labels.long().'
        return what

    return _explained(say)


@contextmanager
def _explained(say):
    """Within, errors of torch begin with what ``say(error)`` says of them."""
    try:
        yield
    except (RuntimeError, ValueError, IndexError) as error:
        raise ValueError(f'{say(error)} torch says: {error}') from error


def _described(tensor):
    return f'of shape {tuple(tensor.shape)} and type {str(tensor.dtype).removeprefix("torch.")}'
