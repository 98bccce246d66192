"""What a student's object must give back: one file an exercise, named after its grade_id.

Such a file has

    NAME    the name that the student's code must define
    CHECK   the function of ``nndl.check`` that advises the student
    HIDDEN  {module: names} of the library that would answer the exercise; the kernel's copy of
            the library is without them
    PRELOADED  modules that its kernels find imported; may be left out
    PROBES  {probe: (share of the points, {'en': what it looks at, 'zh': ...})}
    judge   ``judge(ask, draw)`` yields (probe, whether it passed)

``ask(do, ...)`` has ``nndl.grading.inside`` do something in the kernel and gives the plain data
that came back, {} if the student's code raised. ``draw`` draws numbers that nobody knew before.
Everything runs in the grader's process.
"""

from importlib import import_module
from importlib.util import find_spec

__all__ = ['probes_of', 'NoProbes']


class NoProbes(LookupError):
    """An exercise of the labs has no file here."""


def probes_of(grade_id):
    """The module with the probes of an exercise.

    Raises:
        NoProbes: if there is none.
    """
    name = f'nndl.grading.probes.{grade_id}'
    if not grade_id.isidentifier() or find_spec(name) is None:
        raise NoProbes(f'the exercise {grade_id!r} has no probes: write '
                       f'nndl/grading/probes/{grade_id}.py (its __init__.py says how)')
    return import_module(name)
