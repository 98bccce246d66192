"""Sweeps: killed and resumed, on several processes, on Dask; damaged files are refused."""

import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, replace

import psutil
import pytest
import sweep_to_kill
import torch
from cases.inputs.study import DAMAGED
from sweep_to_kill import MANY

from nndl.study import sweep as module
from nndl.study.sweep import ResultsError, read_results, sweep

FEW = MANY[:4]


def numbers(result):
    """All but when, where and how quickly it was obtained."""
    return {name: value for name, value in asdict(result).items()
            if name not in ('seconds', 'cpu_seconds', 'date', 'machine')}


def start_sweep(path, *where):
    """In a process of its own."""
    return subprocess.Popen([sys.executable, sweep_to_kill.__file__, path, *where], text=True,
                            stderr=subprocess.PIPE, env={**os.environ, 'OMP_NUM_THREADS': '1'})


def unbroken(configs, path):
    """The numbers of the same runs in this process, on one thread."""
    torch.set_num_threads(1)
    sweep(configs, path)
    return [numbers(r) for r in read_results(path)]


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, 'nothing came'
        time.sleep(0.02)


def test_results_come_back_from_the_file_in_the_order_of_the_configurations(tmp_path):
    path = tmp_path / 'deep' / 'runs.jsonl'
    results = sweep(FEW[::-1], path)
    assert [r.config for r in results] == FEW[::-1]
    assert read_results(path) == [replace(r, train_step_losses=[[*x] for x in r.train_step_losses],
                                          dev_losses=[[*x] for x in r.dev_losses])
                                  for r in results]
    assert [r.hits.sum() for r in results] == [r.test_correct for r in results]


def test_what_is_there_is_not_run_again(tmp_path, monkeypatch):
    path, ran = tmp_path / 'runs.jsonl', []
    sweep(FEW[:2], path)
    monkeypatch.setattr(module, 'run', lambda config, *_, run=module.run, **named: (
        ran.append(config), run(config, *_, **named))[1])
    sweep([*FEW[:3], FEW[0]], path)
    assert ran == [FEW[2]]
    assert len(lines_of(path)) == 3
    sweep(FEW[:1], path)
    assert len(lines_of(path)) == 3, 'runs of other sweeps stay'


def test_results_of_other_code_are_run_again(tmp_path, monkeypatch):
    path = tmp_path / 'runs.jsonl'
    sweep(FEW[:1], path)
    text = path.read_text()
    path.write_text(re.sub('"code": "[0-9a-f]+"', '"code": "an older one"', text))
    result, = sweep(FEW[:1], path)
    assert result.versions['code'] != 'an older one'
    assert len(lines_of(path)) == 1


def test_a_worker_with_other_code_is_refused(tmp_path, monkeypatch):
    def elsewhere(config, *args, run=module.run, **named):
        result = run(config, *args, **named)
        return replace(result, versions={**result.versions, 'code': 'another'})

    monkeypatch.setattr(module, 'run', elsewhere)
    with pytest.raises(ResultsError, match='install the same version of the kit on every worker'):
        sweep(FEW[:1], tmp_path / 'runs.jsonl')
    assert not (tmp_path / 'runs.jsonl').exists()


@pytest.mark.cluster
@pytest.mark.parametrize('jobs', [1, 2])
def test_killed_and_started_again(jobs, tmp_path):
    path = tmp_path / 'runs.jsonl'
    with start_sweep(path, str(jobs)) as process:
        wait_for(lambda: len(lines_of(path)) >= 3)
        workers = [each for each in psutil.Process(process.pid).children()
                   if 'LokyProcess' in ' '.join(each.cmdline())]
        process.kill()
    for each in workers:  # they would wait for work, some minutes long
        each.kill()
    before = [(result.date, result.test_hits) for result in read_results(path)]
    assert 3 <= len(before) < len(MANY)
    assert {r.machine['threads'] for r in read_results(path)} == {1}, 'as OMP_NUM_THREADS says'
    configs = MANY[:len(before) + 3]
    torch.set_num_threads(1)
    sweep(configs, path)
    results = read_results(path)
    assert [numbers(r) for r in results] == unbroken(configs, tmp_path / 'unbroken.jsonl'), (
        'the numbers are those of a sweep that was never killed')
    assert {(r.date, r.test_hits) for r in results} >= set(before), 'what was done was kept'


@pytest.mark.parametrize(('damage', 'message'), DAMAGED)
def test_a_damaged_file_is_refused_and_kept(damage, message, tmp_path):
    path = tmp_path / 'runs.jsonl'
    sweep(FEW[:2], path)
    path.write_text(damage(path.read_text()))
    damaged = path.read_text()
    with pytest.raises(ResultsError, match=re.escape(message)):
        sweep(FEW, path)
    assert path.read_text() == damaged


def test_models_are_kept_where_asked(tmp_path):
    results = sweep(FEW[:2], tmp_path / 'runs.jsonl', models=tmp_path / 'models')
    assert {p.name for p in (tmp_path / 'models').iterdir()} == {r.checkpoint for r in results}
