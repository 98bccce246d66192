"""The student's cells put into the authentic lab: the notebook that is run.

Of the lab's own cells only those statements are run that give a name its meaning which an exercise
uses. What a lab shows, draws and trains gives no points, and would take a minute.
"""

import ast
import contextlib
import io
import symtable
from unittest.mock import MagicMock

from nbformat.v4 import new_code_cell, new_notebook

from nndl.grading.labs import Exercise, Lab
from nndl.grading.syntax import UNREADABLE, as_python

__all__ = ['namespace_of', 'rebuild', 'needed', 'bound', 'used']


def rebuild(lab, submission):
    """A notebook of what the exercises need, and the student's exercises, in the lab's order.

    An exercise's cell has its grade_id in ``metadata.exercise``.
    """
    cells = {(place, 0): new_code_cell(source)
             for place, source in needed(lab, submission.sources).items()}
    for grade_id, source in submission.sources.items():
        cells[lab.exercises[grade_id].place, 1] = new_code_cell(
            source, metadata={'exercise': grade_id})
    return new_notebook(cells=[cells[key] for key in sorted(cells)])


def needed(lab, sources):
    """{place: code} of the lab's own statements that exercises need; the first cell whole.

    Args:
        lab: ``Lab``.
        sources: {grade_id: the code in that exercise's cell}; the names that the lab's own
            solution uses are counted too.
    """
    places = {exercise.place for exercise in lab.exercises.values()} | lab.checks
    statements = [(place, statement) for place, source in enumerate(lab.cells)
                  if place not in places and place > 0 for statement in _statements(source)]
    kept = set()
    for grade_id in sources:
        exercise = lab.exercises[grade_id]
        wanted = used(lab.cells[exercise.place]) | used(sources[grade_id])
        for number, (place, statement) in reversed(list(enumerate(statements))):
            if place < exercise.place and bound(statement) & wanted:
                kept.add(number)
                wanted |= used(statement)
    chosen = {0: lab.cells[0]}
    for number in sorted(kept):
        place, statement = statements[number]
        chosen[place] = '\n'.join(filter(None, [chosen.get(place), statement]))
    return chosen


def namespace_of(notebook):
    """{name: object} that the exercises' cells of a ``Notebook`` define, run in this process with
    what they need of its other cells; a cell that raises leaves out what it would define."""
    sources = {name: found[0] for name, found in notebook.found.items() if not notebook.fault(name)}
    exercises = {name: Exercise(name, 0, notebook.code.index(source))
                 for name, source in sources.items()}
    lab = Lab(notebook.lab, {}, notebook.code, exercises, notebook.checks)
    cells = needed(lab, sources) | {exercises[name].place: source
                                    for name, source in sources.items()}
    namespace = {'__name__': '__main__', 'get_ipython': MagicMock()}  # magics do nothing
    for place in sorted(cells):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            exec(compile(as_python(cells[place]), f'cell {place}', 'exec'), namespace)
    return namespace


def bound(code):
    """Names that code gives a value at its outermost level."""
    passing = _of_comprehensions(code)
    return {symbol.get_name() for table in _scopes(code)[:1] for symbol in table.get_symbols()
            if symbol.is_imported() or symbol.is_namespace()
            or symbol.is_assigned() and symbol.get_name() not in passing}


def used(code):
    """Names that code looks up outside its functions' own."""
    scopes = _scopes(code)
    return {symbol.get_name() for table in scopes for symbol in table.get_symbols()
            if symbol.is_referenced() and (table is scopes[0] or symbol.is_global())
            } - _of_comprehensions(code)


def _of_comprehensions(code):
    """Names that only comprehensions bind; since Python 3.12 they are in the table around them."""
    if ' for ' not in code or not _scopes(code):
        return set()
    nodes = list(ast.walk(ast.parse(as_python(code))))
    within = [name for node in nodes if isinstance(node, ast.comprehension)
              for name in ast.walk(node.target) if isinstance(name, ast.Name)]
    return {name.id for name in within} - {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        and node not in within}


def _statements(code):
    """The source of each statement; none if it is not Python."""
    try:
        return [ast.get_source_segment(code, node) for node in ast.parse(code).body]
    except SyntaxError:
        return []


def _scopes(code):
    """Symbol tables, the outermost first; none if it is not Python."""
    try:
        scopes = [symtable.symtable(as_python(code), 'cell', 'exec')]
    except UNREADABLE:
        return []
    for scope in scopes:
        scopes += scope.get_children()
    return scopes
