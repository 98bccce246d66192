"""What can be wrong with a batch, said in words."""

from contextlib import contextmanager

import torch

__all__ = ['number_of_batches', 'check_batch', 'check_device', 'explain_forward']


def number_of_batches(loader, name):
    """``len(loader)``.

    Raises:
        ValueError: if there are none.
    """
    if len(loader) == 0:
        raise ValueError(f'{name} has no batches: is its data set empty, or smaller than one '
                         'batch with drop_last=True?')
    return len(loader)


def check_batch(inputs, labels, outputs=None):
    """Whether inputs, labels and, once they are there, outputs belong together.

    Raises:
        ValueError: naming the shapes or the first wrong label.
    """
    if not isinstance(inputs, torch.Tensor) or not isinstance(labels, torch.Tensor):
        raise ValueError(f'a batch is ({type(inputs).__name__}, {type(labels).__name__}), '
                         'expected two tensors (inputs, labels)')
    if len(inputs) != len(labels):
        raise ValueError(f'a batch has {len(inputs)} inputs (shape {tuple(inputs.shape)}) and '
                         f'{len(labels)} labels (shape {tuple(labels.shape)})')
    if outputs is None or outputs.dim() != 2 or labels.is_floating_point():
        return
    if len(outputs) != len(labels):
        raise ValueError(f'the model gives outputs of shape {tuple(outputs.shape)} for '
                         f'{len(labels)} inputs')
    n_classes = max(2, outputs.shape[1])  # one output: two classes
    if labels.min() < 0 or labels.max() >= n_classes:
        wrong = int(torch.nonzero((labels.reshape(-1) < 0) | (labels.reshape(-1) >= n_classes))[0])
        raise ValueError(f'label {int(labels.reshape(-1)[wrong])} at place {wrong} of a batch, but '
                         f'the model has {n_classes} classes: labels must be 0 to {n_classes - 1}')


def check_device(model, device):
    """Whether the model's parameters are on the device.

    Raises:
        ValueError: naming the first parameter that is not.
    """
    for name, parameter in model.named_parameters():
        if parameter.device.type != device.type:
            raise ValueError(f'the model is on {parameter.device} (parameter {name}), the runner '
                             f'on {device}: call model.to({str(device)!r})')


@contextmanager
def explain_forward(model, inputs):
    """Say which input a model could not take.

    Raises:
        ValueError: with torch's own words at the end.
    """
    try:
        yield
    except (RuntimeError, ValueError, IndexError) as error:
        hint = ''
        if 'more than 1 value per channel' in str(error):
            hint = ('A batch of one leaves batch normalisation nothing to normalise over: use '
                    'DataLoader(..., drop_last=True) or another batch size. ')
        raise ValueError(f'{type(model).__name__} cannot take a batch of shape '
                         f'{tuple(inputs.shape)}. {hint}torch says: {error}') from error
