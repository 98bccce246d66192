"""The same grades from a real Dask cluster on loopback, of which a worker is killed."""

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import hostile
import pytest
import workshop
from conftest import ROOT
from dask_cluster import a_scheduler, stop, worker

from nndl.grading.sandbox import unavailable

distributed = pytest.importorskip('distributed', reason='extra "dask" is not installed')
isolated = pytest.mark.skipif(unavailable() is not None, reason=f'no isolation: {unavailable()}')

NAMES = 'reference', 'partial', 'raises', 'os_exit', 'html', 'warnings', 'empty_cell', 'null_bytes'


@pytest.fixture
def submissions(tmp_path):
    return workshop.hand_in(tmp_path / 'submissions', {
        name: workshop.fill(hostile.CELLS[name][0]) for name in NAMES})


@isolated
@pytest.mark.cluster
@pytest.mark.hostile
def test_the_grades_are_the_same_though_a_worker_dies(submissions, tmp_path):
    here, there = tmp_path / 'here', tmp_path / 'there'
    assert workshop.grade_here(submissions, here) == 0
    with a_scheduler() as address:
        workers = [worker(address, tmp_path / name) for name in 'ab']
        try:
            process = subprocess.Popen(
                [sys.executable, '-m', 'nndl', 'grade', submissions, '--out', there, '--dask',
                 address], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
                env={**os.environ, 'OMP_NUM_THREADS': '1'})
            until = time.monotonic() + 300
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


@isolated
@pytest.mark.hostile
def test_a_worker_with_several_threads_is_refused(submissions, tmp_path, monkeypatch, capsys):
    threaded = SimpleNamespace(state=SimpleNamespace(nthreads=2))
    monkeypatch.setattr(distributed, 'get_worker', lambda: threaded)
    assert workshop.grade_here(submissions, tmp_path / 'out') == 1
    assert 'start it with --nthreads 1' in capsys.readouterr().err
