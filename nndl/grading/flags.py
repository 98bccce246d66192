"""What a person should look at: code that reaches beyond its exercise, and equal solutions.

A flag takes no points. It says that a line does something that no exercise asks for.
"""

import ast
import hashlib
import re
from importlib import import_module

from nndl.grading.edition import hidden_by
from nndl.grading.probes import probes_of

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
               'get_referrers', 'f_locals', '__subclasses__'},
    'dynamic code': {'pickle', '__import__', '__reduce__', 'import_module', 'marshal', 'builtins',
                     '__builtins__'},
    'comparison': {'__eq__', '__ne__', '__bool__', '__array__', '__float__', '__instancecheck__',
                   '__torch_function__'},
}
# The same for names that are harmless as attributes: model.eval(), re.compile().
BUILT_IN = {'dynamic code': {'exec', 'eval', 'compile'}, 'files': {'open'},
            'input': {'input'}, 'end': {'exit', 'quit'}}
SMALLEST_SHAPE = 60  # nodes of a syntax tree; smaller solutions are alike by nature


def flags_of(source, grade_id):
    """What the code of an exercise reaches for, as [kind: name]; empty for ordinary code."""
    try:
        tree = ast.parse(source)
        names = {name for node in ast.walk(tree) for name in _names(node)}
        plain = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        found = [f'{kind}: {name}' for reaching, present in ((REACHING, names), (BUILT_IN, plain))
                 for kind, some in reaching.items() for name in sorted(some & present)]
        return found + _answers(tree, grade_id) + _patches(tree)
    except (SyntaxError, ValueError):
        return ['magic'] if re.search(r'^\s*[%!]', source, re.MULTILINE) else []
    except (RecursionError, MemoryError):
        return ['too deep to be read']


def shape_of(source):
    """A fingerprint that names, comments and spacing do not change; None for short code."""
    try:
        tree = ast.parse(source)
        if sum(1 for _ in ast.walk(tree)) < SMALLEST_SHAPE:
            return None
        return hashlib.sha256(ast.dump(_without_names(tree)).encode()).hexdigest()[:16]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
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
    if isinstance(node, ast.Constant) and 'nndl.grading' in str(node.value):
        yield 'grading'
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (part for alias in node.names for part in alias.name.split('.'))
        yield from (getattr(node, 'module', None) or '').split('.')


def _answers(tree, grade_id):
    """The library's own answer to this exercise, asked for by name."""
    hidden = hidden_by([grade_id])
    open_ones = getattr(probes_of(grade_id), 'ANSWERS', {})
    words = {name for module, names in (*hidden.items(), *open_ones.items())
             for name in (import_module(module).__all__ if names == '*' else names)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or '').split('.')[0] == 'nndl':
            found |= words & {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and 'nndl' in ast.unparse(node.value).split('.'):
            found |= words & {node.attr}
        elif isinstance(node, ast.Import | ast.ImportFrom) and 'torchvision' in hidden:
            found |= {'torchvision'} & set(_names(node))
    return [f"the library's answer: {name}" for name in sorted(found)]


def _patches(tree):
    """Attributes of modules that are given another value."""
    modules = {'torch', 'nn', 'F', 'nndl'} | {
        (alias.asname or alias.name).split('.')[0] for node in ast.walk(tree)
        if isinstance(node, ast.Import) for alias in node.names}
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign)
               for target in node.targets if isinstance(target, ast.Attribute)]
    return [f'patch: {ast.unparse(target)[:60]}' for target in targets
            if ast.unparse(target.value).split('.')[0] in modules]
