"""Grade with nbval, the plain way: each hand-in runs whole, and is trusted; see ``plugin``."""

import os
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from xml.etree import ElementTree

from nndl.grading.record import plain_record, record_of

__all__ = ['ConfigurationFound', 'graded_plain', 'refuse_configuration']

OBEYED = {'conftest.py', 'pytest.ini', '.pytest.ini', 'pytest.toml', '.pytest.toml', 'tox.ini',
          'setup.cfg', 'pyproject.toml'}
COMMAND = (sys.executable, '-P', '-m', 'pytest', '-p', 'nndl.grading.plugin', '-p', 'nbval.plugin',
           '-p', 'no:cacheprovider', '--nbval-lax', '-c', os.devnull, '--rootdir=.', '--capture=no',
           '--tb=no', '--junitxml=../junit.xml', '--nndl-ends-with-stdin', 'hand_in.ipynb')
ENVIRONMENT = {'PYTEST_ADDOPTS': '', 'PYTEST_PLUGINS': '', 'PYTEST_DISABLE_PLUGIN_AUTOLOAD': '1',
               'TQDM_DISABLE': '1', 'NNDL_OUTPUTS': 'outputs'}
TO_END = 60  # seconds, beside those of the notebook, in which pytest starts and ends
LARGEST_REPORT = 50_000_000  # bytes


class ConfigurationFound(ValueError):
    """Among the hand-ins is a file that pytest would run, or take settings from."""


def refuse_configuration(folder):
    """Raise ``ConfigurationFound`` if pytest would obey a file at any depth of a folder."""
    found = sorted(str(Path(base) / name) for base, _, names in os.walk(folder) for name in names
                   if name.lower() in OBEYED)
    if found:
        raise ConfigurationFound(f'pytest would obey {", ".join(found[:5])} ({len(found)} in all). '
                                 f'Nothing was run: move such files out of {folder}')


def graded_plain(submissions, lab, labs_folder, deadlines, workers, version):
    """Yield (key, record) of each submission, run with nbval, several side by side.

    Args:
        submissions: of one lab.
        lab: the ``Lab``.
        labs_folder: that the labs were read from; None: the kit's.
        deadlines: ``Deadlines``; those of a cell and of a notebook count.
        workers: how many notebooks run at once.
        version: of the grader.
    """
    from joblib import Parallel, delayed  # it imports numpy, which the plugin can do without

    command = [*COMMAND, f'--nbval-cell-timeout={deadlines.cell}',
               f'--nndl-seconds={deadlines.notebook}',
               *([f'--nndl-labs={Path(labs_folder).resolve()}'] if labs_folder else [])]
    threads = {'OMP_NUM_THREADS': '1'} if workers > 1 else {}
    environment = os.environ | ENVIRONMENT | threads | {
        'PYTHONPATH': os.pathsep.join(filter(None, sys.path))}
    yield from Parallel(workers, prefer='threads', return_as='generator_unordered')(
        delayed(_graded)(each, lab, version, command, environment, deadlines.notebook + TO_END)
        for each in submissions)


def _graded(submission, lab, version, *how):
    begin = time.monotonic()
    outcomes = _outcomes(submission.read(), *how)
    return submission.key, _record(submission, lab, outcomes, time.monotonic() - begin, version)


def _outcomes(content, command, environment, seconds):
    """{name of a test: 'status: why'} of a notebook; other names have an outcome, too."""
    with TemporaryDirectory(prefix='nndl-', ignore_cleanup_errors=True) as folder:
        report, folder = Path(folder) / 'junit.xml', Path(folder) / 'hand-in'
        folder.mkdir()
        (folder / 'hand_in.ipynb').write_bytes(content)
        with subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:  # the plugin ends all when its input is closed
                return defaultdict(lambda: f'timeout: no end within {seconds:g} seconds')
        try:
            if report.stat().st_size > LARGEST_REPORT:
                raise OSError(f'its report has more than {LARGEST_REPORT} bytes')
            cases = [*ElementTree.parse(report).iter('testcase')]
        except (OSError, ElementTree.ParseError) as error:
            failed = f'grader_error: pytest ended with code {process.returncode}: {error}'
            return defaultdict(lambda: failed)
    return defaultdict(lambda: 'grader_error: nbval did not come to its check', {
        case.get('name'): case.findtext('failure', 'graded') if case.find('error') is None
        else f'grader_error: {case.findtext("error")}' for case in cases})


def _record(submission, lab, outcomes, seconds, version):
    verdicts = {name: _verdict(*outcomes[name].partition(': ')) for name in lab.exercises}
    for verdict in verdicts.values():
        if verdict.stopped == 'grader_error':
            return plain_record(submission, submission.sha256, version, 'grader_error',
                                verdict.message, lab)
    # That a cell is 'missing' or 'doubled' says less than its check, which found it or did not.
    submission = replace(submission, sources=dict.fromkeys(lab.exercises, '') | submission.sources,
                         faults={name: fault for name, fault in submission.faults.items()
                                 if fault in ('too_large', 'unreadable')})
    return record_of(submission, lab, verdicts, seconds, version)


def _verdict(status, _, why):
    """As a ``Verdict``, whose own module would import torch."""
    stopped = None if status in ('graded', 'wrong') else status
    return SimpleNamespace(passed={}, share=float(status == 'graded'), stopped=stopped, faults=[],
                           errors=[why] * bool(stopped), message=why, look=False)
