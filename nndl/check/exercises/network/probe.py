"""Makes the student's network and runs it."""

import inspect

from nndl.check.observe import observe

__all__ = ['observe', 'takes']


def takes(thing, parameter):
    """True if the student's class has a parameter of this name."""
    return parameter in inspect.signature(thing).parameters
