"""python -m nndl, as a user types it."""

import json
import os
import subprocess
import sys

import pytest

from nndl.__main__ import main


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
    assert [r['config']['n_train'] for r in content['results']] == [64] * 3
    assert sorted(path.name for path in (tmp_path / 'here').iterdir()) == [
        'curves.pdf', 'curves.png', 'lenet-seed0.pdparams', 'metrics.json',
        'plain-18-seed0.pdparams', 'residual-18-seed0.pdparams']


def test_several_seeds_and_another_depth(tmp_path, capsys):
    code = main(['ablation', '--train-size', '32', '--epochs', '1', '--batch-size', '32',
                 '--depth', '34', '--seeds', '2', '--out', str(tmp_path)])
    assert code == 0
    out = capsys.readouterr().out
    assert 'residual-34' in out
    assert 'over 2 seeds' in out


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--depth', '20'], 'choose from 18, 34, 66'),
    (['--lr', '0'], "'0': give a number above 0"),
    (['--lr', 'nan'], "'nan': give a number above 0"),
    (['--epochs', '0'], "'0': give a whole number, at least 1"),
    (['--seeds', '1.5'], "'1.5': give a whole number"),
    (['--batch-size', 'x'], "'x': give a whole number"),
    (['--train-size', '-1'], 'at least 1'),
    (['--source', 'mnist'], "'mnist': give bundled, full, or the path"),
    (['--device', 'tpu'], 'auto'),
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


def test_without_a_command():
    with pytest.raises(SystemExit):
        main([])
