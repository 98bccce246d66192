"""The library as a grading kernel sees it: without the grader, and without a lab's answers."""

import ast
import hashlib
import shutil
from functools import cache
from pathlib import Path

from nndl.check.catalog import about
from nndl.sources import DIGITS, bundled_path

__all__ = ['make_edition', 'without', 'hidden_by', 'hidden_packages', 'library_digest']

LIBRARY = Path(__file__).resolve().parents[1]
KEPT_OF_GRADER = 'inside.py', 'linux.py', 'sandbox.py', 'view.py', 'warm.py'
LEFT_OUT = 'commands', '__main__.py', '__pycache__', 'grading', '_data'
MESSAGE = 'is not there while this exercise is graded: it would be its answer'


def hidden_by(grade_ids):
    """{module of the kit: names, or '*'} that must only raise while these are graded."""
    hidden = {}
    for grade_id in grade_ids:
        for module, names in about(grade_id).HIDDEN.items():
            either = '*' in (names, hidden.get(module))
            hidden[module] = '*' if either else {*hidden.get(module, ()), *names}
    return hidden


def hidden_packages(grade_ids):
    """Names of the other packages that are not to be found while these exercises are graded."""
    return {package for grade_id in grade_ids
            for package in getattr(about(grade_id), 'HIDDEN_PACKAGES', ())}


@cache
def library_digest():
    """Of the whole library with the grader: grades of other code are not taken for this one's."""
    digest = hashlib.sha256()
    for source in sorted(LIBRARY.rglob('*.py')):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def make_edition(grade_ids, folder):
    """Copy the library into ``folder``/nndl, without what answers the exercises."""
    target = Path(folder) / 'nndl'
    shutil.copytree(LIBRARY, target, ignore=lambda path, names: [
        name for name in names if name in LEFT_OUT and Path(path) == LIBRARY
        or name in ('__pycache__', 'checker.py')])
    (target / 'grading').mkdir()
    (target / 'grading' / '__init__.py').write_text('"""What a grading kernel needs."""\n')
    for name in KEPT_OF_GRADER:
        shutil.copyfile(LIBRARY / 'grading' / name, target / 'grading' / name)
    (target / '_data').mkdir()
    shutil.copyfile(bundled_path(DIGITS), target / '_data' / DIGITS)
    for module, names in hidden_by(grade_ids).items():
        path = target / f'{module.removeprefix("nndl.").replace(".", "/")}.py'
        path.write_text(without(path.read_text(encoding='utf-8'), names), encoding='utf-8')
    for path in (target, *target.rglob('*')):
        path.chmod(0o755 if path.is_dir() else 0o644)


def without(source, names):
    """Python source in which functions and classes of these names (or all, '*') only raise.

    With '*' tables and docstrings go as well.
    """
    tree = ast.parse(source)
    body = []
    for node in tree.body:
        everything = names == '*'
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (everything or node.name in names):
            body.append(_stub(node))
        elif not everything or isinstance(node, ast.Import | ast.ImportFrom) or _is_plain(node):
            body.append(node)
    return ast.unparse(ast.Module(body, [])) + '\n'


def _is_plain(node):
    """One string or number, or __all__."""
    return isinstance(node, ast.Assign) and (
        isinstance(node.value, ast.Constant) or ast.unparse(node.targets) == '__all__')


def _stub(node):
    text = f'raise ImportError({f"{node.name} {MESSAGE}"!r})'
    if isinstance(node, ast.ClassDef):
        bases = ', '.join(map(ast.unparse, node.bases))
        text = f'class {node.name}({bases}):\n  def __init__(self, *args, **kwargs):\n    {text}'
    else:
        text = f'def {node.name}(*args, **kwargs):\n  {text}'
    return ast.parse(text).body[0]
