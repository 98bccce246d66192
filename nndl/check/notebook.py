"""Reads a notebook file that may be anything: only the source of its code cells is taken.

It is read up to a size, parsed as JSON and never as anything that runs. An exercise is found by
nbgrader's metadata of its cell, else by the cell's id, else by the name that the cell defines.
"""

import json
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from nndl.check.catalog import about

__all__ = ['FAULTS', 'Malformed', 'Notebook', 'content_of', 'defines', 'read_notebook']

LARGEST_FILE = 100_000_000  # bytes; most of them what a loop has printed
LARGEST_CELL = 100_000  # characters
MOST_CELLS = 5_000
STUB = re.compile(r'^\s*raise NotImplementedError(\(\))?$', re.MULTILINE)
# A comment or a string; one that is not closed ends as well, so that all takes linear time.
TOKEN = re.compile(r"""#[^\n]*|("{3}|'{3})(?:\\.|.)*?(?:\1|\Z)|(["'])(?:\\.|(?!\2)[^\\\n])*+\2?""",
                   re.DOTALL)

FAULTS = {  # of the cells of an exercise
    'en': {'missing': 'its cell is not in the file: was it deleted, or made anew?',
           'doubled': 'there are two different cells of this exercise in the file: delete one',
           'too_large': 'its cell is too large to be read',
           'unreadable': 'in the file, its code is no text'},
    'zh': {'missing': '文件里没有这道练习的单元格：是被删掉了，还是重新建了一个？',
           'doubled': '文件里有两个不同的单元格都属于这道练习：请删掉一个',
           'too_large': '它的单元格太大，无法读取', 'unreadable': '文件里它的代码不是文本'},
}


class Malformed(ValueError):
    """A file is no notebook of the labs; says why."""


@dataclass(frozen=True)
class Notebook:
    """The parts of a notebook that are read.

    Attributes:
        found: {grade_id: sources of the cells with the answer, several if it was split}.
        faults: {grade_id: one of ``FAULTS``, but 'missing'}.
        lab: name of the lab that it says it is, '' if it says none.
        language: 'en' or 'zh', as it says; else by what is written in it.
        code: sources of all code cells, '' where one cannot be read.
        points: {grade_id: points}, from the cells that check.
    """

    found: dict
    faults: dict
    lab: str
    language: str
    code: tuple
    points: dict

    def fault(self, grade_id):
        """Why an exercise cannot be judged: as in ``faults``, or 'missing'; '' if it can."""
        return self.faults.get(grade_id, '' if grade_id in self.found else 'missing')


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
    every = _cells(notebook)
    cells = [(cell, *_source(cell)) for cell in every if cell.get('cell_type') == 'code']
    code, said = tuple(source for _, source, _ in cells), _metadata(notebook, 'nndl')
    points = {str(mark.get('grade_id')).removesuffix('_check'): mark['points'] for mark in (
        _metadata(cell, 'nbgrader') for cell, *_ in cells)
        if mark.get('grade') and type(mark.get('points')) in (int, float)}
    lab = said['lab'] if isinstance(said.get('lab'), str) else ''
    marks = [str(_metadata(cell, 'nbgrader').get('grade_id', cell.get('id'))) for cell, *_ in cells]
    answers, faults = {}, {}
    for name in _looked_for(known, {lab, *marks, *points}, '\n'.join(code)):
        mine = [place for place, mark in enumerate(marks) if mark == name]
        answers[name], fault = _answer(about(name).NAME, mine, code)
        if fault := next((cells[place][2] for place in mine if cells[place][2]), fault):
            faults[name] = fault
    found = {name: tuple(code[place] for place in places) for name, places
             in sorted(answers.items(), key=lambda answer: answer[1]) if places}
    return Notebook(found, faults, lab, _language(said, every), code, points)


def content_of(path):
    """The bytes of a file.

    Raises:
        Malformed: if it is a link, too large, or cannot be read.
    """
    try:
        status = Path(path).lstat()
        if not stat.S_ISREG(status.st_mode):
            raise Malformed('this is a link, or not a file')
        if status.st_size > LARGEST_FILE:
            raise Malformed(f'the file has {status.st_size} bytes; up to {LARGEST_FILE} are read')
        return Path(path).read_bytes()
    except OSError as error:
        raise Malformed(f'cannot be read: {error.strerror}') from None


def defines(name, source):
    """Tell if code gives a name its value, outside of functions and classes."""
    return bool(re.search(rf'^(?:async +def|class|def) +{name}\b|^{name} *(?::[^=\n]*)?=(?!=)',
                          source, re.MULTILINE))


def _looked_for(known, marks, text):
    """Names of the exercises of the labs that a notebook is of; all if nothing tells the labs."""
    labs = {name: about(name).LAB for name in known}
    of = {lab for name, lab in labs.items() if marks & {name, lab} or f'check.{name}(' in text}
    return [name for name, lab in labs.items() if lab in (of or labs.values())]


def _answer(name, mine, code):
    """(places of the cells that hold an answer, its fault).

    An answer goes before a stub, and a marked cell before another that defines the name. Marked
    cells that do not define it are parts of one that was split.
    """
    plain = {place: _plain(source) for place, source in enumerate(code)
             if place in mine or name in source}
    rank = {place: (bool(STUB.search(text)), place not in mine)
            for place, text in plain.items() if defines(name, text)}
    best = min(rank.values(), default=None)
    answers = {plain[place]: place for place in rank if rank[place] == best}  # equal ones are one
    halves = {plain[place]: place for place in mine if place not in rank and plain[place]}
    places = sorted([*answers.values(), *halves.values()]) or mine[:1]
    too_large = sum(len(code[place]) for place in places) > LARGEST_CELL
    return places, 'doubled' if len(answers) > 1 else 'too_large' * too_large


def _plain(source):
    """Code without comments and unseen blank space; each string in it on one line."""
    text = TOKEN.sub(lambda token: '' if token[0][0] == '#' else repr(token[0]), source)
    return '\n'.join(filter(None, map(str.rstrip, text.split('\n'))))


def _cells(notebook):
    version = notebook.get('nbformat') if isinstance(notebook, dict) else None
    if version != 4:
        raise Malformed(f'this is a notebook of format {str(version)[:20]}, not 4')
    cells = notebook.get('cells')
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise Malformed('its cells are not a list of reasonable length')
    return [cell for cell in cells if isinstance(cell, dict)]


def _source(cell):
    """(its source as text that every file can hold, ''), or ('', why it has none)."""
    source = cell.get('source', '')
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = ''.join(source)
    if not isinstance(source, str) or len(source) > LARGEST_CELL:
        return '', 'too_large' if isinstance(source, str) else 'unreadable'
    return source.encode('utf-8', 'replace').decode(), ''


def _metadata(thing, name):
    """Return the kit's metadata of a notebook or a cell; a student may have changed it."""
    metadata = thing.get('metadata')
    said = metadata.get(name) if isinstance(metadata, dict) else None
    return said if isinstance(said, dict) else {}


def _language(said, cells):
    if said.get('language') in ('en', 'zh'):
        return said['language']
    prose = ''.join(str(cell.get('source')) for cell in cells[:20]
                    if cell.get('cell_type') == 'markdown')
    return 'zh' if re.search('[\u4e00-\u9fff]', prose) else 'en'
