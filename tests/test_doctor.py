"""python -m nndl doctor, in health and in sickness."""

import subprocess
import sys
import textwrap

import pytest

from nndl import doctor, sources


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


@pytest.mark.parametrize('name', doctor.NEEDED)
def test_a_missing_package_is_named_with_the_mend(monkeypatch, name):
    real = doctor._version
    monkeypatch.setattr(doctor, '_version', lambda other: None if other == name else real(other))
    code, text = examine()
    assert code == 1
    assert f'{name} is missing: pip install -r requirements.txt' in text


@pytest.mark.parametrize('name', doctor.OPTIONAL)
def test_a_missing_optional_part_is_no_fault(monkeypatch, name):
    real = doctor._version
    monkeypatch.setattr(doctor, '_version', lambda other: None if other == name else real(other))
    code, text = examine()
    assert code == 0
    assert f'not there (optional: {doctor.OPTIONAL[name]}; pip install {name})' in text


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
        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name.partition('.')[0] == 'torch':
                    raise ModuleNotFoundError(f'No module named {name!r}', name=name)
        sys.meta_path.insert(0, Missing())
        import importlib.util
        real = importlib.util.find_spec
        importlib.util.find_spec = lambda n, p=None: None if n == 'torch' else real(n, p)
        sys.argv = ['nndl', 'doctor']
        runpy.run_module('nndl', run_name='__main__')
    """)
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 1, done.stderr
    assert 'torch is missing: pip install -r requirements.txt' in done.stdout
    assert 'Traceback' not in done.stderr
