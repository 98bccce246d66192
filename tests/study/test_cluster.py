"""The same sweep on a real Dask cluster on loopback, of which a worker is killed half-way."""

import pytest
from dask_cluster import a_scheduler, stop, worker
from sweep_to_kill import MANY
from test_sweep import lines_of, numbers, start_sweep, unbroken, wait_for

from nndl.study.sweep import read_results

pytest.importorskip('distributed', reason='extra "dask" is not installed')
pytestmark = pytest.mark.cluster
CONFIGS = MANY[:24]


@pytest.fixture(scope='module')
def scheduler():
    with a_scheduler() as address:
        yield address


def test_every_run_is_there_once_though_a_worker_dies(scheduler, tmp_path):
    path = tmp_path / 'runs.jsonl'
    workers = [worker(scheduler, tmp_path / name) for name in 'ab']
    try:
        process = start_sweep(path, scheduler, str(len(CONFIGS)))
        wait_for(lambda: len(lines_of(path)) >= 2)
        stop(workers[0])
        assert len(lines_of(path)) < len(CONFIGS), 'the worker died half-way'
        _, err = process.communicate(timeout=300)
    finally:
        for each in workers:
            stop(each)
    assert process.returncode == 0, err
    results = read_results(path)
    assert [r.config for r in results] == CONFIGS
    assert [numbers(r) for r in results] == unbroken(CONFIGS, tmp_path / 'here.jsonl')


def test_a_worker_with_several_threads_is_refused(scheduler, tmp_path):
    each = worker(scheduler, tmp_path, threads=2)
    try:
        process = start_sweep(tmp_path / 'runs.jsonl', scheduler, '2')
        _, err = process.communicate(timeout=300)
    finally:
        stop(each)
    assert process.returncode == 1
    assert 'start it with --nthreads 1' in err
