"""What networks say to some digits."""

import torch

from nndl.inspection import in_eval_mode

__all__ = ['check_models', 'shares']


def check_models(models):
    """The models, if they are {name: module}.

    Raises:
        ValueError: if there are none, or one is no ``nn.Module``.
    """
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
    """How sure each network is of each class, in eval mode; its mode stays what it was.

    Args:
        models: {name: network}.
        images: (N, 1, 32, 32), as ``load_mnist`` gives them.

    Returns:
        {name: (N, 10), rows that sum to 1}.
    """
    return {name: _shares(model, images) for name, model in models.items()}


def _shares(model, images):
    device = next(model.parameters()).device
    with in_eval_mode(model):
        return model(images.to(device)).softmax(dim=1).cpu()
