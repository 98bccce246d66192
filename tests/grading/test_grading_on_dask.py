"""The same grades from a real Dask cluster on loopback, of which a worker is killed."""

import os
import subprocess
import sys
import time

import hostile
import pytest
import workshop
from conftest import ROOT
from dask_cluster import a_scheduler, stop, worker

from nndl.grading.sandbox import unavailable

pytest.importorskip('distributed', reason='extra "dask" is not installed')
pytestmark = pytest.mark.skipif(unavailable() is not None, reason=f'no isolation: {unavailable()}')

NAMES = 'reference', 'partial', 'raises', 'os_exit', 'html', 'warnings', 'empty_cell', 'null_bytes'


@pytest.fixture
def submissions(tmp_path):
    for name in NAMES:
        code = workshop.fill(hostile.CELLS[name][0])
        workshop.write(workshop.submission({'resblock': code}),
                       tmp_path / 'submissions' / name / 'a.ipynb')
    return tmp_path / 'submissions'


def grade(submissions, out, *options):
    return subprocess.Popen([sys.executable, '-m', 'nndl', 'grade', submissions, '--out', out,
                             *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            cwd=ROOT, env={**os.environ, 'OMP_NUM_THREADS': '1'})


def test_the_grades_are_the_same_though_a_worker_dies(submissions, tmp_path):
    here, there = tmp_path / 'here', tmp_path / 'there'
    local = grade(submissions, here)
    _, err = local.communicate(timeout=300)
    assert local.returncode == 0, err
    with a_scheduler() as address:
        workers = [worker(address, tmp_path / name) for name in 'ab']
        try:
            process = grade(submissions, there, '--dask', address)
            until = time.monotonic() + 120
            while not [*there.glob('results/*')] and time.monotonic() < until:
                time.sleep(0.02)
            done = len([*there.glob('results/*')])
            stop(workers[0])
            _, err = process.communicate(timeout=300)
        finally:
            for each in workers:
                stop(each)
    assert process.returncode == 0, err
    assert 0 < done < len(NAMES), 'the worker died half-way'
    assert (there / 'grades.csv').read_bytes() == (here / 'grades.csv').read_bytes()
    assert {path.name for path in there.iterdir()} == {path.name for path in here.iterdir()}


def test_a_worker_with_several_threads_is_refused(submissions, tmp_path):
    with a_scheduler() as address:
        each = worker(address, tmp_path, threads=2)
        try:
            process = grade(submissions, tmp_path / 'out', '--dask', address)
            _, err = process.communicate(timeout=120)
        finally:
            stop(each)
    assert process.returncode == 1
    assert 'start it with --nthreads 1' in err
