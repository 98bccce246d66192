"""Submissions: the notebooks below a folder, and what is taken of each."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from nndl.check.notebook import Malformed, content_of, read_notebook

__all__ = ['Malformed', 'NothingToGrade', 'Submission', 'find', 'fingerprint', 'lab_by_name',
           'read', 'student_of']

NO_NOTEBOOK = '*.ipynb'  # stands for the notebook of a student who has handed in none


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
    notebook = read_notebook(content, {e for lab in labs.values() for e in lab.exercises})
    found = notebook.found
    if not found:
        if notebook.lab in labs and not labs[notebook.lab].exercises:
            raise NothingToGrade(notebook.lab)
        raise Malformed("none of the exercises' cells is in it (their grade_id is missing)")
    name = max(labs, key=lambda name: len(found.keys() & labs[name].exercises.keys()))
    faults = {grade_id: fault for grade_id in labs[name].exercises
              if (fault := notebook.fault(grade_id))}
    sources = {grade_id: found[grade_id][0] for grade_id in labs[name].exercises
               if grade_id not in faults}
    return Submission(path, hashlib.sha256(content).hexdigest(), name, notebook.language,
                      sources, faults)


def _content(path):
    if path.name == NO_NOTEBOOK and not path.exists():
        raise Malformed('there is no notebook in this folder')
    return content_of(path)
