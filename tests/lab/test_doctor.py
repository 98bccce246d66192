"""python -m nndl doctor, in health and in sickness."""

import re
import subprocess
import sys
from importlib import metadata

import pytest
from cases.inputs.machines import BROKEN_PACKAGES
from cases.inputs.programs import WITHOUT_TORCH
from conftest import run_python

from nndl import sources
from nndl.__main__ import main
from nndl.lab import doctor, imports


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setattr('nndl.lab.language._language', 'en')


def examine():
    lines = []
    code = doctor.examine(lines.append)
    return code, '\n'.join(lines)


def test_in_health():
    code, text = examine()
    assert code == 0
    for name in ('Python', 'torch', 'device', 'threads', 'digits           5000',
                 'sha256 as expected', 'jupyterlab'):
        assert name in text


def test_the_requirements_are_those_of_the_project(monkeypatch):
    """The same from the installed package and, where it is not installed, from the checkout."""
    installed = doctor.requirements()
    assert {'torch', 'numpy', 'tqdm'} <= set(installed[None])
    assert 'jupyterlab' in installed['labs']
    assert {'grading', 'dask'} <= installed.keys()

    def none(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, 'requires', none)
    from_checkout = doctor.requirements()
    assert {extra: sorted(map(normalized, names)) for extra, names in from_checkout.items()} == {
        extra: sorted(map(normalized, names)) for extra, names in installed.items()}


def normalized(name):
    return re.sub('[-_.]+', '-', name).lower()


@pytest.fixture
def blocked(monkeypatch):
    """{module: the error that importing it raises}, even if it has been imported."""
    errors, real = {}, imports.import_module

    def import_module(name):
        if name in errors:
            raise errors[name]
        return real(name)

    monkeypatch.setattr(imports, 'import_module', import_module)
    return errors


@pytest.mark.parametrize('name', doctor.requirements()[None])
def test_a_missing_package_is_named_with_the_remedy(monkeypatch, blocked, name):
    real, module = doctor._version, imports.MODULES.get(name, name)
    monkeypatch.setattr(doctor, '_version', lambda other: None if other == name else real(other))
    blocked[module] = ModuleNotFoundError(f'No module named {module!r}', name=module)
    code, text = examine()
    assert code == 1
    assert f'{name} is missing: python -m pip install {name}' in text


@pytest.mark.parametrize(('name', 'error', 'remedy'), BROKEN_PACKAGES)
def test_a_package_that_cannot_be_imported_is_a_fault(monkeypatch, blocked, name, error, remedy):
    monkeypatch.setattr(sys, 'platform', 'win32')
    blocked[imports.MODULES.get(name, name)] = error
    code, text = examine()
    assert code == 1
    assert f'{name} cannot be imported ({type(error).__name__}: {error}). Install it again' in text
    assert text.endswith(f'python -m pip install --force-reinstall --no-deps {remedy}')


def test_what_a_package_needs_is_named(blocked):
    """And a folder without code is no package."""
    blocked['thop'] = ModuleNotFoundError("No module named 'distutils'", name='distutils')
    assert 'setuptools is missing: python -m pip install setuptools' in examine()[1]
    blocked['scipy'] = ModuleNotFoundError(name='scipy')
    assert 'scipy is missing' in examine()[1]


@pytest.mark.parametrize('name', ['torch', 'signal', 'queue', 'random', 'numpy'])
def test_a_file_beside_the_notebook_is_named_as_the_cause(name, tmp_path):
    (tmp_path / f'{name}.py').write_text('x = 1')
    done = subprocess.run([sys.executable, '-m', 'nndl', 'doctor'], cwd=tmp_path, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1].strip('- ').startswith(
        f'{tmp_path}/{name}.py was imported in place of the module {name} of Python or of a ')


def test_what_the_labs_need_beside_the_library_is_named(monkeypatch):
    real, missing = doctor._version, {'jupyterlab', 'thop'}
    monkeypatch.setattr(doctor, '_version', lambda name: name not in missing and real(name))
    code, text = examine()
    assert code == 0
    assert text.endswith('The library works; for the labs install as well: python -m pip install '
                         'jupyterlab thop')


def test_in_chinese(monkeypatch, blocked, capsys):
    assert main(['doctor', '--lang', 'zh']) == 0
    text = capsys.readouterr().out
    assert '手写数字：mnist_5k.npz 中有 5000 个' in text
    assert text.endswith('实验包需要的东西都齐了。\n')
    blocked['torch'] = ModuleNotFoundError("No module named 'torch'", name='torch')
    monkeypatch.setattr(doctor, '_version', lambda name: None)
    assert main(['doctor', '--lang', 'zh']) == 1
    text = capsys.readouterr().out
    assert '没有安装 torch：请运行 python -m pip install torch' in text


@pytest.mark.parametrize('words', [
    *doctor.SAYS.values(), *imports.SAYS.values()])
def test_both_languages_say_the_same_details(words):
    english, chinese = (set(re.findall(r'{\w+}', words[language])) for language in ('en', 'zh'))
    assert english == chinese


def test_altered_digits(monkeypatch, tmp_path):
    path = tmp_path / 'mnist_5k.npz'
    path.write_bytes(sources.bundled_path(sources.DIGITS).read_bytes()[:-1])
    monkeypatch.setattr(sources, 'bundled_path', lambda name: path)
    code, text = examine()
    assert code == 1
    assert 'mnist_5k.npz has been altered or cut short' in text


def test_torch_that_does_not_work(monkeypatch):
    monkeypatch.setattr('nndl.device.choose_device', lambda name: 1 / 0)
    code, text = examine()
    assert code == 1
    assert 'nothing can be computed (division by zero): python -m pip install' in text


def test_the_command_works_where_torch_is_missing():
    done = run_python(WITHOUT_TORCH, check=False)
    assert done.returncode == 1, done.stderr
    assert 'torch is missing: python -m pip install torch' in done.stdout
    assert 'Traceback' not in done.stderr
