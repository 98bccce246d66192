"""What a student's object must give back: one file an exercise, named after its grade_id.

Such a file has

    NAME    the name that the student's code must define
    CHECK   the function of ``nndl.check`` that advises the student in the kernel; None: the check
            needs what is hidden there, and the feedback is which probes failed
    HIDDEN  {module of the kit: names, or '*' for all} that would answer an exercise. In the kernels
            of the whole lab, and so for their checks too, they only raise
    HIDDEN_PACKAGES  other packages that would; they are not to be found there; may be left out
    ANSWERS {module: names} that would answer it too, but that the lab itself needs: their use is
            flagged; may be left out
    PRELOADED  modules that its kernels find imported; may be left out
    PROBES  {probe: (share of the points, {'en': what it looks at, 'zh': ...})}
    judge   ``judge(ask, draw)`` yields (probe, whether it passed)

``ask(do, ...)`` has ``nndl.grading.inside`` do something in the kernel and gives the plain data
that came back, {} if the student's code raised. ``draw`` draws numbers that nobody knew before.
Everything runs in the grader's process. What needs torch is imported within ``judge``: the process
that hands out the work reads the other names, and starts and ends without waiting for torch.
"""

from importlib import import_module
from importlib.util import find_spec

__all__ = ['probes_of', 'NoProbes', 'ProbeError']


class ProbeError(Exception):
    """The probes of an exercise cannot judge it. It is nobody's fault but theirs: no grade."""


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
