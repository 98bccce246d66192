"""The structure: layers, sizes, nothing imported without need, set-up files that agree."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import build
import pytest
import size
from cases.inputs.programs import IMPORT, POSIX_ALONE
from conftest import ROOT, run_python


def lint_imports(folder):
    """(exit code, output) of import-linter with the contracts of pyproject.toml."""
    done = subprocess.run([Path(sys.executable).with_name('lint-imports'), '--no-cache'],
                          cwd=folder, capture_output=True, text=True, check=False,
                          env=os.environ | {'PYTHONPATH': str(folder)})
    return done.returncode, done.stdout


def test_imports_go_down():
    code, output = lint_imports(ROOT)
    assert code == 0, output


@pytest.mark.parametrize(('path', 'line', 'says'), [
    ('resnet.py', 'from nndl.study import run', 'nndl.resnet -> nndl.study.run'),
    ('widgets/pad.py', 'import nndl.check', 'nndl.widgets.pad -> nndl.check'),
    ('device.py', 'from nndl import runner', '.device -> .runner'),
    ('stray.py', '', 'nndl.stray'),
])
def test_an_import_that_goes_up_is_seen(tmp_path, path, line, says):
    """Also one in a function, a circle within the core, and a file that no layer names."""
    shutil.copytree(ROOT / 'nndl', tmp_path / 'nndl')
    shutil.copy(ROOT / 'pyproject.toml', tmp_path)
    with (tmp_path / 'nndl' / path).open('a') as file:
        file.write(f'"""A file."""\n\n\ndef planted():\n    {line or "pass"}\n')
    code, output = lint_imports(tmp_path)
    assert code == 1
    assert says in ''.join(output.split('\n')), output


def test_sizes_are_kept():
    rows, exceeded = size.table(size.tracked())
    assert exceeded == [], '\n'.join(rows)


def test_a_part_that_grows_is_seen():
    for name, path in (('study', 'nndl/study/new.py'), ('runner.py', 'nndl/runner.py'),
                       ('lab, widgets, commands', 'nndl/widgets/js/new.js')):
        limit, _ = size.PARTS[name]
        assert size.table({Path(path): limit})[1] == []
        assert size.table({Path(path): limit + 1})[1] == [name]
    many = {Path(f'nndl/f{i}.py'): 1 for i in range(size.CORE_FILES + 1)}
    assert size.table(many)[1] == ['core']


def test_texts_of_the_checks_are_as_narrow_as_code():
    """No size is reached by longer lines; ruff reads no TOML."""
    lines = [(path, line) for path in (ROOT / 'nndl/check').rglob('*.toml')
             for line in path.read_text(encoding='utf-8').splitlines()]
    assert [each for each in lines if build.width(each[1]) > 100] == []


def test_public_names_have_docstrings_and_are_spelled_out():
    for path in (ROOT / 'nndl').rglob('*.py'):
        tree = ast.parse(path.read_text(encoding='utf-8'))
        assert ast.get_docstring(tree), f'{path.name} does not say what it is'
        exported = [name.value for node in tree.body
                    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == '__all__'
                    and isinstance(node.value, ast.List)
                    for name in node.value.elts if isinstance(name, ast.Constant)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in exported:
                assert ast.get_docstring(node), f'{path.name}: {node.name} has no docstring'


def test_short_functions():
    """No function over 25 lines, its docstring and signature not counted."""
    for path in (ROOT / 'nndl').rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                assert lines <= 25, f'{path.name}: {node.name} has {lines} lines'


@pytest.mark.long
def test_nine_of_ten_mutants_of_the_core_are_noticed(tmp_path):
    mutants = pytest.importorskip('mutants', reason='cosmic-ray is not installed')
    survived, n = [], 0
    for module in mutants.TESTS:
        lines, tried = mutants.survivors(module, tmp_path)
        assert mutants.is_green(module, tmp_path), f'the tests of {module} fail without a mutant'
        survived, n = survived + lines, n + tried
    assert n > 90 and len(survived) <= 0.1 * n, '\n'.join(survived)


def test_importing_everything_imports_no_heavy_package():
    assert run_python(IMPORT).stdout.strip() == '[]'


def test_what_students_import_runs_on_windows():
    """No module that only Linux and macOS have; file names and texts as UTF-8 (PLW1514, ruff)."""
    run_python(POSIX_ALONE)
    with pytest.raises(subprocess.CalledProcessError):  # one that does is seen
        run_python(f'{POSIX_ALONE}\nimport nndl.grading.sandbox')


@pytest.mark.parametrize('encoding', ['cp1252', 'gbk'])
def test_output_that_the_encoding_of_a_file_does_not_have(encoding):
    """As in ``python -m nndl doctor --lang zh > file`` on Windows."""
    code = 'from nndl.__main__ import main\nprint(main(["doctor", "--lang", "zh"]), "\\u2212 ±")'
    done = run_python(code, text=False, env=os.environ | {'PYTHONIOENCODING': encoding})
    assert b'\n0 ' in done.stdout


def test_every_public_name_is_listed():
    import nndl

    assert set(nndl.__all__) <= set(dir(nndl))


def requirement_names(lines):
    return {re.match(r'[\w-]+', line).group().lower() for line in lines}


def test_set_up_files_agree():
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    lines = [line for line in (ROOT / 'requirements.txt').read_text().splitlines()
             if line and not line.startswith('#')]
    assert all('#' in line for line in lines), 'each requirement says who needs it'
    assert all('==' not in line for line in lines), 'floors, no pins'
    required = requirement_names(lines)
    asked = {*project['dependencies'], *project['optional-dependencies']['labs']}
    assert asked <= {line.split()[0] for line in lines}, 'the same floors'
    environment = (ROOT / 'environment.yml').read_text()
    listed = requirement_names(re.findall(r'^ +- (\w.*)$', environment, re.MULTILINE))
    renamed = {'torch': 'pytorch-cpu', 'matplotlib': 'matplotlib-base'}
    assert {renamed.get(name, name) for name in required} <= listed
    assert '- python=3.11\n' in environment and '- -e .' in environment
    assert f'version: {project["version"]}\n' in (ROOT / 'CITATION.cff').read_text()


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp('wheel')
    subprocess.run([sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps',
                    '--no-build-isolation', '--wheel-dir', folder, ROOT], check=True,
                   capture_output=True)
    path, = folder.glob('*.whl')
    return path


def test_an_installed_kit_brings_its_digits(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.startswith(('tests', 'notebooks'))]
        assert sum(name.endswith('.ipynb') for name in archive.namelist()) == 16
        archive.extractall(tmp_path)
    program = ('import nndl, nndl.check; from nndl.sources import bundled_path; '
               'print(nndl.__file__); print(bundled_path("mnist_5k.npz")); '
               'print(*map(len, nndl.load_mnist()))')
    where, digits, sizes = run_python(program, cwd=tmp_path).stdout.splitlines()
    assert where == str(tmp_path / 'nndl' / '__init__.py')
    assert digits == str(tmp_path / 'nndl' / '_data' / 'mnist_5k.npz')
    assert sizes == '1000 200 200'
    subprocess.run([sys.executable, '-m', 'nndl', 'start', '实验', '--lang', 'zh', '--no-browser'],
                   cwd=tmp_path, capture_output=True, check=True)
    assert len(list((tmp_path / '实验').glob('0*.ipynb'))) == 8
