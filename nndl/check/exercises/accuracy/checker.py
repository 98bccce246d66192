"""accuracy: by the share of right answers among several sets of random scores."""

from functools import cache, partial

from nndl.check.errors import Fault, only_mistake
from nndl.check.line import StudentError, connect
from nndl.check.values import kind_seen, same_number

__all__ = ['criteria']

SETS = (31, 6, 0), (7, 5, -1), (5, 5, 1), (4, 9, -1)  # samples, classes, sign of all logits
MISTAKES = {
    'argmax_dimension': [lambda y, t: (y.argmax(0) == t.reshape(-1)).double().mean().item(),
                         lambda y, t: (y.argmax(0) == t).double().mean().item(),
                         lambda y, t: (y.argmax(0) == t).sum().item() / len(t),
                         lambda y, t: (y.argmax() == t).double().mean().item()],
    'label_column': [lambda y, t: (y.argmax(1) == t).double().mean().item(),
                     lambda y, t: (y.argmax(1) == t).sum().item() / len(t)],
    'count': [lambda y, t: len(y) * _share(y, t)],
    'percent': [lambda y, t: 100 * _share(y, t)],
    'error_rate': [lambda y, t: 1 - _share(y, t)]}


def criteria(ask, draw):
    """{criterion: judge}, see ``feedback.examine``."""
    flat = [_scores(draw, *each) for each in SETS]
    cases = {'flat': flat, 'column': [(outputs, labels[:, None]) for outputs, labels in flat]}
    answers = cache(lambda name: [(_answer(ask, *case), *case) for case in cases[name]])

    def judge(name):
        for got, *case in answers(name):
            if not same_number(got, _share(*case), 1e-6):  # rounding to decimals is refused
                both = [*answers('flat'), *answers('column')]
                return only_mistake(MISTAKES, partial(_explains, both)) or _shown(got, *case)
        return None
    return {name: partial(judge, name) for name in cases}


def _scores(draw, n, classes, sign):
    """Logits of one sign (0: of both), and labels, of which 1 to n - 1 are right."""
    outputs = 2 * draw.normal(n, classes)
    outputs = sign * (outputs.abs() + 0.1) if sign else outputs
    right, shift = outputs.argmax(1), 1 + draw.integers(classes - 1, n)
    shift[draw.normal(n).argsort()[:1 + int(draw.integers(n - 1, 1))]] = 0
    outputs[0, right[0]] += 9 * (sign >= 0)  # then it is the largest of the whole table
    return outputs, (right + shift) % classes


def _share(outputs, labels):
    return (outputs.argmax(1) == labels.reshape(-1)).double().mean().item()


def _answer(ask, outputs, labels):
    try:
        return ask('share', outputs=outputs, labels=labels)
    except StudentError as error:
        return error


def _explains(answers, mistake):
    """True if the mistake leads to the same numbers, and to errors where there were some."""
    made = [(got, _answer(connect('accuracy', mistake), *case)) for got, *case in answers]
    return all(getattr(got, 'kind', None) == value.kind if isinstance(value, StudentError)
               else same_number(got, value, 1e-5) for got, value in made)


def _shown(got, outputs, labels):
    """The fault of an answer that nothing explains."""
    if isinstance(got, StudentError):
        raise got
    if type(got) not in (int, float):
        return Fault('no_number', {'got': kind_seen(got)})
    return Fault('differs', {'outputs': tuple(outputs.shape), 'labels': tuple(labels.shape),
                             'got': got, 'expected': _share(outputs, labels)})
