"""Where the labs are started: any folder, a read-only checkout, Colab, Binder."""

import re
import shutil
import subprocess
import sys
import types
from importlib import util

import build
import pytest
from conftest import ROOT

from nndl.lab import first_cell
from nndl.lab.language import chosen_language, set_language


def setup_cell(language='en', repository='', monkeypatch=None):
    monkeypatch.setattr(build.launch, 'project_repository', lambda: repository)
    code = build.localised(build.SETUP, language)
    return build.stamp(code, '01_residual_block', language, student=False)


@pytest.fixture
def installs(monkeypatch):
    """The commands that a cell would have run."""
    commands = []
    monkeypatch.setattr(subprocess, 'run', lambda command, check: commands.append(command))
    return commands


@pytest.fixture
def missing(monkeypatch):
    """Packages that cannot be found."""
    names, real = set(), util.find_spec
    monkeypatch.setattr(util, 'find_spec', lambda name: None if name in names else real(name))
    return names


@pytest.mark.parametrize('language', ['en', 'zh'])
def test_the_first_cell_does_nothing_elsewhere(language, monkeypatch, tmp_path, installs, capsys):
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    exec(setup_cell(language, 'OWNER/REPO', monkeypatch), {})
    assert installs == []
    assert sys.path == before
    says = {'en': 'What this lab writes goes to', 'zh': '本实验写出的文件都在'}[language]
    assert capsys.readouterr().out.strip() == f'{says} outputs/01_residual_block/'
    assert chosen_language() == language
    set_language('en')


@pytest.mark.parametrize(('absent', 'installed'), [
    (set(), None),
    ({'thop'}, ['thop']),
    ({'nndl', 'thop', 'torchinfo'},
     ['torchinfo', 'thop', 'git+https://github.com/OWNER/REPO']),
])
def test_colab_gets_what_is_missing_and_keeps_its_torch(monkeypatch, tmp_path, installs, missing,
                                                        absent, installed):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, 'google.colab', types.ModuleType('google.colab'))
    missing |= absent
    exec(setup_cell('en', 'OWNER/REPO', monkeypatch), {})
    if installed is None:
        assert installs == []
    else:
        command, = installs
        assert command == [sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps',
                           *installed]
        assert not any('torch==' in part or part in ('torch', 'torchvision') for part in command)


def test_a_checkout_that_is_not_installed_is_found(monkeypatch, tmp_path, missing):
    folder = tmp_path / 'checkout' / 'notebooks' / 'en'
    folder.mkdir(parents=True)
    (tmp_path / 'checkout' / 'nndl').mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, 'path', list(sys.path))
    missing.add('nndl')
    exec(setup_cell('en', '', monkeypatch), {})
    assert sys.path[0] == str(tmp_path / 'checkout')


def test_outputs_go_where_one_can_write(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert first_cell.start('01_x', 'en') == tmp_path / 'outputs' / '01_x'
    monkeypatch.setenv('NNDL_OUTPUTS', str(tmp_path / 'mine'))
    assert first_cell.start('01_x', 'en') == tmp_path / 'mine' / '01_x'
    monkeypatch.delenv('NNDL_OUTPUTS')
    shutil.rmtree('outputs')
    (tmp_path / 'outputs').write_text('a file stands where the folder should be')
    elsewhere = tmp_path / 'temporary'
    elsewhere.mkdir()
    monkeypatch.setattr('tempfile.gettempdir', lambda: str(elsewhere))
    assert first_cell.start('01_x', 'zh') == elsewhere / 'nndl-outputs' / '01_x'
    assert 'nndl-outputs/01_x' in capsys.readouterr().out
    elsewhere.rename(tmp_path / 'gone')
    (tmp_path / 'temporary').write_text('')
    with pytest.raises(OSError, match='set the environment variable NNDL_OUTPUTS'):
        first_cell.start('01_x', 'en')


def test_binder_builds_from_environment_yml():
    if shutil.which('jupyter-repo2docker') is None and util.find_spec('repo2docker') is None:
        pytest.fail("repo2docker is missing: pip install -e '.[dev]'")
    done = subprocess.run([sys.executable, '-m', 'repo2docker', '--no-build', '--debug', '.'],
                          cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    dockerfile = done.stdout + done.stderr
    assert done.returncode == 0, dockerfile[-2000:]
    assert 'Building conda environment for python=3.11' in dockerfile
    update = dockerfile.index('env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"')
    copied = re.search(r'COPY --chown=\d+:\d+ src/', dockerfile)
    assert copied.start() < update  # so that -e . finds the kit
    assert 'requirements.txt' not in dockerfile
