"""What a person should look at: code that reaches beyond its exercise, and equal solutions.

A flag takes no points. It says that a line does something that no exercise asks for.
"""

import ast
import hashlib
import re
from importlib import import_module

from nndl.check.catalog import EXERCISES, about
from nndl.grading.edition import hidden_by, hidden_packages
from nndl.grading.syntax import UNREADABLE, as_python

__all__ = ['flags_of', 'shape_of']

# Names that no exercise needs, wherever they stand; what each could be for.
REACHING = {
    'interpreter': {'get_ipython', 'run_cell', '_showtraceback', 'showtraceback',
                    'ast_transformers', 'input_transformers_cleanup', 'input_transformers_post',
                    'set_custom_exc', 'register_cell_magic', 'display_pub', 'displayhook',
                    'excepthook'},
    'grader': {'grading', 'nbgrader'},
    'process': {'_exit', 'fork', 'kill', 'abort', 'subprocess', 'Popen', 'system', 'ctypes',
                'setrlimit', 'multiprocessing', 'execv', 'SIGSTOP', 'popen'},
    'files': {'glob', 'listdir', 'walk', 'rglob', 'iterdir', 'read_text', 'write_text',
              'getsource', 'linecache', 'shutil', 'environ'},
    'network': {'socket', 'urllib', 'requests', 'urlopen', 'http'},
    'frames': {'_getframe', 'f_back', 'currentframe', 'settrace', 'setprofile', 'get_objects',
               'get_referrers', 'f_locals', '__subclasses__', 'tb_frame', '__traceback__',
               '__dict__', 'memfd_create'},
    'dynamic code': {'pickle', '__import__', '__reduce__', 'import_module', 'marshal', 'builtins',
                     '__builtins__'},
    'comparison': {'__eq__', '__ne__', '__bool__', '__array__', '__float__', '__instancecheck__',
                   '__torch_function__'},
}
# The same for names that are harmless as attributes: model.eval(), re.compile().
BUILT_IN = {'dynamic code': {'exec', 'eval', 'compile', 'vars', 'globals', 'locals'},
            'files': {'open'}, 'input': {'input'}, 'end': {'exit', 'quit'}}
SMALLEST_SHAPE = 60  # nodes of a syntax tree; smaller solutions are alike by nature


def flags_of(source, grade_id):
    """What the code of an exercise reaches for, as [kind: name]; empty for ordinary code."""
    python = as_python(source)
    magic = ['magic'] if python != source or re.search(r'^[ \t]*[%!]', source, re.MULTILINE) else []
    try:
        tree = ast.parse(python)
        names = {name for node in ast.walk(tree) for name in _names(node)}
        if magic and 'get_ipython' not in source:
            names.discard('get_ipython')  # a magic is a call of it
        plain = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        found = [f'{kind}: {name}' for reaching, present in ((REACHING, names), (BUILT_IN, plain))
                 for kind, some in reaching.items() for name in sorted(some & present)]
        return magic + found + _answers(tree, grade_id) + _insides(tree) + _patches(tree)
    except (SyntaxError, ValueError):
        return magic
    except (RecursionError, MemoryError):
        return [*magic, 'too deep to be read']


def shape_of(source):
    """A fingerprint that names, comments and spacing do not change; None for short code."""
    try:
        tree = ast.parse(as_python(source))
        if sum(1 for _ in ast.walk(tree)) < SMALLEST_SHAPE:
            return None
        return hashlib.sha256(ast.dump(_without_names(tree)).encode()).hexdigest()[:16]
    except UNREADABLE:
        return None


def _without_names(tree):
    """The tree with its names numbered, in the order in which they come, and no docstrings."""
    names = {}
    for node in ast.walk(tree):
        for field in ('id', 'name', 'arg', 'attr'):
            if isinstance(name := getattr(node, field, None), str):
                setattr(node, field, f'n{names.setdefault(name, len(names))}')
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _names(node):
    for field in ('id', 'attr', 'name'):
        if isinstance(name := getattr(node, field, None), str):
            yield name
    if (isinstance(node, ast.Constant) and isinstance(node.value, str)
            and 'nndl.grading' in node.value):
        yield 'grading'
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (part for alias in node.names for part in alias.name.split('.'))
        yield from (getattr(node, 'module', None) or '').split('.')


def _answers(tree, grade_id):
    """The library's own answer to this exercise, asked for by name."""
    closed, packages = _words(hidden_by([grade_id])), hidden_packages([grade_id])
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    free = _words(getattr(about(grade_id), 'ANSWERS', {})) - own  # the lab imports these
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute | ast.ImportFrom):
            found |= free & set(_names(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= free & {node.value}
        if isinstance(node, ast.ImportFrom) and (node.module or '').split('.')[0] == 'nndl':
            found |= closed & {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and 'nndl' in _chain(node.value):
            found |= closed & {node.attr}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= packages & set(_names(node))
    return [f"the library's answer: {name}" for name in sorted(found)]


def _words(answers):
    """The names in {module: names, or '*'}."""
    return {name for module, names in answers.items()
            for name in (import_module(module).__all__ if names == '*' else names)}


def _insides(tree):
    """Files of the checks, some of which compute the answer, and the table of all modules."""
    functions = {*EXERCISES, 'Feedback', 'NotYet', 'hint', 'hand_in'}
    found = set()
    for node in ast.walk(tree):
        for path in _paths(node):
            if path[-2:] == ['sys', 'modules'] and isinstance(node, ast.Attribute):
                found.add('dynamic code: sys.modules')
            below = path[path.index('check') + 1:] if 'check' in path else []
            if below and (len(below) > 1 or below[0] not in functions
                          or isinstance(node, ast.Import)):
                found.add(f'the checks: {below[0]}')
    return sorted(found)


def _paths(node):
    """['a', 'b', 'c'] for each dotted name that an expression or an import asks for."""
    if isinstance(node, ast.Attribute):
        yield _chain(node)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        module = (getattr(node, 'module', None) or '').split('.')
        for alias in node.names:
            yield [part for part in [*module, *alias.name.split('.')] if part]


def _patches(tree):
    """Attributes of modules that are given another value."""
    modules = {'torch', 'nn', 'F', 'nndl'} | {
        (alias.asname or alias.name).split('.')[0] for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign)
               for target in node.targets if isinstance(target, ast.Attribute)]
    chains = (_chain(target) for target in targets)
    return [f'patch: {".".join(chain)[:60]}' for chain in chains if modules & set(chain[:1])]


def _chain(node):
    """['a', 'b', 'c'] of ``a.b.c``; where it does not begin with a name, what follows."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return names[::-1]
