"""The cells that are run: a student's exercises, and what these need of the lab and the student.

Only those statements are taken that give a name its meaning which an exercise uses. What a lab
shows, draws and trains gives no points, and would take a minute.
"""

import ast
import builtins
import contextlib
import dis
import io
import warnings
from functools import lru_cache
from types import CodeType, SimpleNamespace
from unittest.mock import MagicMock

from nndl.grading.labs import Exercise, Lab
from nndl.grading.syntax import UNREADABLE, as_python

__all__ = ['cells_of', 'names_of', 'namespace_of', 'used']

LOADS = 'LOAD_NAME', 'LOAD_GLOBAL', 'LOAD_FROM_DICT_OR_GLOBALS'


def cells_of(lab, submission):
    """The exercises of a submission, and the statements that they need before them.

    These bind a name that an exercise, or another such statement, uses. Those of the lab go
    before those of the student's other cells: of the latter none binds a name that the lab, this
    exercise, an earlier one or Python gives.

    Args:
        lab: ``Lab``.
        submission: ``Submission`` of that lab.

    Returns:
        [(code, grade_id of the exercise or None)], in the order in which they are to be run.
    """
    apart = {exercise.place for exercise in lab.exercises.values()}
    of_lab = [((place, 0, number), *each) for place, source in enumerate(lab.cells)
              for number, each in enumerate(_statements(source)) if place not in lab.checks
              and (place not in apart or each[0].startswith(('import ', 'from ')))]
    others = [each for source in submission.others for each in _statements(source)]
    cells, taken, given = {}, set(), set(dir(builtins))
    for exercise in sorted(lab.exercises.values(), key=lambda exercise: exercise.place):
        if (source := submission.sources.get(exercise.grade_id)) is None:
            continue
        above = [each for each in of_lab if each[0][0] < exercise.place]
        given = given.union(names_of(source)[0], *(bound for _, _, bound, _ in above))
        needs = used(source) | used(lab.cells[exercise.place])
        own = _needed(others, needs, given) - taken
        cells |= {(exercise.place, 1, number): (others[number][0], None) for number in own}
        for key, code, binds, uses in reversed(above):
            if binds & needs:
                needs |= uses
                cells[key] = code, None
        cells[exercise.place, 2, 0] = source, exercise.grade_id
        taken |= own
    return [cell for _, cell in sorted(cells.items())]


def namespace_of(notebook):
    """{name: object} that the exercises' cells of a ``Notebook`` define, run in this process with
    what they need of its other cells; a cell that raises leaves out what it would define."""
    sources = {name: '\n'.join(found) for name, found in notebook.found.items()
               if not notebook.fault(name)}
    lab = Lab('', {}, ('',) * len(sources), {
        name: Exercise(name, 0, place) for place, name in enumerate(sources)}, frozenset())
    namespace = {'__name__': '__main__', 'get_ipython': MagicMock()}  # magics do nothing
    for code, name in cells_of(lab, SimpleNamespace(sources=sources, others=notebook.code)):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            exec(compile(as_python(code), f'cell {name}', 'exec'), namespace)
    return namespace


def _needed(statements, needs, given):
    """Numbers of the statements that are needed; what they use is added to ``needs``."""
    found = set()
    while more := {number for number, (_, binds, _) in enumerate(statements)
                   if binds & needs - given and number not in found and not binds & needs & given}:
        found |= more
        needs.update(*(statements[number][2] for number in more))
    if needs - given.union(*(statements[number][1] for number in found)):
        found |= {number for number, (code, *_) in enumerate(statements)
                  if code.endswith(' import *')}
    return found


@lru_cache(1_000)
def _statements(code):
    """[(statement, names that it binds, names that it uses)]; nothing if it is not Python.

    An import of several names is taken apart: the graded library has only some of them.
    """
    found = []
    try:
        for node in ast.parse(as_python(code)).body:
            single = [node]
            if isinstance(node, ast.Import | ast.ImportFrom):
                single = [type(node)(**vars(node) | {'names': [alias]}) for alias in node.names]
            for each in single:
                text = calm = ast.unparse(each)
                if isinstance(each, ast.Try):  # an except clause does not run as a rule
                    calm = ast.unparse(ast.Module([*each.body, *each.orelse, *each.finalbody], []))
                found.append((text, names_of(calm)[0], used(text)))
    except UNREADABLE:
        return []
    return found


def used(code):
    """Names that code looks up outside its functions' own."""
    return names_of(code)[1]


def names_of(code):
    """(names that code binds at its outermost level, names that it looks up outside its own)."""
    bound, used = set(), set()
    with contextlib.suppress(*UNREADABLE), warnings.catch_warnings(action='ignore'):
        scopes = [compile(as_python(code), 'cell', 'exec')]
        for scope in scopes:
            scopes += [each for each in scope.co_consts if isinstance(each, CodeType)]
            steps = [(step.opname, step.argval) for step in dis.get_instructions(scope)]
            own = {name for kind, name in steps if kind == 'STORE_NAME'}
            if scope is scopes[0]:
                bound, own = own, set()
            used |= {name for kind, name in steps if kind in LOADS and name[-2:] != '__'} - own
    return bound, used
