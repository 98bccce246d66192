"""Reads a notebook file that may be anything: only the source of the exercises' cells is taken.

It is opened without following links, read up to a size, parsed as JSON and never as anything that
runs.
"""

import errno
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

__all__ = ['Malformed', 'Notebook', 'content_of', 'read_notebook']

LARGEST_FILE = 20_000_000  # bytes
LARGEST_CELL = 100_000  # characters
MOST_CELLS = 5_000
NO_LINKS = getattr(os, 'O_NOFOLLOW', 0) | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0)


class Malformed(ValueError):
    """A file is no notebook of the labs; says why."""


@dataclass(frozen=True)
class Notebook:
    """What is read of a notebook.

    Attributes:
        found: {grade_id: [source of each cell that has it, None where it is too large]}.
        lab: name of the lab that it says it is, '' if it says none.
        language: 'en' or 'zh', as it says; else by what is written in it.
        code: sources of all code cells.
        points: {grade_id: points}, from the cells that check.
        checks: places of those cells among the code cells.
    """

    found: dict
    lab: str
    language: str
    code: tuple
    points: dict
    checks: frozenset

    def fault(self, grade_id):
        """Why an exercise cannot be judged: 'missing', 'doubled' or 'too_large'; '' if it can."""
        texts = set(self.found.get(grade_id, ()))
        return ('missing' if not texts else 'doubled' if len(texts) > 1
                else 'too_large' if None in texts else '')


def read_notebook(content, known):
    """Read the bytes of a notebook file.

    Args:
        content: of the file.
        known: names of the exercises.

    Returns:
        ``Notebook``.

    Raises:
        Malformed: if it is no notebook of format 4.
    """
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Malformed(f'this is not a notebook: {str(error)[:200]}') from None
    cells, found, points, code, checks = _cells(notebook), {}, {}, [], set()
    for cell in cells:
        if cell.get('cell_type') != 'code':
            continue
        mark = _mark(cell)
        grade_id, worth = mark.get('grade_id'), mark.get('points')
        if grade_id in known:
            found.setdefault(grade_id, []).append(_source(cell))
        elif mark.get('grade') and type(worth) in (int, float) and isinstance(grade_id, str):
            points[grade_id.removesuffix('_check')] = worth
            checks.add(len(code))
        code.append(_source(cell) or '')
    lab = _said(notebook).get('lab')
    return Notebook(found, lab if isinstance(lab, str) else '', _language(notebook, cells),
                    tuple(code), points, frozenset(checks))


def content_of(path):
    """The bytes of a file.

    Raises:
        Malformed: if it is a link, too large or cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | NO_LINKS)
    except OSError as error:
        raise Malformed('the file is a link' if error.errno == errno.ELOOP
                        else f'cannot be read: {error.strerror}') from None
    with os.fdopen(handle, 'rb') as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or Path(path).is_symlink():
            raise Malformed('this is not a file')
        if about.st_size > LARGEST_FILE:
            raise Malformed(f'the file has {about.st_size} bytes; up to {LARGEST_FILE} are read')
        return file.read(LARGEST_FILE + 1)


def _cells(notebook):
    if not isinstance(notebook, dict) or notebook.get('nbformat') != 4:
        version = notebook.get('nbformat') if isinstance(notebook, dict) else None
        raise Malformed(f'this is a notebook of format {str(version)[:20]}, not 4')
    cells = notebook.get('cells')
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise Malformed('its cells are not a list of reasonable length')
    return [cell for cell in cells if isinstance(cell, dict)]


def _source(cell):
    """As text that every file can hold; None if it is too large or no text."""
    source = cell.get('source', '')
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = ''.join(source)
    if not isinstance(source, str) or len(source) > LARGEST_CELL:
        return None
    return source.encode('utf-8', 'replace').decode()


def _mark(cell):
    """nbgrader's metadata of a cell, {} if there are none such."""
    metadata = cell.get('metadata')
    mark = metadata.get('nbgrader') if isinstance(metadata, dict) else None
    return mark if isinstance(mark, dict) and isinstance(mark.get('grade_id'), str) else {}


def _language(notebook, cells):
    if (said := _said(notebook).get('language')) in ('en', 'zh'):
        return said
    prose = ''.join(str(cell.get('source')) for cell in cells[:20]
                    if cell.get('cell_type') == 'markdown')
    return 'zh' if re.search('[\u4e00-\u9fff]', prose) else 'en'


def _said(notebook):
    """What the notebook says about itself; no more than a hint."""
    metadata = notebook.get('metadata')
    said = metadata.get('nndl') if isinstance(metadata, dict) else None
    return said if isinstance(said, dict) else {}
