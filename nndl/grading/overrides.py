"""Points that the instructor sets, put into the records after grading, every time anew."""

import re

from nndl.grading.results import harmless
from nndl.grading.roster import TableError, number_in, read_lines

__all__ = ['apply', 'read_overrides']

COLUMNS = {'student', 'exercise', 'points', 'reason', 'sha256'}


def read_overrides(path):
    """The lines of a table as dicts with student, exercise, points, reason, sha256 and place.

    Raises:
        TableError: if it is no table, or a column is missing.
    """
    return read_lines(path, COLUMNS)


def apply(overrides, records):
    """New records, in which an exercise that was set has an 'override' with what it had before.

    Args:
        overrides: from ``read_overrides``.
        records: of submissions; they stay as they are.

    Raises:
        TableError: naming every line that cannot be applied, and why.
    """
    new, problems = {}, []
    for line in overrides:
        own = [(record, exercise) for record in records for exercise in record['exercises']
               if line['student'] in (record['student'], harmless(record['student']))]
        found = [(r, e) for r, e in own if e['grade_id'] == line['exercise'] != '']
        same = [e for r, e in found if r['sha256'].startswith(line['sha256'].lower())]
        twice = any(id(exercise) in new for exercise in same)
        if problem := _problem(line, own, found, same, twice):
            problems.append(f'{line["place"]}: {problem}')
        new |= {id(e): {'points': number_in(line['points']), 'override': {
            'points': e['points'], 'reason': line['reason']}} for e in same}
    if problems:
        raise TableError('\n'.join(problems))
    return [record | {'exercises': [e | new.get(id(e), {}) for e in record['exercises']]}
            for record in records]


def _problem(line, own, found, same, twice):
    """Why a line cannot be applied, and what to do; '' if it can."""
    student, exercise, sha256 = line['student'], line['exercise'], line['sha256']
    maximum = max((e['maximum'] for _, e in found), default=0)
    return next((problem for wrong, problem in (
        (not own, f'there is no submission of {student!r}: copy the name from grades.csv'),
        (not found, f'{student} handed in no exercise {exercise!r}, but '
                    f'{sorted({e["grade_id"] for _, e in own})}'),
        (not 0 <= number_in(line['points']) <= maximum,
         f'the points are {line["points"]!r}: give a number from 0 to {maximum:g}'),
        (not line['reason'], f'give {student} a reason; it stands on the feedback page'),
        (not re.fullmatch('[0-9a-fA-F]{8,64}', sha256),
         f'the sha256 is {sha256!r}: give 8 characters of it or more, from grades.csv'),
        (not same, f'the submission of {student} has changed since: look at it again, and write '
                   f'its sha256 {[r["sha256"] for r, _ in found]}, or take the line out'),
        (twice, f'{student}, {exercise} is there twice: keep one line'),
    ) if wrong), '')
