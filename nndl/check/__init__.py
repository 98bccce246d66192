"""Checks of the labs' exercises, one function an exercise, called on the student's own object.

They answer in the student's language what is wrong; a pass says what was verified. They look at
what the code computes, never at how it is written. The grader asks the same checkers through an
isolated process.

    check.resblock(ResBlock).require()    checks an exercise; raises with the message if not passed
    check.hint('resblock')                one hint further with each call
    check.hand_in()                       looks at the notebook file before it is handed in
"""

from importlib import import_module

from nndl.check.catalog import EXERCISES

__all__ = ['EXERCISES', 'Feedback', 'NotYet', 'hand_in', 'hint', *EXERCISES]


def __getattr__(name):
    if name not in __all__:
        raise AttributeError(f'nndl.check has no {name!r}: it has {", ".join(__all__)}')
    part = import_module('nndl.check.handing_in' if name == 'hand_in' else 'nndl.check.feedback')
    return part.check_of(name) if name in EXERCISES else getattr(part, name)


def __dir__():
    return __all__
