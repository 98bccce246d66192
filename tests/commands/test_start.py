"""python -m nndl start: the student's labs, copied and opened."""

import json
import subprocess
import sys
from unittest.mock import MagicMock

import pytest

from nndl.__main__ import main


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """What is started instead of JupyterLab, in a home folder of its own."""
    calls = []

    def popen(command, cwd):
        calls.append((command[1:], cwd))
        process = MagicMock()
        process.__enter__().wait.side_effect = [KeyboardInterrupt, 0]  # it asks before it ends
        return process

    monkeypatch.setattr(subprocess, 'Popen', popen)
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('USERPROFILE', str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return calls


def test_the_labs_are_copied_and_the_first_one_is_opened(tmp_path, opened, capsys):
    assert main(['start', '--lang', 'zh']) == 0
    folder = tmp_path / 'nndl-labs-zh'
    assert f'已将 8 个实验复制到 {folder}' in capsys.readouterr().out
    (arguments, cwd), = opened
    assert (arguments, cwd.name) == (['-P', '-m', 'jupyterlab', '00_start.ipynb'], 'nndl-labs-zh')
    lab = json.loads((folder / '01_residual_block.ipynb').read_text(encoding='utf-8'))
    assert (lab['metadata']['nndl']['edition'], lab['metadata']['nndl']['language']) == (
        'student', 'zh')


def test_nothing_that_is_there_is_overwritten(tmp_path, opened, capsys):
    mine = tmp_path / '我的 实验' / '03_ablation.ipynb'
    mine.parent.mkdir()
    mine.write_text('my work')
    assert main(['start', '~/我的 实验', '--no-browser']) == 0
    assert '; 1 are there already and stay unchanged.' in capsys.readouterr().out
    assert mine.read_text() == 'my work'
    assert len(list(mine.parent.iterdir())) == 8
    assert opened == []


def test_what_is_missing_is_said(monkeypatch, tmp_path, opened, capsys):
    monkeypatch.setitem(sys.modules, 'jupyterlab', None)
    assert main(['start']) == 1
    assert 'JupyterLab is missing: install the kit again with [labs]' in capsys.readouterr().err
    assert main(['start', str(tmp_path / 'nndl-labs-en' / '00_start.ipynb')]) == 1
    assert 'Name a folder of your own: python -m nndl start FOLDER' in capsys.readouterr().err
