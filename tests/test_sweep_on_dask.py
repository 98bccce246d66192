"""The same sweep on a real Dask cluster on loopback, of which a worker is killed half-way."""

import os
import subprocess
import sys
import time

import pytest
from dask_cluster import a_scheduler, stop, worker
from sweep_to_kill import CONFIGS
from test_sweep import HERE, lines_of, numbers, wait_for

from nndl.sweep import read_results

pytest.importorskip('distributed', reason='extra "dask" is not installed')

SWEEP = """
import sys
from sweep_to_kill import CONFIGS
from nndl.sweep import sweep
if __name__ == '__main__':
    sweep(CONFIGS[:int(sys.argv[3])], sys.argv[2], dask=sys.argv[1])
"""


@pytest.fixture
def scheduler():
    with a_scheduler() as address:
        yield address


def start_sweep(address, path, n):
    return subprocess.Popen([sys.executable, '-c', SWEEP, address, path, str(n)], text=True,
                            cwd=HERE, stderr=subprocess.PIPE,
                            env={**os.environ, 'OMP_NUM_THREADS': '1',
                                 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))})


def test_every_run_is_there_once_though_a_worker_dies(scheduler, tmp_path):
    path = tmp_path / 'runs.jsonl'
    workers = [worker(scheduler, tmp_path / name) for name in 'ab']
    try:
        process = start_sweep(scheduler, path, len(CONFIGS))
        wait_for(lambda: len(lines_of(path)) >= 2, 120)
        stop(workers[0])
        assert len(lines_of(path)) < len(CONFIGS), 'the worker died half-way'
        _, err = process.communicate(timeout=120)
    finally:
        for each in workers:
            stop(each)
    assert process.returncode == 0, err
    results = read_results(path)
    assert [r.config for r in results] == CONFIGS
    here = tmp_path / 'here.jsonl'
    subprocess.run([sys.executable, 'sweep_to_kill.py', here, '1'], check=True,
                   cwd=HERE, env={**os.environ, 'OMP_NUM_THREADS': '1'})
    assert [numbers(r) for r in results] == [numbers(r) for r in read_results(here)]


def test_a_worker_with_several_threads_is_refused(scheduler, tmp_path):
    each = worker(scheduler, tmp_path, threads=2)
    try:
        process = start_sweep(scheduler, tmp_path / 'runs.jsonl', 2)
        _, err = process.communicate(timeout=120)
    finally:
        stop(each)
    assert process.returncode == 1
    assert 'start it with --nthreads 1' in err


def test_a_scheduler_that_is_not_there_is_named(tmp_path):
    start = time.monotonic()
    process = start_sweep('tcp://127.0.0.1:1', tmp_path / 'runs.jsonl', 2)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert 'tcp://127.0.0.1:1' in err
    assert time.monotonic() - start < 60
