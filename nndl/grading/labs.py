"""The authentic labs: their code cells, exercises and points, as the instructor has them."""

import symtable
from dataclasses import dataclass
from pathlib import Path

import nbformat

__all__ = ['Lab', 'Exercise', 'LabsError', 'read_labs', 'default_folder', 'needed_cells']


class LabsError(RuntimeError):
    """The labs are not where they should be, or not what they should be."""


@dataclass(frozen=True)
class Exercise:
    """An exercise of a lab: its name, its points, and the place of its cell among the code."""

    grade_id: str
    points: float
    place: int


@dataclass(frozen=True)
class Lab:
    """A lab with exercises.

    Attributes:
        name: for example '01_residual_block'.
        title: {'en': ..., 'zh': ...}.
        cells: sources of the complete English edition's code cells.
        exercises: {grade_id: Exercise}, in their order.
        checks: places of the cells that check an exercise.
    """

    name: str
    title: dict
    cells: tuple
    exercises: dict
    checks: frozenset

    @property
    def points(self):
        return sum(exercise.points for exercise in self.exercises.values())


def default_folder():
    """The folder ``notebooks`` of the checkout that this library lies in."""
    return Path(__file__).resolve().parents[2] / 'notebooks'


def read_labs(folder=None):
    """{name: Lab} of all labs that have exercises.

    Args:
        folder: with the complete editions in ``en`` and ``zh``; default: the checkout's.

    Raises:
        LabsError: if they cannot be read.
    """
    folder = default_folder() if folder is None else Path(folder)
    paths = sorted((folder / 'en').glob('*.ipynb'))
    if not paths:
        raise LabsError(f'there are no labs in {folder / "en"}: give the folder notebooks of a '
                        'checkout with --labs')
    labs = [_read(path, folder / 'zh' / path.name) for path in paths]
    return {lab.name: lab for lab in labs if lab.exercises}


def _read(path, chinese):
    try:
        notebook, other = (nbformat.read(p, as_version=4) for p in (path, chinese))
    except (OSError, ValueError) as error:
        raise LabsError(f'{path.name} cannot be read: {error}') from error
    code = [cell for cell in notebook.cells if cell.cell_type == 'code']
    marks = [cell.metadata.get('nbgrader', {}) for cell in code]
    points = {mark['grade_id']: mark['points'] for mark in marks if mark.get('grade')}
    exercises = {}
    for place, mark in enumerate(marks):
        if mark.get('solution'):
            grade_id = mark['grade_id']
            if f'{grade_id}_check' not in points:
                raise LabsError(f'{path.name}: the exercise {grade_id} has no points')
            exercises[grade_id] = Exercise(grade_id, points[f'{grade_id}_check'], place)
    return Lab(path.stem, {'en': _title(notebook), 'zh': _title(other)},
               tuple(cell.source for cell in code), exercises,
               frozenset(place for place, mark in enumerate(marks) if mark.get('grade')))


def needed_cells(lab, sources):
    """Places of the lab's own cells that exercises need: those that give names a meaning.

    Args:
        lab: ``Lab``.
        sources: {grade_id: the code in that exercise's cell}; the names that the lab's own
            solution uses are counted too.

    Returns:
        Sorted places, the first cell always among them.
    """
    places, solutions = {0}, {e.place for e in lab.exercises.values()}
    for grade_id in sources:
        exercise = lab.exercises[grade_id]
        wanted = used(lab.cells[exercise.place]) | used(sources[grade_id])
        for place in range(exercise.place - 1, 0, -1):
            own = place not in solutions | lab.checks
            if own and bound(lab.cells[place]) & wanted:
                places.add(place)
                wanted |= used(lab.cells[place])
    return sorted(places)


def bound(code):
    """Names that a cell gives a value."""
    return {symbol.get_name() for table in _tables(code)[:1] for symbol in table.get_symbols()
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()}


def used(code):
    """Names that a cell takes from others, or from itself."""
    tables = _tables(code)
    return {symbol.get_name() for table in tables for symbol in table.get_symbols()
            if symbol.is_referenced() and (table is tables[0] or symbol.is_global())}


def _tables(code):
    """Scopes of Python code, the outermost first; none if it is not Python."""
    try:
        tables = [symtable.symtable(code, 'cell', 'exec')]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    for table in tables:
        tables += table.get_children()
    return tables


def _title(notebook):
    text = next((cell.source for cell in notebook.cells if cell.cell_type == 'markdown'), '')
    return text.partition('\n')[0].lstrip('# ')
