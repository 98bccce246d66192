"""What is taken from a submission: the source of the exercises' cells, and nothing else.

The file is foreign: it is opened without following links, read up to a size, parsed as JSON and
never as anything that runs.
"""

import errno
import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ['LARGEST_FILE', 'Malformed', 'NothingToGrade', 'Submission', 'find', 'fingerprint',
           'lab_by_name', 'read', 'student_of']

LARGEST_FILE = 20_000_000  # bytes
LARGEST_CELL = 100_000  # characters
MOST_CELLS = 5_000
NO_NOTEBOOK = '*.ipynb'  # stands for the notebook of a student who has handed in none


class Malformed(ValueError):
    """A file is no notebook that can be graded; says why."""


class NothingToGrade(Exception):
    """A notebook of a lab without exercises."""


@dataclass
class Submission:
    """The exercises of one notebook.

    Attributes:
        path: relative to the folder of submissions, with slashes.
        sha256: of the file.
        lab: name of the lab that its exercises belong to.
        language: 'en' or 'zh'.
        sources: {grade_id: code}.
        faults: {grade_id: why this exercise cannot be graded}.
    """

    path: str
    sha256: str
    lab: str
    language: str
    sources: dict
    faults: dict = field(default_factory=dict)


def find(folder):
    """Relative paths of the notebooks below a folder, sorted; linked folders are not entered.

    A student's folder without any is there as 'NAME/*.ipynb', which cannot be read, so that nobody
    is left out silently.

    Raises:
        Malformed: if there are none.
        OSError: if the folder cannot be looked into. A folder below that cannot be is named with
            the notebooks.
    """
    folder, found, closed = Path(folder), [], []
    students = [path.name for path in folder.iterdir()
                if path.is_dir() and not path.is_symlink() and not path.name.startswith('.')]
    for base, folders, names in os.walk(folder, onerror=lambda e: closed.append(e.filename)):
        folders[:] = sorted(name for name in folders if not name.startswith('.'))
        found += [(Path(base) / name).relative_to(folder).as_posix() for name in names
                  if name.lower().endswith('.ipynb') and not name.startswith('.')]
    found += [Path(path).relative_to(folder).as_posix() for path in closed]
    found = [_text(path) for path in found]
    if not found:
        raise Malformed(f'{folder} holds no notebooks (*.ipynb)')
    with_some = {path.partition('/')[0] for path in found}
    return sorted([*found, *(f'{_text(name)}/{NO_NOTEBOOK}' for name in students
                             if _text(name) not in with_some)])


def _text(name):
    """A name that is no text is written with its bytes as \\xNN, and cannot be opened by that."""
    return name.encode('utf-8', 'backslashreplace').decode()


def student_of(path):
    """The student: the folder that the notebook lies in, else the name of the file."""
    first, _, rest = path.partition('/')
    return first if rest else first[:-len('.ipynb')]


def lab_by_name(path, labs):
    """The lab that a file's name, or that of its folder, speaks of; None if it speaks of none."""
    return next((lab for name, lab in labs.items() if lab.exercises and name in path), None)


def fingerprint(folder, path):
    """sha256 of a submission's file; of what kept it from being read, if it cannot be read."""
    try:
        return hashlib.sha256(_content(Path(folder) / path)).hexdigest()
    except Malformed as error:
        return hashlib.sha256(str(error).encode()).hexdigest()


def read(folder, path, labs):
    """Read a submission.

    Args:
        folder: of the submissions.
        path: of the notebook, relative to it.
        labs: {name: Lab}.

    Raises:
        Malformed: if it is no notebook of format 4 with cells of one of the labs.
        NothingToGrade: if it says that it is a lab without exercises.
    """
    content = _content(Path(folder) / path)
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Malformed(f'this is not a notebook: {str(error)[:200]}') from None
    found = _solutions(_cells(notebook), {e for lab in labs.values() for e in lab.exercises})
    name = max(labs, key=lambda name: len(found.keys() & labs[name].exercises.keys()))
    sources, faults = {}, {}
    for grade_id in labs[name].exercises:
        texts = list(dict.fromkeys(found.get(grade_id, [])))
        if len(texts) == 1 and texts[0] is not None:
            sources[grade_id] = texts[0]
        else:
            faults[grade_id] = ('missing' if not texts else 'doubled' if len(texts) > 1
                                else 'too_large')
    if not found:
        said = _said(notebook).get('lab')
        if isinstance(said, str) and said in labs and not labs[said].exercises:
            raise NothingToGrade(said)
        raise Malformed("none of the exercises' cells is in it (their grade_id is missing)")
    return Submission(path, hashlib.sha256(content).hexdigest(), name, _language(notebook),
                      sources, faults)


def _content(path):
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENOENT and path.name == NO_NOTEBOOK:
            raise Malformed('there is no notebook in this folder') from None
        link = error.errno == errno.ELOOP
        raise Malformed('the file is a link' if link else f'cannot be read: {error.strerror}'
                        ) from None
    with os.fdopen(handle, 'rb') as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
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


def _solutions(cells, known):
    """{grade_id: [code of each cell that has it, None where it is too large]}."""
    found = {}
    for cell in cells:
        mark = cell.get('metadata')
        mark = mark.get('nbgrader') if isinstance(mark, dict) else None
        grade_id = mark.get('grade_id') if isinstance(mark, dict) else None
        source = cell.get('source', '')
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = ''.join(source)
        if isinstance(grade_id, str) and grade_id in known and cell.get('cell_type') == 'code':
            good = isinstance(source, str) and len(source) <= LARGEST_CELL
            text = source.encode('utf-8', 'replace').decode() if good else None
            found.setdefault(grade_id, []).append(text)
    return found


def _language(notebook):
    """As the edition says; else by what is written in it."""
    if (said := _said(notebook).get('language')) in ('en', 'zh'):
        return said
    prose = ''.join(str(cell.get('source')) for cell in notebook['cells'][:20]
                    if isinstance(cell, dict) and cell.get('cell_type') == 'markdown')
    return 'zh' if re.search('[\u4e00-\u9fff]', prose) else 'en'


def _said(notebook):
    """What the notebook says about itself; no more than a hint."""
    metadata = notebook.get('metadata')
    said = metadata.get('nndl') if isinstance(metadata, dict) else None
    return said if isinstance(said, dict) else {}
