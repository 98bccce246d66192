"""python -m nndl, as a user types it."""

import argparse
import itertools
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import psutil
import pytest
from cases.inputs.commands import SETTINGS, WRONG_VALUES

from nndl.__main__ import main
from nndl.commands import ablation
from nndl.resnet import NUM_BLOCKS
from nndl.study import sweep
from nndl.study.design import RATES, TUNING_SEEDS
from nndl.study.sweep import read_results

FEW = ('ablation', '--train-size', '32', '--epochs', '1', '--batch-size', '32', '--dev-size', '16',
       '--test-size', '64')


def nndl(*arguments, cwd, **environment):
    return subprocess.run([sys.executable, '-m', 'nndl', *arguments], cwd=cwd, text=True,
                          capture_output=True, check=False, env={**os.environ, **environment})


def test_main_job_on_few_digits(tmp_path):
    done = nndl(*FEW, '--out', 'here', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ''
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ['plain-18', 'residual-18', 'LeNet-5']
    assert 'make lab' in done.stdout
    assert 'One pair each. McNemar p ' in done.stdout
    assert (tmp_path / 'here' / 'report.txt').read_text() == (
        f'python -m nndl {" ".join(FEW)} --out here\n\n{done.stdout}')
    results = read_results(tmp_path / 'here' / 'runs.jsonl')
    assert [r.config.arm for r in results] == ['plain', 'residual', 'lenet']
    assert sorted(path.name for path in (tmp_path / 'here').iterdir()) == [
        'curves.pdf', 'curves.png', 'models', 'report.txt', 'runs.jsonl']
    assert {path.name for path in (tmp_path / 'here' / 'models').iterdir()} == {
        r.checkpoint for r in results}


def test_several_settings(tmp_path, monkeypatch, capsys):
    """As many runs as settings, seeds and arms ask for; the second time none is run."""
    arguments = (*FEW, '--depth', '18', '34', '--lr', '0.1', '--seeds', '2',
                 '--out', 'out')
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert re.search(r'34 layers, lr 0.1, epochs: 1  2 ', told)
    assert 'adjusted for 2 comparisons (Holm)' in told
    assert '10 runs in out/runs.jsonl; these tables' in told
    assert not (tmp_path / 'out' / 'models').exists()
    assert (tmp_path / 'out' / 'pairs.png').exists()
    before = (tmp_path / 'out' / 'runs.jsonl').read_text()
    main(arguments)
    assert '(10 of them were there already: remove the file' in capsys.readouterr().out
    assert (tmp_path / 'out' / 'runs.jsonl').read_text() == before


def test_each_arm_gets_the_rate_that_is_best_for_it(tmp_path, monkeypatch, capsys):
    """Tuned on other seeds, with digits drawn anew; a best rate at the edge is said."""
    def run(config, *rest, real=sweep.run, **more):
        best = {'plain': 0.01, 'residual': 0.1}[config.arm]
        return replace(real(config, *rest, **more), dev_score=0.9 if config.lr == best else 0.5)

    monkeypatch.setattr(sweep, 'run', run)
    arguments = (*FEW, '--tune', '--lr', '0.001', '0.01', '0.1', '--seeds', '2', '--out',
                 str(tmp_path))
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert re.search(r'plain-18 +50.0% +90.0%\* +50.0%', told)
    assert 'The best rate of residual-18 is the highest that was tried, 0.1' in told
    assert 'The best rate of plain' not in told
    assert '18 layers, lr 0.01 and 0.1 (own), epochs: 1  2 ' in told
    tuned, pairs = (read_results(tmp_path / f'{name}.jsonl') for name in ('tuning', 'runs'))
    assert (len(tuned), len(pairs)) == (3 * 2 * len(TUNING_SEEDS), 4)
    assert not {r.config.seed for r in tuned} & {r.config.seed for r in pairs}
    assert all(r.config.seed == r.config.split_seed for r in tuned + pairs)


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What the command hands to the sweep, which then stops: (configurations, the rest)."""
    def ask(*arguments):
        handed = []
        monkeypatch.setattr(sweep, 'sweep', lambda c, *_, **rest: handed.extend([c, rest]) or 1 / 0)
        with pytest.raises(ZeroDivisionError):
            main(['ablation', '--out', str(tmp_path), *arguments])
        return handed

    return ask


def test_every_setting_goes_with_every_other(asked):
    configs, rest = asked('--depth', '18', '34', '--lr', '0.01', '0.1', '--seeds', '2', '--jobs',
                          '3')
    assert rest['jobs'] == 3
    assert all(c.split_seed == c.seed for c in configs)
    networks = [(c.arm, c.depth, c.lr, c.seed) for c in configs if c.arm != 'lenet']
    assert len(networks) == 16
    assert set(networks) == {*itertools.product(('plain', 'residual'), (18, 34), (0.01, 0.1),
                                                (0, 1))}
    assert [c.seed for c in configs if c.arm == 'lenet'] == [0, 1]


def test_without_rates_tuning_tries_seven(asked):
    assert {(c.lr, c.depth, c.n_dev, c.n_test) for c in asked('--tune', '--depth', '34')[0]} == {
        (lr, 34, 1000, 3000) for lr in RATES}


@pytest.mark.parametrize(('arguments', 'expected'), SETTINGS)
def test_settings_of_the_runs(arguments, expected, asked):
    """At least 1000 held-out digits unless asked."""
    plain, residual, lenet = map(asdict, asked(*arguments)[0])
    assert [each['arm'] for each in (plain, residual, lenet)] == ['plain', 'residual', 'lenet']
    for each in plain, residual:
        assert each.items() >= expected.items()
    assert {**plain, 'arm': ''} == {**residual, 'arm': ''}


@pytest.mark.parametrize(('arguments', 'message'), WRONG_VALUES)
def test_wrong_values_name_the_allowed_ones(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(['ablation', *arguments])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--train-size', '6000'], 'but bundled has 5000'),
    (['--train-size', '33', '--batch-size', '32'], 'batch of one'),
    (['--out', 'file/out'], 'file/out'),  # a folder that cannot be written
])
def test_what_cannot_be_done_is_said_in_one_line(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'file').write_text('')
    assert main([*FEW, '--out', str(tmp_path), *arguments]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert 'Traceback' not in err


def test_a_training_that_diverges_is_named_and_stops_no_other(tmp_path, capsys):
    assert main([*FEW, '--out', str(tmp_path), '--lr', '1e30',
                 '--train-size', '96']) == 0
    told = capsys.readouterr().out
    assert 'plain-18-seed0, lr 1e+30: the loss was not finite in' in told
    assert len(read_results(tmp_path / 'runs.jsonl')) == 3


def start_ablation(out, *arguments):
    return subprocess.Popen(
        [sys.executable, '-m', 'nndl', 'ablation', '--train-size', '600', *arguments, '--out', out],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env={**os.environ, 'OMP_NUM_THREADS': '1'})


def workers_of(process):
    """Its processes that have imported torch, once there are two."""
    end = time.monotonic() + 100
    while time.monotonic() < end:
        found = [child for child in psutil.Process(process.pid).children(recursive=True)
                 if child.memory_info().rss > 300e6]
        if len(found) == 2:
            return found
        time.sleep(0.1)
    raise AssertionError('no two workers came')


@pytest.mark.cluster
@pytest.mark.skipif(os.name != 'posix', reason='signals of POSIX')
@pytest.mark.parametrize('jobs', [[], ['--jobs', '2']])
def test_an_interrupt_is_one_line(tmp_path, jobs):
    process = start_ablation(tmp_path, *jobs)
    if jobs:
        workers_of(process)
    else:
        time.sleep(8)
    os.killpg(process.pid, signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert told == ('python -m nndl: interrupted; finished runs are kept, and the same command '
                    'runs the others\n')
    assert process.returncode == 130


@pytest.mark.cluster
@pytest.mark.skipif(os.name != 'posix', reason='signals of POSIX')
def test_a_killed_worker_is_one_line(tmp_path):
    process = start_ablation(tmp_path, '--jobs', '2')
    workers_of(process)[0].kill()
    told, _ = process.communicate(timeout=60)
    assert re.fullmatch(r'nndl ablation: a process was killed, probably because memory ran out: 0 '
                        r'of 3 runs are kept in .*, and the same call runs the others; use fewer '
                        r'jobs\n', told)
    assert process.returncode == 1


def test_a_scheduler_that_is_not_there_is_named_soon(tmp_path, capsys, monkeypatch):
    distributed = pytest.importorskip('distributed', reason='extra "dask" is not installed')
    waits = []
    monkeypatch.setattr(distributed, 'Client', lambda address, timeout, real=distributed.Client: (
        waits.append(timeout), real(address, timeout=timeout / 50))[1])
    assert main(['ablation', '--out', str(tmp_path), '--dask', 'tcp://127.0.0.1:1']) == 1
    assert 'tcp://127.0.0.1:1' in (err := capsys.readouterr().err)
    assert 'Traceback' not in err
    assert waits[0] <= 10


def test_choices_are_those_of_the_library():
    """They are typed again in the command, whose help must not wait for torch."""
    parser = argparse.ArgumentParser()
    ablation.add_to(parser.add_subparsers())
    command = parser._subparsers._group_actions[0].choices['ablation']
    choices = {action.dest: action.choices for action in command._actions}
    assert tuple(choices['depth']) == tuple(NUM_BLOCKS)


def test_without_a_command():
    with pytest.raises(SystemExit):
        main([])
