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


def one_hot(outputs, labels):
    """The rank of the right class."""
    score = outputs.gather(1, labels.reshape(-1, 1))
    return ((outputs > score).sum(1) == 0).double().mean().item()


def squeezed(outputs, labels):
    hits = outputs.topk(1).indices.squeeze(1) == labels.squeeze()
    return torch.count_nonzero(hits).numpy() / hits.numel()


RIGHT = {'mean': mean_of_equals, 'loop': counted, 'numpy': by_numpy, 'torch.max': by_max,
         'the kit': by_the_metric, 'rank': one_hot, 'topk': squeezed}


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


def samples_without_reshape(outputs, labels):
    return (outputs.argmax(dim=0) == labels).sum().item() / len(labels)


def rounded(outputs, labels):
    return round(mean_of_equals(outputs, labels), 2)


def smallest(outputs, labels):
    return mean_of_equals(-outputs, labels)


def right_for_as_many_classes_as_samples(outputs, labels):
    square = outputs.shape[0] == outputs.shape[1]
    return mean_of_equals(outputs, labels) if square else 0.5


def nothing(outputs, labels):
    mean_of_equals(outputs, labels)


def true(outputs, labels):
    return True


def not_a_number(outputs, labels):
    return float('nan')


def column_refused(outputs, labels):
    return mean_of_equals(outputs, labels) if labels.dim() == 1 else 0.0


def absolute(outputs, labels):
    return mean_of_equals(outputs.abs(), labels)


def stops_at_the_first_wrong_one(outputs, labels):
    right = 0
    for scores, label in zip(outputs, labels, strict=True):
        if scores.argmax() != label:
            break
        right += 1
    return right / len(labels)


WRONG = [
    ('over the samples', over_the_samples, 'argmax_dimension'),
    ('over the samples, column', samples_without_reshape, 'argmax_dimension'),
    ('column ignored', column_ignored, 'label_column'),
    ('column ignored, counted', column_ignored_and_counted, 'label_column'),
    ('mean probability', mean_probability, 'differs'),
    ('count', number_of_right_answers, 'count'),
    ('percentage', percentage, 'percent'),
    ('share of wrong answers', share_of_wrong_answers, 'error_rate'),
    ('over the classes', over_the_classes, 'differs'),
    ('over 64', over_sixty_four, 'differs'),
    ('rounded', rounded, 'differs'),
    ('a tensor', tensor, 'no_number'),
    ('one by one', one_by_one, 'no_number'),
    ('nothing', nothing, 'no_number'),
    ('True', true, 'no_number'),
    ('nan', not_a_number, 'differs'),
    ('threshold', threshold, 'differs'),
    ('smallest', smallest, 'differs'),
    ('absolute', absolute, 'differs'),
    ('one set only', right_for_as_many_classes_as_samples, 'differs'),
    ('0 for a column', column_refused, 'differs'),
    ('all but the last', all_but_the_last, 'differs'),
    ('stops at the first wrong one', stops_at_the_first_wrong_one, 'differs'),
    ('whole division', whole_division, 'differs'),
    ('whole table', of_the_whole_table, 'argmax_dimension'),
    ('mean of booleans', of_booleans, 'crashed'),
    ('misspelt', misspelt, 'crashed'),
]
