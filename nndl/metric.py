"""Accuracy, counted over batches."""

import torch

__all__ = ['Accuracy']


class Accuracy:
    """Share of correct predictions among all samples seen since the last ``reset``.

    Args:
        is_logits: the outputs are logits. Matters with one output only, where the threshold is 0
            for logits and 0.5 for probabilities.
        is_logist: the textbook's spelling of the same.
    """

    def __init__(self, is_logits=True, *, is_logist=None):
        self.is_logits = is_logits if is_logist is None else is_logist
        self.reset()

    def update(self, outputs, labels):
        """Count one batch.

        Args:
            outputs: (N, C) scores of C classes, or (N, 1) for two classes.
            labels: (N,) or (N, 1).

        Raises:
            ValueError: if the shapes of outputs and labels do not match.
        """
        if not isinstance(outputs, torch.Tensor):
            raise ValueError(f'outputs are a {type(outputs).__name__}: expected a tensor (N, C)')
        if outputs.dim() != 2 or labels.shape not in {outputs.shape[:1], (len(outputs), 1)}:
            raise ValueError(f'outputs of shape {tuple(outputs.shape)} and labels of shape '
                             f'{tuple(labels.shape)}: expected (N, C) and (N,)')
        if outputs.shape[1] == 1:
            predictions = outputs.squeeze(1) >= (0 if self.is_logits else 0.5)
        else:
            predictions = outputs.argmax(dim=1)
        self.num_correct += torch.sum(predictions == labels.reshape(-1)).item()
        self.num_count += len(labels)

    def accumulate(self):
        """The accuracy, 0 to 1; 0 before the first batch."""
        return self.num_correct / self.num_count if self.num_count else 0.0

    def reset(self):
        self.num_correct = 0
        self.num_count = 0

    def name(self):
        return 'Accuracy'
