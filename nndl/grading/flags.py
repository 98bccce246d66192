"""Marks for a person to look at: code that reaches beyond its exercise, and equal solutions.

A flag takes no points. It says that a line does something that no exercise asks for.
"""

import ast
import hashlib

from nndl.grading.syntax import UNREADABLE, as_python

__all__ = ['flags_of', 'shape_of']

# Names that no exercise needs, wherever they stand: of the interpreter, the grader, processes,
# files, the network, frames, code made at run time, and comparisons.
REACHING = {
    'get_ipython', 'run_cell', 'showtraceback', 'ast_transformers',
    'input_transformers_cleanup', 'displayhook', 'excepthook', 'input_transformers_post',
    'set_custom_exc', 'nndl.grading', 'nndl.check.line', 'nndl.check.observe', 'probe',
    'nndl.check.exercises', '_exit', 'fork', 'kill', 'abort', 'subprocess', 'Popen', 'system',
    'ctypes', 'setrlimit', 'multiprocessing', 'execv', 'popen', 'glob', 'listdir', 'walk',
    'rglob', 'iterdir', 'read_text', 'write_text', 'getsource', 'linecache', 'shutil',
    'environ', 'memfd_create', 'socket', 'urllib', 'requests', 'urlopen', 'http', '_getframe',
    'f_back', 'currentframe', 'settrace', 'setprofile', 'get_objects', 'get_referrers',
    'f_locals', '__subclasses__', 'tb_frame', '__traceback__', 'pickle', '__import__',
    '__reduce__', 'import_module', 'marshal', 'builtins', '__builtins__', 'sys.modules',
    '__eq__', '__ne__', '__bool__', '__float__', '__instancecheck__', '__torch_function__',
}
# The same for names that are harmless as attributes: model.eval(), re.compile().
BUILT_IN = {'exec', 'eval', 'compile', 'vars', 'globals', 'locals', 'open', 'input', 'exit', 'quit'}
DEEPEST = 4  # names in a dotted one of the table
SHORTEST = 300  # characters; shorter solutions are alike by nature


def flags_of(source):
    """Names that the code of an exercise reaches for; empty if it is ordinary."""
    python = as_python(source)
    try:
        tree = ast.parse(python)
        names = {name for node in ast.walk(tree) for name in _names(node)}
        names -= {name for name in ('get_ipython', 'system') if name not in source}  # of magics
        plain = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        return sorted(REACHING & names | BUILT_IN & plain)
    except (SyntaxError, ValueError):
        return []
    except (RecursionError, MemoryError):
        return ['too deep to be read']


def shape_of(source):
    """A fingerprint that spacing and comments do not change; None for short code."""
    try:
        text = ast.unparse(ast.parse(as_python(source)))
    except UNREADABLE:
        return None
    return None if len(text) < SHORTEST else hashlib.sha256(
        text.encode('utf-8', 'replace')).hexdigest()[:16]


def _names(node):
    """Single names, and dotted ones with all that they begin with."""
    for field in ('id', 'attr', 'name'):
        if isinstance(name := getattr(node, field, None), str):
            yield name
    chain = []
    while isinstance(node, ast.Attribute):
        chain, node = [node.attr, *chain], node.value
    dotted = [[node.id, *chain]] if isinstance(node, ast.Name) and chain else []
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = f'{node.module}.' if getattr(node, 'module', None) else ''
        dotted = [(module + alias.name).split('.') for alias in node.names]
    for parts in dotted:
        yield from parts
        yield from ('.'.join(parts[:n]) for n in range(2, min(len(parts), DEEPEST) + 1))
