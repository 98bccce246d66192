"""The house: floors without circles, nothing imported that is not needed, set-up files agree."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
from conftest import ROOT

from nndl import machine

# From the ground up; a file may import only from floors below its own.
FLOORS = [
    {'__init__', 'figure', 'metric', 'resnet', 'lenet', 'arguments', 'bundled', 'language',
     'batches', 'device', 'files', 'stats', 'machine', 'cluster'},
    {'sources', 'plan', 'progress', 'fast', 'weights', 'plot', 'checkpoint', 'inspection'},
    {'data'},
    {'widgets'},
    {'count', 'runner', 'gradients', 'surface', 'blocks', 'plot_pairs', 'plot_inside'},
    {'ablation'},
    {'pairs', 'sweep', 'playground'},
    {'stored'},
    {'report', 'doctor', 'draw', 'check'},
    {'lab'},
    {'grading'},
    {'commands'},
    {'__main__'},
]
FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}


def own_imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.ImportFrom) and node.module == 'nndl':
            yield from (alias.name if alias.name in FLOOR else '__init__' for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or '').startswith('nndl.'):
            yield node.module.split('.')[1]
        elif isinstance(node, ast.Import):
            yield from ((alias.name.split('.') + ['__init__'])[1] for alias in node.names
                        if alias.name.split('.')[0] == 'nndl')


def test_every_file_has_its_floor():
    folders = {'check', 'commands', 'grading', 'widgets'}
    assert {path.stem for path in (ROOT / 'nndl').glob('*.py')} | folders == set(FLOOR)


def test_no_import_runs_upwards():
    for path in (ROOT / 'nndl').rglob('*.py'):
        own = path.relative_to(ROOT / 'nndl').parts[0].removesuffix('.py')
        for name in own_imports(path):
            assert FLOOR[name] < FLOOR[own] or name in ('__init__', own), (
                f'{path.name} imports {name}, which is not below it')


def test_an_upward_import_is_seen(tmp_path):
    path = tmp_path / 'resnet.py'
    path.write_text('from nndl import runner\nimport nndl.ablation\nfrom nndl.check import x\n')
    assert list(own_imports(path)) == ['runner', 'ablation', 'check']


def closure(name, folder):
    """The file and all that it imports, itself or through others; packages are left out."""
    found, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        path = folder / f'{name}.py'
        if path.exists() and name not in found:
            found.add(name)
            waiting += own_imports(path)
    return found - {'__init__'}


def test_the_digest_of_a_run_is_that_of_the_code_it_runs():
    folder = ROOT / 'nndl'
    names = {path.stem for path in machine._with_imports(folder / 'ablation.py')}
    assert names == closure('ablation', folder)
    assert names >= {'resnet', 'runner', 'files', 'data', 'fast'}
    assert not names & {'draw', 'plot', 'report', 'check'}


def test_the_digest_sees_a_change_where_it_counts(tmp_path, monkeypatch):
    shutil.copytree(ROOT / 'nndl', tmp_path / 'nndl')
    monkeypatch.setattr(machine, '__file__', str(tmp_path / 'nndl' / 'machine.py'))
    digest = machine.code_digest.__wrapped__
    before = digest('ablation')
    assert before == machine.code_digest('ablation')
    for name, counts in (('draw', False), ('resnet', True)):
        with (tmp_path / 'nndl' / f'{name}.py').open('a') as file:
            file.write('# changed')
        assert (digest('ablation') != before) == counts


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


IMPORT = """
import sys
import nndl
for name in nndl.__all__:
    getattr(nndl, name)
print([name for name in ('torchvision', 'matplotlib', 'IPython', 'scipy', 'nbformat', 'PIL',
                         'torchinfo', 'thop') if name in sys.modules])
"""


def test_importing_everything_imports_no_heavy_package():
    done = subprocess.run([sys.executable, '-c', IMPORT], capture_output=True, text=True,
                          check=True)
    assert done.stdout.strip() == '[]'


def test_an_unknown_name_is_explained():
    import nndl

    assert set(nndl.__all__) <= set(dir(nndl))
    with pytest.raises(AttributeError, match=r"nndl has no 'Resnet'; it has Accuracy, "):
        _ = nndl.Resnet


def requirement_names(lines):
    return {re.match(r'[\w-]+', line).group().lower() for line in lines}


def test_set_up_files_agree():
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
    lines = [line for line in (ROOT / 'requirements.txt').read_text().splitlines()
             if line and not line.startswith('#')]
    assert all('#' in line for line in lines), 'each requirement says who needs it'
    assert all('==' not in line for line in lines), 'floors, no pins'
    required = requirement_names(lines)
    assert requirement_names(project['dependencies']) <= required
    environment = (ROOT / 'environment.yml').read_text()
    listed = requirement_names(re.findall(r'^ +- (\w.*)$', environment, re.MULTILINE))
    renamed = {'torch': 'pytorch-cpu', 'matplotlib': 'matplotlib-base'}
    assert {renamed.get(name, name) for name in required} <= listed
    assert '- python=3.11\n' in environment
    assert '- -e .' in environment
    assert {'grading', 'dask', 'dev'} <= project['optional-dependencies'].keys()


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
        archive.extractall(tmp_path)
    program = ('import nndl, nndl.check; from nndl.bundled import bundled_path; '
               'print(nndl.__file__); print(bundled_path("mnist_5k.npz")); '
               'print(*map(len, nndl.load_mnist()))')
    done = subprocess.run([sys.executable, '-c', program], cwd=tmp_path, capture_output=True,
                          text=True, check=True)
    where, digits, sizes = done.stdout.splitlines()
    assert where == str(tmp_path / 'nndl' / '__init__.py')
    assert digits == str(tmp_path / 'nndl' / '_data' / 'mnist_5k.npz')
    assert sizes == '1000 200 200'
