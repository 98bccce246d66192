"""Grades submissions of a lab, one after the other; in a process of its own, or on a cluster."""

import atexit
import gc
import math
import resource
from contextlib import ExitStack, suppress

import torch

from nndl.grading.edition import hidden_packages
from nndl.grading.linux import die_with_parent
from nndl.grading.rebuild import cells_of
from nndl.grading.record import plain_record, record_of
from nndl.grading.servers import Child, Gone, start_warm
from nndl.grading.session import Session
from nndl.grading.workspace import workspace
from nndl.study.cluster import refuse_threaded_worker

__all__ = ['close_own', 'graded_here', 'work']

MEMORY = 4_000_000_000  # bytes of a worker; it takes about 700 MB
_own = {}  # {name of a lab: (server, library, what ends them)}, one at a time

gc.freeze()  # so that collections in the workers do not copy the pages that they share


def work(line, server, library, lab, deadlines, seed, version):
    """Grade what comes over a ``multiprocessing`` connection, until None comes.

    A record is sent back for each ``Submission``, or None if the server has ended.
    """
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))  # a worker that grows ends alone
    torch.set_num_threads(1)
    while (submission := _received(line)) is not None:
        try:
            line.send(_graded(submission, server, library, lab, deadlines, seed, version))
        except Gone:
            line.send(None)


def _received(line):
    with suppress(EOFError):  # the grader was interrupted
        return line.recv()


def graded_here(submission, lab, deadlines, seed, version):
    """The record of a submission, graded from this process; for the workers of a cluster."""
    refuse_threaded_worker()
    torch.set_num_threads(1)
    try:
        server, library = _own_server(lab)
        return _graded(submission, server, library, lab, deadlines, seed, version)
    except Gone as gone:
        close_own()  # the next one starts anew
        return plain_record(submission, submission.sha256, version, 'grader_error', str(gone), lab)


def close_own():
    """End what ``graded_here`` has started."""
    while _own:
        _own.popitem()[1][2].close()


def _own_server(lab):
    if lab.name not in _own:
        close_own()
        life = ExitStack()
        warm, library = start_warm(lab, life.enter_context(workspace()))
        life.callback(warm.close)
        _own[lab.name] = life.enter_context(warm.server()), library, life
    return _own[lab.name][:2]


atexit.register(close_own)


def _graded(submission, server, library, lab, deadlines, seed, version):
    def new_child(until):
        return Child(server, library, hidden_packages(lab.exercises),
                     math.ceil(deadlines.notebook) + 60, until)

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
