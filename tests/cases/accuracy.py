"""Answers to the exercise accuracy: right ones in several styles, and wrong ones by fault."""

import torch

import nndl

PLANTED = ('outputs.argmax(dim=1)', 'outputs.argmin(dim=1)')  # makes the lab's solution wrong


# ---- right ---------------------------------------------------------------------------------

def mean_of_equals(outputs, labels):
    predictions = outputs.argmax(dim=1)
    return (predictions == labels.reshape(-1)).float().mean().item()


def counted(outputs, labels):
    right = 0
    for scores, label in zip(outputs, labels, strict=True):
        right += int(torch.argmax(scores)) == int(label)
    return right / len(labels)


def by_numpy(outputs, labels):
    return (outputs.numpy().argmax(axis=-1) == labels.numpy().ravel()).mean()


def by_max(outputs, labels):
    _, predictions = torch.max(torch.softmax(outputs, -1), 1)
    return torch.eq(predictions, labels.view_as(predictions)).sum().item() / outputs.size(0)


def by_the_metric(outputs, labels):
    metric = nndl.Accuracy()
    metric.update(outputs, labels)
    return metric.accumulate()


RIGHT = {'mean': mean_of_equals, 'loop': counted, 'numpy': by_numpy, 'torch.max': by_max,
         'the kit': by_the_metric}


# ---- wrong ---------------------------------------------------------------------------------

def over_the_samples(outputs, labels):
    return (outputs.argmax(dim=0) == labels.reshape(-1)).float().mean().item()


def column_ignored(outputs, labels):
    return (outputs.argmax(dim=1) == labels).float().mean().item()


def column_ignored_and_counted(outputs, labels):
    return (outputs.argmax(dim=1) == labels).sum().item() / len(labels)


def mean_probability(outputs, labels):
    return outputs.softmax(dim=1).gather(1, labels.reshape(-1, 1)).mean().item()


def number_of_right_answers(outputs, labels):
    return (outputs.argmax(dim=1) == labels.reshape(-1)).sum().item()


def percentage(outputs, labels):
    return 100 * (outputs.argmax(dim=1) == labels.reshape(-1)).float().mean().item()


def share_of_wrong_answers(outputs, labels):
    return (outputs.argmax(dim=1) != labels.reshape(-1)).float().mean().item()


def over_the_classes(outputs, labels):
    return (outputs.argmax(dim=1) == labels.reshape(-1)).sum().item() / outputs.shape[1]


def tensor(outputs, labels):
    return (outputs.argmax(dim=1) == labels.reshape(-1)).float().mean()


def one_by_one(outputs, labels):
    return outputs.argmax(dim=1) == labels.reshape(-1)


def threshold(outputs, labels):
    return ((outputs >= 0).float().argmax(dim=1) == labels.reshape(-1)).float().mean().item()


def whole_division(outputs, labels):
    return (outputs.argmax(dim=1) == labels.reshape(-1)).sum().item() // len(labels)


def of_booleans(outputs, labels):
    return (outputs.argmax(dim=1) == labels.reshape(-1)).mean().item()


def of_the_whole_table(outputs, labels):
    return (outputs.argmax() == labels.reshape(-1)).float().mean().item()


def over_sixty_four(outputs, labels):
    return (outputs.argmax(dim=1) == labels.reshape(-1)).sum().item() / 64


def all_but_the_last(outputs, labels):
    return (outputs.argmax(dim=1)[:-1] == labels.reshape(-1)[:-1]).float().mean().item()


def misspelt(outputs, labels):
    return (outputs.arg_max(dim=1) == labels).float().mean().item()


WRONG = {
    over_the_samples: 'argmax_dimension', column_ignored: 'label_column',
    column_ignored_and_counted: 'label_column', mean_probability: 'averages_probabilities',
    number_of_right_answers: 'count', percentage: 'percent',
    share_of_wrong_answers: 'error_rate', over_the_classes: 'divided_by_classes',
    tensor: 'returns_tensor', one_by_one: 'returns_tensor', threshold: 'zero',
    all_but_the_last: 'wrong_value',
    whole_division: 'zero', of_the_whole_table: 'zero', of_booleans: 'mean_of_booleans',
    over_sixty_four: 'divided_by_classes', misspelt: 'crashed',
}
