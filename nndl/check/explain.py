"""Which typical mistake explains what was observed, proven by answers that make it on purpose."""

from nndl.check.errors import Fault
from nndl.check.line import Kind, kind_of

__all__ = ['kind_seen', 'only_mistake']


def only_mistake(mistakes, explains):
    """The fault that alone explains everything; None if there is none, or more than one.

    Args:
        mistakes: {name of a fault: answers that have it}.
        explains: ``explains(answer)`` is true if the answer gives all that was observed.
    """
    names = [name for name, answers in mistakes.items() if any(map(explains, answers))]
    return Fault(names[0]) if len(names) == 1 else None


def kind_seen(value):
    """What a value is, for messages; it may have come from a probe."""
    return value if value is None or isinstance(value, Kind) else kind_of(value)
