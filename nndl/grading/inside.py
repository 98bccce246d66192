"""Runs in the student's kernel: has a probe call the student's object, and gives the answer back.

It lies open to the student's code, which may change it; what counts is whether the values that
come back are those that the grader expects.
"""

import json

from nndl.check.line import answer

__all__ = ['told']


class _Text:
    """Shown by IPython exactly as it is."""

    def __init__(self, text):
        self.text = text

    def _repr_pretty_(self, printer, cycle):
        printer.text(self.text)


def told(request, namespace):
    """The answer of a probe, as a text that IPython shows as it is.

    Args:
        request: JSON as of ``nndl.check.line.answer``, and 'name' of the student's object.
        namespace: where the student's objects are.
    """
    name = json.loads(request)['name']

    def find():
        if name not in namespace:
            raise NameError(f'name {name!r} is not defined', name=name)
        return namespace[name]
    return _Text(answer(request, find))
