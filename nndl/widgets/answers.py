"""Answers of networks to digits."""

import torch

from nndl.study.inspection import in_eval_mode

__all__ = ['check_arguments', 'shares']

AT_ONCE = 256  # images through a network


def check_arguments(models, digits):
    """The models, if they are {name: module} and there are digits.

    Raises:
        ValueError: naming what is missing or is no ``nn.Module``.
    """
    if len(digits) == 0:
        raise ValueError('there are no digits: give a data set of load_mnist')
    if not isinstance(models, dict) or not models:
        raise ValueError(f"models is {models!r}: give {{name: network}}, "
                         "for example {'residual-18': model}")
    for name, model in models.items():
        if not isinstance(model, torch.nn.Module):
            raise ValueError(f'the model {name!r} is a {type(model).__name__}: give a network, '
                             'an nn.Module')
    return models


@torch.no_grad()
def shares(models, images):
    """Probabilities of the classes from each network, in eval mode; the mode is restored.

    Args:
        models: {name: network}.
        images: (N, 1, 32, 32), as ``load_mnist`` gives them.

    Returns:
        {name: (N, 10), rows that sum to 1}.
    """
    answers = {}
    for name, model in models.items():
        device = next(model.parameters()).device
        with in_eval_mode(model):
            answers[name] = torch.cat([model(part.to(device)).softmax(dim=1).cpu()
                                       for part in images.split(AT_ONCE)])
    return answers
