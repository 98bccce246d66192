"""Check of the accuracy, by its value on random scores."""

import torch

from nndl.check.feedback import described, exercise, first_faults, is_number

__all__ = ['accuracy']


# Samples, classes, and a seed for which no two explanations of a value agree.
SIZES = (5, 5, 33), (12, 4, 4), (4, 7, 1)


@exercise('accuracy')
def accuracy(fn):
    """Check the accuracy.

    Args:
        fn: the student's function, ``fn(outputs, labels)``: the share of right answers.

    Returns:
        ``Feedback``.
    """
    scores = [_scores(*size) for size in SIZES]
    yield from first_faults(*(_accuracy_faults(fn, outputs, labels, given)
                              for outputs, labels in scores
                              for given in (labels, labels[:, None])))


def _accuracy_faults(fn, outputs, labels, given):
    """``given`` are the labels as the student gets them, (N,) or (N, 1)."""
    try:
        got = fn(outputs.clone(), given.clone())
    except RuntimeError as error:
        faults = {'size of tensor': 'argmax_dimension', 'Got: Bool': 'mean_of_booleans'}
        fault = next((fault for text, fault in faults.items() if text in str(error)), None)
        if fault is None:
            raise
        yield fault, {}
        return
    right = int((outputs.argmax(dim=1) == labels).sum())
    value = got.item() if isinstance(got, torch.Tensor) and got.numel() == 1 else got
    fault = _fault_of_value(value, outputs, labels, given) if is_number(value) else None
    if fault:
        yield fault, {'n': len(labels), 'right': right, 'got': value}
    elif not is_number(got):
        yield 'returns_tensor', {'got': described(got)}


def _fault_of_value(got, outputs, labels, given):
    """Which mistake gives this number; None if it is right."""
    n, classes = outputs.shape
    predictions = outputs.argmax(dim=1)
    right = (predictions == labels).sum().item()
    of_right_class = outputs.softmax(dim=1).gather(1, labels[:, None]).mean().item()
    explanations = [
        (None, right / n), ('count', right), ('percent', 100 * right / n),
        ('error_rate', 1 - right / n), ('averages_probabilities', of_right_class),
        ('divided_by_classes', right / classes), ('divided_by_classes', right / (n * classes)),
        ('divided_by_classes', right / 64), ('zero', 0),
    ]
    if n == classes:
        over_samples = (outputs.argmax(dim=0) == labels).float().mean().item()
        explanations += [('argmax_dimension', over_samples)]
    if given.dim() == 2:
        pairs = (predictions == given).float()  # (N, N)
        explanations += [('label_column', pairs.mean().item()),
                         ('label_column', pairs.sum().item() / n)]
    return next((fault for fault, value in explanations if abs(got - value) < 1e-5),
                'wrong_value')


def _scores(n, classes, seed):
    """Logits, all negative, and labels, two thirds of which are right."""
    generator = torch.Generator().manual_seed(seed)
    outputs = 2 * torch.randn(n, classes, generator=generator) - 8
    labels = outputs.argmax(dim=1)
    wrong = torch.arange(n) % 3 == 2  # a third
    labels[wrong] = (labels[wrong] + 1) % classes
    return outputs, labels
