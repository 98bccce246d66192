"""Grades submissions of a lab, one after the other; in a process of its own, or on a cluster."""

import atexit
import math
import multiprocessing
import os
import resource
from contextlib import ExitStack

import torch

from nndl.grading.children import Child, Gone, start_warm
from nndl.grading.linux import die_with_parent
from nndl.grading.rebuild import cells_of
from nndl.grading.record import plain_record, record_of
from nndl.grading.session import Session
from nndl.grading.workspace import workspace
from nndl.study.cluster import refuse_threaded_worker

__all__ = ['begin', 'close_own', 'graded_here']

MEMORY = 4_000_000_000  # bytes of a worker; it takes about 700 MB
_own = {}  # {name of a lab: (Warm, what ends it)}, one at a time


def begin():
    """Prepare a process that does nothing but grade; once or again."""
    die_with_parent()
    if not multiprocessing.parent_process().is_alive():
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))  # a worker that grows ends alone


def graded_here(submission, lab, deadlines, seed, version, folder=None):
    """The record of a submission, graded from this process.

    Args:
        submission: ``Submission``.
        lab: its ``Lab``.
        deadlines: ``Deadlines``.
        seed: of the values that the checkers draw.
        version: of the grader.
        folder: for the library of the children; None: one of this process's own.
    """
    refuse_threaded_worker()
    torch.set_num_threads(1)
    for _ in range(2):
        try:
            return _graded(submission, _own_warm(lab, folder), lab, deadlines, seed, version)
        except Gone as gone:
            close_own()  # the next one starts anew
            reason = str(gone)
    return plain_record(submission, submission.sha256, version, 'grader_error', reason, lab)


def close_own():
    """End what ``graded_here`` has started."""
    while _own:
        _own.popitem()[1][1].close()


def _own_warm(lab, folder):
    if lab.name not in _own:
        close_own()
        life = ExitStack()
        folder = folder or life.enter_context(workspace())
        warm = start_warm(lab, folder / f'{lab.name}-{os.getpid()}')
        life.callback(warm.close)
        _own[lab.name] = warm, life
    return _own[lab.name][0]


atexit.register(close_own)


def _graded(submission, warm, lab, deadlines, seed, version):
    def new_child(until):
        return Child(warm, math.ceil(deadlines.notebook) + 60, until)

    session = Session(new_child, deadlines, submission.language, seed)
    try:
        cells = cells_of(lab, submission)
        helpers = '\n'.join(source for source, name in cells if name is None)
        return record_of(submission, lab, session.verdicts(cells), session.seconds(), version,
                         helpers)
    except Gone:
        raise
    except Exception as error:  # a fault of the grader's, or of this machine
        return plain_record(submission, submission.sha256, version, 'grader_error',
                            f'{type(error).__name__}: {error}'[:2000], lab)
