"""One pytest process for a few submissions of one lab, in a worker that keeps a warm parent."""

import atexit
import contextlib
import functools
import io
import math
import os
import tempfile
from pathlib import Path

import nbformat
import pytest
import torch

from nndl.grading.collector import Grader
from nndl.grading.edition import hidden_packages
from nndl.grading.rebuild import rebuild
from nndl.grading.record import failed_record, record_of
from nndl.grading.warm_parent import IsolationError, WarmParent, warm_address, warm_process
from nndl.grading.workspace import workspace
from nndl.study.cluster import refuse_threaded_worker

__all__ = ['grade_chunk', 'close_warm_parents']

OPTIONS = ('--noconftest', '-c', os.devnull, '-p', 'no:cacheprovider', '-p', 'nbval.plugin',
           '-p', 'no:warnings', '-p', 'no:faulthandler', '-p', 'no:unraisableexception',
           '-p', 'no:threadexception', '--continue-on-collection-errors', '--capture=no', '-qq',
           '--tb=no')
_warm = {}


def grade_chunk(settings, lab, submissions, version, edition):
    """Grade submissions of one lab; returns a record of each.

    Args:
        settings: ``run.Settings``.
        lab: ``Lab``.
        submissions: ``Submission`` objects of that lab.
        version: of the grader.
        edition: folder with the kernels' copy of the library.
    """
    refuse_threaded_worker()
    torch.set_num_threads(1)
    records = {}
    try:
        warm = _warm_parent(edition, lab, settings)
        records = _run(settings, lab, submissions, version, warm)
    except IsolationError as error:
        reason = str(error)
    else:
        reason = 'pytest ended before it was graded'
    return [records.get(submission.path) or failed_record(submission.path, submission.sha256,
                                                          version, reason)
            for submission in submissions]


def close_warm_parents():
    """Leave the processes that this worker has kernels forked from; its own ones end."""
    while _warm:
        _warm.popitem()[1].close()


def _warm_parent(edition, lab, settings):
    """What forks this worker's kernels of a lab; that of another lab is left.

    It is the process of the run, or, where that is on another machine or has ended, an own one.
    """
    key = str(edition), settings.sandbox, settings.deadlines
    if key not in _warm or _warm[key].has_ended:
        close_warm_parents()
        how = {'library': edition, 'sandbox': settings.sandbox,
               'hidden': sorted(hidden_packages(lab.exercises)),
               'seconds': math.ceil(settings.deadlines.notebook) + 60}
        try:
            _warm[key] = WarmParent(warm_address(edition), Path(edition).parent, **how)
        except IsolationError:
            own = warm_process(lab, edition, warm_address(_workspace_here() / lab.name))
            _warm[key] = WarmParent(own.address, _workspace_here(), process=own, **how)
    return _warm[key]


@functools.cache
def _workspace_here():
    """Of this worker, as long as it lives."""
    life = contextlib.ExitStack()
    atexit.register(life.close)
    return life.enter_context(workspace())


def _run(settings, lab, submissions, version, warm):
    """{path: record} of the submissions that were run to their end."""
    records = {}
    with tempfile.TemporaryDirectory(prefix='nndl-run-', dir=warm.workspace) as folder:
        notebooks = {str(Path(folder) / f'{number:04}.ipynb'): submission
                     for number, submission in enumerate(submissions)}
        for path, submission in notebooks.items():
            nbformat.write(rebuild(lab, submission), path)

        def finished(path, verdicts, seconds):
            submission = notebooks[str(path)]
            records[submission.path] = record_of(submission, lab, verdicts, seconds, version)

        grader = Grader(warm, settings.deadlines,
                        {path: s.language for path, s in notebooks.items()}, finished)
        _pytest([*OPTIONS, f'--rootdir={folder}', *notebooks], grader)
    return records


def _pytest(arguments, plugin):
    """Run pytest in this process, with nothing loaded or set from outside, and silently."""
    kept = {name: os.environ.pop(name) for name in ('PYTEST_ADDOPTS', 'PYTEST_PLUGINS')
            if name in os.environ}
    current = os.environ.get('PYTEST_CURRENT_TEST')
    os.environ['PYTEST_DISABLE_PLUGIN_AUTOLOAD'] = '1'
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            pytest.main(arguments, plugins=[plugin])
    finally:
        del os.environ['PYTEST_DISABLE_PLUGIN_AUTOLOAD']
        os.environ.update(kept | ({'PYTEST_CURRENT_TEST': current} if current else {}))
