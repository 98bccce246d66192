"""Accuracy against a count by hand, over random batches."""

import pytest
import torch

from nndl.metric import Accuracy


def by_hand(outputs, labels, threshold):
    correct = 0
    for row, label in zip(outputs.tolist(), labels.reshape(-1).tolist(), strict=True):
        predicted = row.index(max(row)) if len(row) > 1 else int(row[0] >= threshold)
        correct += predicted == label
    return correct / len(labels)


@pytest.mark.parametrize('n_outputs', [1, 2, 10])
@pytest.mark.parametrize('is_logits', [True, False])
@pytest.mark.parametrize('column', [True, False])
def test_equal_to_a_count_by_hand(n_outputs, is_logits, column):
    generator = torch.Generator().manual_seed(n_outputs)
    outputs = torch.randn(97, n_outputs, generator=generator)
    if not is_logits:
        outputs = outputs.sigmoid()
    labels = torch.randint(0, max(2, n_outputs), (97, 1) if column else (97,), generator=generator)
    metric = Accuracy(is_logits)
    for start in range(0, 97, 10):
        metric.update(outputs[start:start + 10], labels[start:start + 10])
    assert metric.accumulate() == by_hand(outputs, labels, 0 if is_logits else 0.5)


def test_one_output_is_a_logit_unless_told_otherwise_in_either_spelling():
    outputs, labels = torch.tensor([[0.3]]), torch.tensor([0])
    for metric, expected in ((Accuracy(), 0), (Accuracy(is_logist=True), 0), (Accuracy(False), 1),
                             (Accuracy(is_logist=False), 1), (Accuracy(is_logits=False), 1)):
        metric.update(outputs, labels)
        assert metric.accumulate() == expected


def test_reset_and_empty():
    metric = Accuracy()
    assert metric.accumulate() == 0
    metric.update(torch.eye(3), torch.arange(3))
    assert metric.accumulate() == 1
    metric.reset()
    assert metric.accumulate() == 0
    assert metric.name() == 'Accuracy'
