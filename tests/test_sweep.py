"""Sweeps: killed and resumed, on several processes, on Dask; damaged files are refused."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sweep_to_kill import CONFIGS

from nndl import sweep as module
from nndl.sweep import ResultsError, kept_results, read_results, sweep

HERE = Path(__file__).parent
FEW = CONFIGS[:4]


def numbers(result):
    """All but when, where and how quickly it was obtained."""
    return {name: value for name, value in asdict(result).items()
            if name not in ('seconds', 'cpu_seconds', 'date', 'machine')}


@pytest.fixture(scope='module')
def unbroken(tmp_path_factory):
    """The results of all configurations, in this process, on one thread."""
    path = tmp_path_factory.mktemp('unbroken') / 'runs.jsonl'
    subprocess.run([sys.executable, HERE / 'sweep_to_kill.py', path, '1'], check=True,
                   env={**os.environ, 'OMP_NUM_THREADS': '1'})
    return read_results(path)


def same(results, others):
    return [numbers(r) for r in results] == [numbers(r) for r in others]


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


def wait_for(condition, seconds=60):
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


def test_again_runs_anew_and_loses_nothing_on_the_way(tmp_path, monkeypatch):
    path = tmp_path / 'runs.jsonl'
    first = sweep(FEW[:3], path)
    monkeypatch.setattr(module, 'run', lambda config, *_, run=module.run, **named: (
        1 / 0 if config == FEW[1] else run(config, *_, **named)))
    with pytest.raises(ZeroDivisionError):
        sweep(FEW[:2], path, again=True)
    anew, kept, other = read_results(path)
    assert anew.test_hits == first[0].test_hits
    assert anew.seconds != first[0].seconds
    assert [kept.seconds, other.seconds] == [r.seconds for r in first[1:]]


def test_results_of_other_code_are_run_again(tmp_path, monkeypatch):
    path = tmp_path / 'runs.jsonl'
    sweep(FEW[:1], path)
    assert list(kept_results(FEW, path)) == FEW[:1]
    text = path.read_text()
    path.write_text(re.sub('"code": "[0-9a-f]+"', '"code": "an older one"', text))
    assert not kept_results(FEW, path)
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


@pytest.mark.parametrize('jobs', ['1', '2'])
def test_killed_and_started_again(jobs, unbroken, tmp_path):
    path = tmp_path / 'runs.jsonl'
    command = [sys.executable, HERE / 'sweep_to_kill.py', path, jobs]
    environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
    process = subprocess.Popen(command, env=environment)
    wait_for(lambda: len(lines_of(path)) >= 3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = [json.loads(line)['date'] for line in lines_of(path)]
    assert 3 <= len(before) < len(CONFIGS)
    subprocess.run(command, env=environment, check=True)
    results = read_results(path)
    assert same(results, unbroken), 'the numbers are those of a sweep that was never killed'
    assert {r.date for r in results} >= set(before), 'what was done was kept'


def test_two_jobs_share_the_cores(tmp_path):
    from joblib import cpu_count

    results = sweep(FEW, tmp_path / 'runs.jsonl', jobs=2)
    assert {r.machine['threads'] for r in results} == {max(1, cpu_count() // 2)}


@pytest.mark.parametrize(('damage', 'message'), [
    (lambda text: text[:-200], 'line 2 is not a result of this version'),
    (lambda text: text.replace('"lr": 0.05', '"lr": 0.06', 1), 'line 1: the settings were altered'),
    (lambda text: text.replace('"arm": "lenet"', '"arm": "vgg"', 1), "arm is 'vgg'"),
    (lambda text: text.replace('"test_hits"', '"hits"', 1), "unexpected keyword argument 'hits'"),
    (lambda text: text + '[]\n', 'line 3 is not a result'),
])
def test_a_damaged_file_is_refused_and_kept(damage, message, tmp_path):
    path = tmp_path / 'runs.jsonl'
    sweep(FEW[:2], path)
    path.write_text(damage(path.read_text()))
    damaged = path.read_text()
    with pytest.raises(ResultsError, match=re.escape(message)):
        sweep(FEW, path)
    assert path.read_text() == damaged


@pytest.mark.parametrize('jobs', [0, -1, 1.5, '2'])
def test_jobs_must_be_a_positive_whole_number(jobs, tmp_path):
    with pytest.raises(ValueError, match=f'jobs is {jobs!r}: give a whole number'):
        sweep(FEW, tmp_path / 'runs.jsonl', jobs=jobs)


def test_models_are_kept_where_asked(tmp_path):
    results = sweep(FEW[:2], tmp_path / 'runs.jsonl', models=tmp_path / 'models')
    assert {p.name for p in (tmp_path / 'models').iterdir()} == {r.checkpoint for r in results}
