"""Isolation as an ordinary user has it, also where the tests run as root.

What root alone may enter on the way to Python or the kit is shown to the user at its own place, in
a mount namespace of this test.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import hostile
import pytest
import workshop
from conftest import ROOT

from nndl.grading.run import result_path
from nndl.grading.sandbox import unavailable

USER = 12345
NAMES = ('reference', 'partial', 'os_exit', 'daemon', 'many_processes', 'disk', 'network',
         'write_results')
pytestmark = [
    pytest.mark.hostile,
    pytest.mark.skipif(unavailable() is not None, reason=f'no isolation: {unavailable()}'),
    pytest.mark.skipif(os.geteuid() != 0, reason='the other tests run as an ordinary user'),
    pytest.mark.skipif(not all(map(shutil.which, ('unshare', 'mount', 'setpriv'))),
                       reason='needs unshare, mount and setpriv (util-linux)')]


@pytest.fixture
def home():
    """Not pytest's own folder, which root alone may enter."""
    folder = Path(tempfile.mkdtemp(prefix='an-ordinary-user-'))
    os.chown(folder, USER, USER)
    yield folder
    shutil.rmtree(folder)


def closed(path):
    """The first folder above a path that others may not enter, or None."""
    return next((each for each in reversed(path.parents) if not each.stat().st_mode & 0o001), None)


def opened(paths, keep):
    """Shell commands that show these paths at their own place, whoever may enter above them."""
    hidden = {path: keep / str(number) for number, path in enumerate(paths) if closed(path)}
    for path, kept in hidden.items():
        yield f'mkdir {kept}; mount --bind {shlex.quote(str(path))} {kept}'
    for above in {closed(path) for path in hidden}:
        yield f'mount -t tmpfs -o mode=755 none {shlex.quote(str(above))}'
    for path, kept in hidden.items():
        place = shlex.quote(str(path))
        yield f'mkdir -p {place}; mount --bind {kept} {place}'


def test_grades_and_limits(home):
    submissions, out = home / 'submissions', home / 'grades'
    values = {'out': str(out), 'submissions': str(submissions), 'port': 9}
    workshop.hand_in(submissions, {
        name: workshop.fill(hostile.CELLS[name][0], **values) for name in NAMES})
    paths = {Path(sys.base_prefix), Path(sys.prefix), ROOT}
    grade = [sys.executable, '-m', 'nndl', 'grade', submissions, '--out', out, '--workers', '1']
    program = '; '.join(['set -e', *opened(sorted(paths), home), f'cd {shlex.quote(str(home))}',
                         f'exec setpriv --reuid {USER} --regid {USER} --clear-groups '
                         f'{shlex.join(map(str, grade))}'])
    done = subprocess.run(
        ['unshare', '--mount', 'sh', '-c', program], capture_output=True, text=True, timeout=300,
        env={**os.environ, 'HOME': str(home), 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(ROOT),
             'PYTHONDONTWRITEBYTECODE': '1'})
    assert done.returncode == 0, done.stderr[-3000:]
    assert (out / 'grades.csv').stat().st_uid == USER
    for name in NAMES:
        exercise, = json.loads(result_path(out, f'{name}/a.ipynb').read_text())['exercises']
        _, points, statuses = hostile.CELLS[name]
        assert exercise['status'] in statuses, (name, exercise)
        assert points is None or exercise['points'] == points, (name, exercise)
        assert not [error for error in exercise['errors'] if 'FOUND' in error], (name, exercise)
