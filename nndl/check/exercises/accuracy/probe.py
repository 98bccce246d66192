"""Calls the student's accuracy."""

__all__ = ['share']


def share(fn, outputs, labels):
    """The student's share of right answers, as returned."""
    return fn(outputs, labels)
