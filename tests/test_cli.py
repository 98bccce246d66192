"""python -m nndl, as a user types it."""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest

from nndl import sweep
from nndl.__main__ import main
from nndl.ablation import SCHEDULES
from nndl.commands import ablation
from nndl.resnet import NUM_BLOCKS
from nndl.sweep import read_results


def nndl(*arguments, cwd, **environment):
    return subprocess.run([sys.executable, '-m', 'nndl', *arguments], cwd=cwd, text=True,
                          capture_output=True, check=False, env={**os.environ, **environment})


def test_main_job_on_few_digits(tmp_path):
    done = nndl('ablation', '--train-size', '64', '--epochs', '1', '--batch-size', '32',
                '--out', 'here', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ''
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ['plain-18', 'residual-18', 'LeNet-5']
    assert 'make lab' in done.stdout
    content = json.loads((tmp_path / 'here' / 'metrics.json').read_text())
    assert content['command'] == ('python -m nndl ablation --train-size 64 --epochs 1 '
                                  '--batch-size 32 --out here')
    assert content['settings'][0]['setting']['n_train'] == 64
    assert content['settings'][0]['setting']['n_test'] == 3800
    results = read_results(tmp_path / 'here' / 'runs.jsonl')
    assert [r.config.arm for r in results] == ['plain', 'residual', 'lenet']
    assert sorted(path.name for path in (tmp_path / 'here').iterdir()) == [
        'curves.pdf', 'curves.png', 'metrics.json', 'models', 'runs.jsonl']
    assert {path.name for path in (tmp_path / 'here' / 'models').iterdir()} == {
        r.checkpoint for r in results}


def test_several_settings_side_by_side(tmp_path):
    """As many runs as settings, seeds and arms ask for; the second time none is run."""
    arguments = ('ablation', '--train-size', '64', '--epochs', '1', '--batch-size', '64',
                 '--depth', '18', '34', '--lr', '0.01', '0.1', '--seeds', '2', '--jobs', '2',
                 '--momentum', '0.5', '--test-size', '1000', '--out', 'out')
    done = nndl(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert '34 layers, lr 0.1 (0.5): residual - plain on 1000 test digits' in done.stdout
    assert 'over 2 seeds' in done.stdout
    assert '18 runs in out/runs.jsonl; summary' in done.stdout
    assert not (tmp_path / 'out' / 'models').exists()
    assert (tmp_path / 'out' / 'pairs.png').exists()
    before = (tmp_path / 'out' / 'runs.jsonl').read_text()
    again = nndl(*arguments, cwd=tmp_path)
    assert '(18 of them were there already: --again runs them anew)' in again.stdout
    assert (tmp_path / 'out' / 'runs.jsonl').read_text() == before


def test_again_runs_anew(tmp_path, capsys):
    arguments = ['ablation', '--train-size', '64', '--epochs', '1', '--out', str(tmp_path)]
    main(arguments)
    before = (tmp_path / 'runs.jsonl').read_text()
    main([*arguments, '--again'])
    assert 'were there already' not in capsys.readouterr().out
    assert (tmp_path / 'runs.jsonl').read_text() != before


@pytest.mark.parametrize(('arguments', 'expected'), [
    ([], {'n_train': 1000, 'n_dev': 200, 'n_test': 3800, 'batch_norm': True}),
    (['--train-size', '3000'], {'n_test': 1800}),
    (['--train-size', '4500'], {'n_test': 1000}),
    (['--source', 'full'], {'n_test': 10_000, 'source': 'full'}),
    (['--no-batch-norm', '--schedule', 'one_cycle'], {'batch_norm': False,
                                                      'schedule': 'one_cycle'}),
    (['--test-size', '200'], {'n_test': 200}),
])
def test_settings_of_the_runs(arguments, expected, monkeypatch, tmp_path):
    """What the command hands to the sweep; at least 1000 held-out digits unless asked."""
    asked = []
    monkeypatch.setattr(sweep, 'sweep', lambda configs, *_, **named: asked.extend(configs) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(['ablation', '--out', str(tmp_path), *arguments])
    plain, residual, lenet = map(asdict, asked)
    assert [each['arm'] for each in (plain, residual, lenet)] == ['plain', 'residual', 'lenet']
    for each in plain, residual:
        assert each.items() >= expected.items()
    assert {**plain, 'arm': ''} == {**residual, 'arm': ''}


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--depth', '18', '20'], 'choose from 18, 34, 66'),
    (['--lr', '0'], "'0': give a number above 0"),
    (['--lr', 'nan'], "'nan': give a number above 0"),
    (['--epochs', '0'], "'0': give a whole number, at least 1"),
    (['--seeds', '1.5'], "'1.5': give a whole number"),
    (['--batch-size', 'x'], "'x': give a whole number"),
    (['--train-size', '-1'], 'at least 1'),
    (['--source', 'mnist'], "'mnist': give bundled, full, or the path"),
    (['--device', 'tpu'], 'auto'),
    (['--momentum', '1'], "'1': give a number from 0 up to, but not including, 1"),
    (['--momentum', 'x'], "'x': give a number from 0"),
    (['--schedule', 'cosine'], 'constant'),
    (['--jobs', '0'], 'at least 1'),
    (['--learning-rate', '1'], 'unrecognized arguments'),
])
def test_wrong_values_name_the_allowed_ones(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(['ablation', *arguments])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--train-size', '6000'], 'but bundled has 5000'),
    (['--source', 'nothing.json.gz'], 'nothing.json.gz cannot be read'),
    (['--train-size', '33', '--batch-size', '32'], 'batch of one'),
    (['--dask', 'tcp://127.0.0.1:1'], 'tcp://127.0.0.1:1'),
    (['--lr', '1e30', '--train-size', '256', '--epochs', '1'], 'Try a learning rate ten times'),
])
def test_what_cannot_be_done_is_said_in_one_line(arguments, message, tmp_path, capsys):
    assert main(['ablation', '--out', str(tmp_path), *arguments]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert 'Traceback' not in err


def test_a_folder_that_cannot_be_written_is_named_before_training(tmp_path, capsys):
    (tmp_path / 'file').write_text('')
    assert main(['ablation', '--out', str(tmp_path / 'file' / 'out')]) == 1
    assert 'file/out' in capsys.readouterr().err


def test_choices_are_those_of_the_library():
    """They are typed again in the command, whose help must not wait for torch."""
    parser = argparse.ArgumentParser()
    ablation.add_to(parser.add_subparsers())
    command = parser._subparsers._group_actions[0].choices['ablation']
    choices = {action.dest: action.choices for action in command._actions}
    assert tuple(choices['depth']) == tuple(NUM_BLOCKS)
    assert choices['schedule'] == SCHEDULES


def test_without_a_command():
    with pytest.raises(SystemExit):
        main([])
