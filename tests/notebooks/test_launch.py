"""Where the labs are started: any folder, a read-only checkout, Colab, Kaggle, Binder."""

import os
import re
import shutil
import subprocess
import sys
from importlib import util

import build
import pytest
from cases.inputs.programs import MISSING, PIP, SHOW
from conftest import ROOT, run_python

from nndl.lab import first_cell
from nndl.lab.language import chosen_language, set_language

LAB = ROOT / 'notebooks' / 'source' / '01_residual_block.md'


def first_cell_of(language, monkeypatch, repository=''):
    monkeypatch.setattr(build.launch, 'settings', lambda: {'repository': repository, 'hub': ''})
    return build.editions(LAB)[f'student/{language}'].cells[1].source


def run(code, folder, before=''):
    """The lines that a kernel in ``folder`` shows of a cell."""
    return run_python(before + SHOW.format(code=code), cwd=folder).stdout.splitlines()


@pytest.mark.parametrize('language', ['en', 'zh'])
def test_the_first_cell_has_three_lines(language, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    code = first_cell_of(language, monkeypatch)
    assert len(code.splitlines()) == 3
    exec(code, {})
    says = {'en': 'What this lab writes goes to', 'zh': '本实验写出的文件都在'}[language]
    assert capsys.readouterr().out.strip() == f'{says} outputs/01_residual_block/'
    assert chosen_language() == language
    set_language('en')


@pytest.mark.parametrize(('language', 'says'), [
    ('en', [f"{sys.executable} cannot import nndl: No module named 'nndl'.",
            'If the kit is installed, this notebook runs on another Python: open it with']),
    ('zh', [f"{sys.executable} 无法导入 nndl：No module named 'nndl'。", '如果实验包已经安装'])])
def test_without_the_kit_two_lines_say_what_to_do(language, says, monkeypatch, tmp_path):
    said = run(first_cell_of(language, monkeypatch), tmp_path, MISSING.format(
        name='nndl', error="ModuleNotFoundError(\"No module named 'nndl'\", name='nndl')"))
    assert len(said) == 2
    assert all(line.startswith(expected) for line, expected in zip(said, says, strict=True))


def test_another_nndl_and_a_torch_that_is_broken_are_named(monkeypatch, tmp_path):
    code = first_cell_of('en', monkeypatch)
    said = run(code, tmp_path, MISSING.format(
        name='torch', error="OSError('[WinError 126] Error loading c10.dll')"))
    assert said == ['torch cannot be imported (OSError: [WinError 126] Error loading c10.dll). '
                    'Install it again, with JupyterLab shut down: python -m pip install '
                    '--force-reinstall --no-deps torch torchvision']
    for name in 'random', 'torch', 'nndl':
        (tmp_path / f'{name}.py').write_text('x = 1')
        first, *rest = run(code, tmp_path)
        assert str(tmp_path / f'{name}.py') in first or "'nndl' is not a package" in first
        assert len(rest) == (name == 'nndl')
        (tmp_path / f'{name}.py').unlink()


@pytest.mark.parametrize(('installed', 'lines'), [(True, 1), (False, 2)])
def test_colab_installs_the_kit_and_leaves_torch_alone(installed, lines, monkeypatch, tmp_path):
    """``%pip`` brings the kit; or it cannot, on Kaggle without the internet."""
    code = first_cell_of('en', monkeypatch, 'OWNER/REPO')
    assert len(code.splitlines()) == 4  # the kit is not there before its first line
    said = run(code, tmp_path, PIP.format(kit=str(ROOT), installed=installed))
    assert len(said) == lines
    assert installed or said[1].endswith('On Kaggle turn the internet on first.')


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
    monkeypatch.setenv('HOME', str(tmp_path / 'home'))
    monkeypatch.setenv('USERPROFILE', str(tmp_path / 'home'))
    monkeypatch.setenv('NNDL_OUTPUTS', '~/labs')
    assert first_cell.start('01_x', 'en') == tmp_path / 'home' / 'labs' / '01_x'
    monkeypatch.delenv('NNDL_OUTPUTS')
    elsewhere.rename(tmp_path / 'gone')
    (tmp_path / 'temporary').write_text('')
    with pytest.raises(first_cell.CannotStart, match='the environment variable NNDL_OUTPUTS'):
        first_cell.start('01_x', 'en')


@pytest.mark.skipif(not hasattr(os, 'geteuid'), reason='repo2docker runs on Linux and macOS')
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
