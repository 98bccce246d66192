"""The authentic labs: their code cells, exercises and points, as the instructor has them."""

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ['Lab', 'Exercise', 'LabsError', 'read_labs', 'default_folder']


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


def default_folder():
    """The folder ``notebooks`` of the checkout that this library lies in."""
    return Path(__file__).resolve().parents[2] / 'notebooks'


def read_labs(folder=None):
    """{name: Lab} of all labs; some have no exercises.

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
    return {lab.name: lab for lab in labs}


def _read(path, chinese):
    try:
        notebook, other = (json.loads(p.read_text(encoding='utf-8'))['cells']
                           for p in (path, chinese))
    except (KeyError, OSError, ValueError) as error:
        raise LabsError(f'{path.name} cannot be read: {error}') from error
    code = [cell for cell in notebook if cell['cell_type'] == 'code']
    marks = [cell['metadata'].get('nbgrader', {}) for cell in code]
    points = {mark['grade_id']: mark['points'] for mark in marks if mark.get('grade')}
    exercises = {}
    for place, mark in enumerate(marks):
        if mark.get('solution'):
            grade_id = mark['grade_id']
            if f'{grade_id}_check' not in points:
                raise LabsError(f'{path.name}: the exercise {grade_id} has no points')
            exercises[grade_id] = Exercise(grade_id, points[f'{grade_id}_check'], place)
    return Lab(path.stem, {'en': _title(notebook), 'zh': _title(other)},
               tuple(''.join(cell['source']) for cell in code), exercises,
               frozenset(place for place, mark in enumerate(marks) if mark.get('grade')))


def _title(cells):
    text = next((''.join(cell['source']) for cell in cells if cell['cell_type'] == 'markdown'), '')
    return text.partition('\n')[0].lstrip('# ')
