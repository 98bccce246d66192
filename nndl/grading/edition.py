"""The library as a child sees it: put together from what a lab's exercises need, and no more."""

import ast
import hashlib
import shutil
from functools import cache
from pathlib import Path

from nndl.check.catalog import about

__all__ = ['chosen', 'hidden_packages', 'library_digest', 'make_edition']

LIBRARY = Path(__file__).resolve().parents[1]
PACKAGE = 'from functools import partial\nfrom nndl import absent\n' \
          '__getattr__ = partial(absent, __name__)\n'
OF_GRADER = 'frames', 'inside', 'linux', 'sandbox', 'view', 'warm'


def hidden_packages(grade_ids):
    """Names of the other packages that are not to be found while these exercises are graded."""
    return sorted({package for grade_id in grade_ids
                   for package in getattr(about(grade_id), 'HIDDEN_PACKAGES', ())})


@cache
def library_digest():
    """Of the whole library with the grader: grades of other code are not taken for this one's."""
    digest = hashlib.sha256()
    for source in sorted(LIBRARY.rglob('*.py')):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def make_edition(grade_ids, folder):
    """Write the part of the library that children need into ``folder``/nndl.

    That is: the probes of these exercises; what their ``LIBRARY`` names; what runs a child; and
    whatever these import.

    Returns:
        The modules to import before a child is forked.
    """
    parts = {f'nndl.grading.{name}': '*' for name in OF_GRADER}
    for grade_id in grade_ids:
        own = f'nndl.check.exercises.{grade_id}.probe'
        parts[own if _path(own).exists() else 'nndl.check.observe'] = '*'
        for module, names in about(grade_id).LIBRARY.items():
            parts[module] = {*parts.get(module, ()), *names}
    parts, done = _with_imports(parts), Path(folder) / 'nndl'
    home = {name: module for module, names in parts.items() if names != '*' for name in names}
    for module, names in parts.items():
        path = done / f'{module.removeprefix("nndl.").replace(".", "/")}.py'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(chosen(_source(module), names), encoding='utf-8')
    for path in sorted(done.rglob('*/')):
        (path / '__init__.py').write_text(PACKAGE)
    shutil.copyfile(Path(__file__).with_name('partial.py'), done / '__init__.py')
    with (done / '__init__.py').open('a', encoding='utf-8') as file:
        file.write(f'HOME.update({home!r})\n')
    for path in (done, *done.rglob('*')):
        path.chmod(0o755 if path.is_dir() else 0o644)
    Path(f'{folder}.root').mkdir(exist_ok=True)
    return sorted(parts)


def chosen(source, names):
    """Python source with its imports, and of the rest what these names need; all for '*'."""
    if names == '*':
        return source
    tree = ast.parse(source)
    wanted = set(names)
    kept = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    while more := [node for node in tree.body if node not in kept and _binds(node) & wanted]:
        kept += more
        wanted |= {each.id for node in more for each in ast.walk(node)
                   if isinstance(each, ast.Name)}
    return ast.unparse(ast.Module([_cut(n, wanted) for n in tree.body if n in kept], [])) + '\n'


def _with_imports(parts):
    """{module: names, or '*'} with all that is imported, again and again."""
    parts = {module: names if names == '*' else {*names} for module, names in parts.items()}
    todo = list(parts)
    while todo:
        module = todo.pop()
        tree = ast.parse(chosen(_source(module), parts[module]))
        for node in (n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)):
            if (node.module or '').startswith('nndl.'):
                names = {alias.name for alias in node.names}
                before = parts.setdefault(node.module, set())
                if before != '*' and not names <= before:
                    before |= names
                    todo.append(node.module)
    return parts


def _source(module):
    return _path(module).read_text(encoding='utf-8')


def _path(module):
    return LIBRARY / f'{module.removeprefix("nndl.").replace(".", "/")}.py'


def _binds(node):
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return {each.id for target in targets for each in ast.walk(target)
            if isinstance(each, ast.Name)}


def _cut(node, wanted):
    """An import without the names that nothing uses."""
    if not isinstance(node, ast.ImportFrom):
        return node
    names = [alias for alias in node.names if (alias.asname or alias.name) in wanted]
    return ast.ImportFrom(node.module, names, node.level) if names else ast.Pass()
