"""python -m nndl doctor, in health and in sickness."""

import re
import subprocess
import sys
import textwrap
from importlib import metadata

import pytest

from nndl import sources
from nndl.__main__ import main
from nndl.lab import doctor


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
                 'sha256 as expected', 'nbval'):
        assert name in text


def test_the_requirements_are_those_of_the_project(monkeypatch):
    """The same from the installed package and, where it is not installed, from the checkout."""
    installed = doctor.requirements()
    assert {'torch', 'numpy', 'tqdm'} <= set(installed[None])
    assert 'jupyterlab' in installed['labs']
    assert doctor.PURPOSES.keys() <= installed.keys()

    def none(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, 'requires', none)
    from_checkout = doctor.requirements()
    assert {extra: sorted(map(normalized, names)) for extra, names in from_checkout.items()} == {
        extra: sorted(map(normalized, names)) for extra, names in installed.items()}


def normalized(name):
    return re.sub('[-_.]+', '-', name).lower()


@pytest.mark.parametrize('name', doctor.requirements()[None])
def test_a_missing_package_is_named_with_the_remedy(monkeypatch, name):
    real = doctor._version
    monkeypatch.setattr(doctor, '_version', lambda other: None if other == name else real(other))
    code, text = examine()
    assert code == 1
    assert f'{name} is missing: pip install -r requirements.txt' in text


@pytest.mark.parametrize(('extra', 'name'), [
    ('labs', 'jupyterlab'), ('labs', 'thop'), ('grading', 'psutil'), ('dask', 'distributed')])
def test_a_missing_optional_part_is_no_fault(monkeypatch, extra, name):
    real = doctor._version
    monkeypatch.setattr(doctor, '_version', lambda other: None if other == name else real(other))
    code, text = examine()
    assert code == 0
    purpose = doctor.PURPOSES[extra]['en']
    assert f'not installed (optional, for {purpose}: pip install {name})' in text


def test_in_chinese(monkeypatch, capsys):
    assert main(['doctor', '--lang', 'zh']) == 0
    text = capsys.readouterr().out
    assert '手写数字：mnist_5k.npz 中有 5000 个' in text
    assert text.endswith('实验包需要的东西都齐了。\n')
    monkeypatch.setattr(doctor, '_version', lambda name: None)
    assert main(['doctor', '--lang', 'zh']) == 1
    text = capsys.readouterr().out
    assert '没有安装 torch：请运行 pip install -r requirements.txt' in text
    assert '没有安装（可选，用于评分；安装：pip install psutil）' in text


@pytest.mark.parametrize('words', [*doctor.SAYS.values(), *doctor.PURPOSES.values()])
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


def test_old_python(monkeypatch):
    monkeypatch.setattr(sys, 'version_info', (3, 10))
    code, text = examine()
    assert code == 1
    assert 'Python 3.11 or newer is needed' in text


def test_torch_that_does_not_work(monkeypatch):
    monkeypatch.setattr('nndl.device.choose_device', lambda name: 1 / 0)
    code, text = examine()
    assert code == 1
    assert 'torch does not work (division by zero)' in text


def test_the_command_works_where_torch_is_missing():
    program = textwrap.dedent("""
        import runpy, sys
        from importlib import metadata
        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name.partition('.')[0] == 'torch':
                    raise ModuleNotFoundError(f'No module named {name!r}', name=name)
        sys.meta_path.insert(0, Missing())
        def version(name, real=metadata.version):
            if name == 'torch':
                raise metadata.PackageNotFoundError(name)
            return real(name)
        metadata.version = version
        sys.argv = ['nndl', 'doctor']
        runpy.run_module('nndl', run_name='__main__')
    """)
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 1, done.stderr
    assert 'torch is missing: pip install -r requirements.txt' in done.stdout
    assert 'Traceback' not in done.stderr
