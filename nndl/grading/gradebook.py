"""Points of a lab, written into one column of the gradebook that the school exported."""

import math
from collections import defaultdict
from pathlib import Path

from nndl.files import write_whole
from nndl.grading.labs import read_labs
from nndl.grading.results import read_csv
from nndl.grading.roster import TableError, compare_with, lines_on, number_in, read_roster, simple
from nndl.grading.summary import best_of

__all__ = ['write_gradebook']


def write_gradebook(grades, roster, out, lab, column=None, labs=None):
    """Write a roster again, with the points of a lab in one column.

    Args:
        grades: folder with grades.csv.
        roster: file, as it was exported.
        out: the new file.
        lab: name of the lab.
        column: its heading; default: the one with the lab's name or title in it.
        labs: folder with the complete labs; None for the kit's.

    Returns:
        (number of cells filled, persons without a submission, lines on cells left as they are).

    Raises:
        TableError: if the files do not fit together, or the new file is there already.
        LabsError: if there are no labs.
    """
    labs, out = read_labs(labs), Path(out)
    if lab not in labs or out.exists():
        raise TableError(f'{out} is there already: give the name of a new file' if lab in labs
                         else f'there is no lab {lab!r}, but {[*labs]}')
    roster = read_roster(roster)
    records = [record for record in read_csv(Path(grades) / 'grades.csv')
               if record['lab'] in (lab, '')]  # '': it could not be read, and may be of any lab
    points, missing, left = _points(roster, records, _column(roster, labs[lab], column, records))
    write_whole(out, lambda file: file.write(_filled(roster, points)))
    return len(points), missing, left


def _column(roster, lab, column, records):
    """The place of the column for a lab's points, if its maximum is that of the lab."""
    headings = [cell.text.strip() for cell in roster.rows[0]]
    names = {simple(name) for name in (lab.name, *lab.title.values())}
    free = [k for k, kind in enumerate(roster.kinds) if not kind]
    found = [k for k in free if (headings[k] == column if column else any(
        name in simple(headings[k]) for name in names))]
    if len(found) != 1:
        raise TableError(f'{len(found)} columns are for {column or lab.name}. Name one of these '
                         f'with --column: {[headings[k] for k in free]}. If none is meant, add '
                         'the assignment at the school, and export again')
    told = {row[found[0]].text for row in roster.rows if row[0].text.strip() == 'Points Possible'}
    told |= {cell.text for row in roster.rows[1:] for kind, cell in zip(
        roster.kinds, row, strict=False) if kind == 'maximum'}
    own = {sum(e['maximum'] for e in record['exercises']) for record in records if record['lab']}
    if wrong := [text for text in told if text.strip() and {number_in(text)} != own != set()]:
        raise TableError(f'{headings[found[0]]!r} is out of {wrong[0]}, {lab.name} out of '
                         f'{max(own):g}: change it at the school, and export again')
    return found[0]


def _points(roster, records, place):
    """{cell: points}, persons without a submission, lines on cells that are left."""
    missing, strangers, ambiguous = compare_with(roster, records)
    left, own, points = lines_on(strangers, ambiguous), defaultdict(list), {}
    for record in records:
        if len(people := roster.match(record['student'])) == 1:
            own[people[0].row].append(record)
    for person in (person for person in roster.people if person.row in own):
        cell, some = person.cells[place], own[person.row]
        best = best_of([record for record in some if record['lab']])
        if failed := [r['path'] for r in some for e in r['exercises'] if e['points'] is None]:
            left.append(f'{person.shown}: the grader failed on {failed[0]}')
        elif not best:
            left.append(f'{person.shown}: {some[0]["path"]} could not be graded, see class.html')
        elif cell.text.strip() not in ('', '-') and math.isnan(number_in(cell.text)):
            left.append(f'{person.shown}: the cell holds {cell.text!r}, which is no number')
        else:
            points[cell] = sum(exercise['points'] for exercise in best)
    return points, missing, left


def _filled(roster, points):
    """The bytes of the roster, with points in some cells."""
    text, pieces, place = roster.text, [], 0
    separator = text[roster.rows[0][0].end]
    numbers = [cell.text for row in roster.rows for kind, cell in zip(
        roster.kinds, row, strict=False) if not kind and number_in(cell.text) >= 0]
    comma = sum(',' in number for number in numbers) > sum('.' in number for number in numbers)
    for cell, value in sorted(points.items(), key=lambda item: item[0].start):
        number = f'{value:.2f}'.rstrip('0').rstrip('.').replace('.', ',' if comma else '.')
        quote = '"' * (text.startswith('"', cell.start) or separator in number)
        pieces += [text[place:cell.start], quote, number, quote]
        place = cell.end
    return ''.join([*pieces, text[place:]]).encode(roster.encoding)
