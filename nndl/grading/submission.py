"""Submissions: what is taken of a hand-in, one for each lab that it has exercises of."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from nndl.check.notebook import Malformed, read_notebook

__all__ = ['NothingToGrade', 'Submission', 'lab_by_name', 'submissions_of']

MOST_LISTS = 10_000_000  # in a file; each takes 60 bytes of memory or more
MOST_OTHERS = 500_000  # characters of the cells that hold no answer


class NothingToGrade(Exception):
    """A notebook of a lab without exercises."""


@dataclass
class Submission:
    """The exercises of one lab in a notebook.

    Attributes:
        path: of the hand-in.
        student: whose it is.
        sha256: of the file.
        lab: name of the lab.
        language: 'en' or 'zh'.
        sources: {grade_id: code}.
        faults: {grade_id: why this exercise cannot be graded}.
        others: sources of the other code cells, in their order.
        key: the path; followed by '#' and the lab where the file has several.
        read: gives the bytes of the file.
    """

    path: str
    student: str
    sha256: str
    lab: str
    language: str
    sources: dict
    faults: dict
    others: tuple
    key: str
    read: Callable = None


def submissions_of(hand_in, labs):
    """Read a hand-in.

    Args:
        hand_in: ``HandIn``.
        labs: {name: Lab}.

    Returns:
        A ``Submission`` for each lab that it has exercises of.

    Raises:
        Malformed: if it cannot be read, or is no notebook of format 4 with exercises of a lab.
        NothingToGrade: if it says, or its name does, that it is a lab without exercises.
    """
    content = hand_in.read()
    if content.count(b'[') + content.count(b'{') > MOST_LISTS:
        raise Malformed('it holds more lists than a notebook does: delete its outputs')
    notebook = read_notebook(content, [name for lab in labs.values() for name in lab.exercises])
    found = [name for name, lab in labs.items() if lab.exercises.keys() & notebook.found.keys()]
    said = notebook.lab or next((name for name in labs if name in hand_in.path), '')
    if not found and said in labs and not labs[said].exercises:
        raise NothingToGrade(said)
    if not found and notebook.lab not in labs:
        raise Malformed('no cell of it is marked as an exercise, or defines what one asks for')
    pieces = {source for sources in notebook.found.values() for source in sources}
    others = [source for source in notebook.code if source not in pieces]
    totals = accumulate(map(len, others))
    others = tuple(each for each, total in zip(others, totals, strict=True) if total <= MOST_OTHERS)
    digest = hashlib.sha256(content).hexdigest()

    def submission(name):
        faults = {each: fault for each in labs[name].exercises if (fault := notebook.fault(each))}
        sources = {each: '\n'.join(notebook.found[each]) for each in labs[name].exercises
                   if each not in faults}
        key = f'{hand_in.path}#{name}' if found[1:] else hand_in.path
        return Submission(hand_in.path, hand_in.student, digest, name, notebook.language, sources,
                          faults, others, key, hand_in.read)
    return [submission(name) for name in found or [notebook.lab]]


def lab_by_name(path, labs):
    """The lab that a file's name, or that of its folder, speaks of; None if it speaks of none."""
    return next((lab for name, lab in labs.items() if lab.exercises and name in path), None)
