"""The school's rosters and gradebooks, and points that the instructor sets."""

import argparse
import csv
import io
import json
import re

import pytest
from cases.inputs import schools
from cases.inputs.schools import BAD_LINES, FORMATS, MATCHES, record
from hypothesis import given, settings
from hypothesis import strategies as st

from nndl.commands import gradebook
from nndl.grading.labs import read_labs
from nndl.grading.overrides import apply, read_overrides
from nndl.grading.pages import write_all
from nndl.grading.results import read_csv, write_csv
from nndl.grading.roster import TableError, compare_with, read_roster, split
from nndl.grading.summary import changes

CHANGES = [
    "'=B, resnet_module: 2 -> 1 points (wrong)", 'A, network: 3 -> 5 points (wrong; oral)',
    *(f'C, {name}: 1 -> - points (no longer handed in)'
      for name in ('first_module', 'network', 'resnet_module'))]


def overrides_in(folder, lines):
    with (folder / 'o.csv').open('w', newline='', encoding='utf-8-sig') as file:
        csv.writer(file).writerows([['Student', 'exercise', 'points', 'reason', 'sha256'], *lines])
    return read_overrides(folder / 'o.csv')


def write_run(folder, records, lines=()):
    """What ``grade`` leaves."""
    write_csv(apply(overrides_in(folder, lines), records), folder / 'grades.csv')


def fill(folder, roster, *options):
    """The exit code of the command; the new file is out.csv."""
    (folder / 'roster.csv').write_bytes(roster)
    parser = argparse.ArgumentParser()
    gradebook.add_to(parser.add_subparsers())
    given = ['--roster', f'{folder}/roster.csv', '--lab', schools.LAB, '--out', f'{folder}/out.csv']
    options = parser.parse_args(['gradebook', str(folder), *given, *options])
    return options.command(options)


@settings(max_examples=500)
@given(st.text(',;\t"\r\na', max_size=15), st.sampled_from(',;\t'))
def test_cells_are_those_of_the_csv_module_and_lie_where_they_should(text, delimiter):
    def read(part):
        return [*csv.reader(io.StringIO(part, newline=''), delimiter=delimiter)]

    rows = split(text, delimiter)
    assert [[cell.text for cell in row] for row in rows] == [row or [''] for row in read(text)]
    for cell in (cell for row in rows for cell in row):
        assert read(text[cell.start:cell.end]) in ([[cell.text]], []), cell
    assert split('\ufeff"a,b"', ',') == [[('a,b', 1, 6)]]


@pytest.mark.parametrize('name', FORMATS)
def test_a_class_goes_round_trip(tmp_path, capsys, name):
    """Every byte outside of the filled cells is equal; each filled cell has its points."""
    table, encoding, folder_of = FORMATS[name]
    people = schools.students()
    records, lines, cells, left = schools.hand_ins(people, folder_of)
    write_run(tmp_path, [*records, record('戊戊', [1, 1, 1])], lines)
    before = table(people, {p.k: p.before for p in people}).encode(encoding)
    assert fill(tmp_path, before) == 2
    told = capsys.readouterr()
    assert '戊戊 is in no row of the roster' in told.err
    assert told.err.count('\n') == len(left) + 1 and 'the grader failed on' in told.err
    assert f'points of {270 - len(left)} students; of 30 on the roster no submission' in told.out
    assert (tmp_path / 'out.csv').read_bytes() == table(people, cells).encode(encoding)
    assert (tmp_path / 'roster.csv').read_bytes() == before


def test_a_student_is_found_or_not_never_guessed(tmp_path):
    (tmp_path / 'r').write_text(schools.ROSTER)
    roster = read_roster(tmp_path / 'r')
    assert {student: sorted(person.row for person in roster.match(student))
            for student in MATCHES} == MATCHES


@pytest.mark.parametrize(('roster', 'column', 'says'), schools.REFUSED)
def test_what_is_refused(tmp_path, capsys, roster, column, says):
    write_run(tmp_path, [record('A', [1, 2, 3])])
    assert fill(tmp_path, roster, *(['--column', column] if column else [])) == 1
    assert re.search(says, error := capsys.readouterr().err), error
    assert not (tmp_path / 'out.csv').exists()


def test_it_writes_over_nothing_and_takes_what_the_instructor_set(tmp_path, capsys):
    unread = record('B', [0], 'B/x', lab='', reason='no JSON')
    write_run(tmp_path, [record('A', [1, 2, 3], sha256='a' * 64), unread,
                         record('C', [1, 2, 3], sha256='c' * 64)],
              [['C', 'network', '4,5', 'why', 'c' * 8]])
    roster = b'name,Grade\r\nA,EX\r\nB,\r\nC,'
    for options, code, says in (
            (['--lab', '09'], 1, "there is no lab '09', but ['00_start'"),
            (['--column', 'Grade'], 2, "A: the cell holds 'EX', which is no number\n"
             'nndl gradebook: no points are written: B: B/x could not be graded'),
            (['--out', f'{tmp_path}/roster.csv'], 1, 'roster.csv is there already')):
        assert fill(tmp_path, roster, *options) == code
        assert says in capsys.readouterr().err
    assert (tmp_path / 'out.csv').read_bytes() == roster + b'7.5'


def test_who_gains_or_loses_points_is_told_with_the_reason(tmp_path):
    write_csv([record('A', [1, 2, 3]), record('=B', [2, 2, 2]), record('C', [1, 1, 1])],
              tmp_path / 'grades.csv')
    now = apply(overrides_in(tmp_path, [['A', 'network', '5', 'oral', 'a' * 8]]), [
        record('A', [1, 2, 3], sha256='a' * 64), record('=B', [2, None, 2]),
        record('=B', [1, 1, 2], 'other.ipynb')])
    assert [*changes(read_csv(tmp_path / 'grades.csv'), now)] == CHANGES


def test_overrides_that_cannot_be_applied_are_all_named(tmp_path):
    records = [record('甲木', [2, 3, 5], sha256='a' * 64), record('乙', [0], lab='')]
    for line, says in BAD_LINES:
        with pytest.raises(TableError, match=f'(?s)o.csv, row 2: .*{says}'):
            apply(overrides_in(tmp_path, [line]), records)
    right = ['甲木', 'network', '1', 'why', 'a' * 8]
    with pytest.raises(TableError, match='甲木, network is there twice') as caught:
        apply(overrides_in(tmp_path, [right, right, *(line for line, _ in BAD_LINES)]), records)
    assert str(caught.value).count('o.csv, row ') == 1 + len(BAD_LINES)
    (tmp_path / 'o.csv').write_text('student,points\na,1\n')
    with pytest.raises(TableError, match=r"\['exercise', 'reason', 'sha256'\] are missing"):
        read_overrides(tmp_path / 'o.csv')


def test_pages_show_overrides_and_the_roster(tmp_path, capsys):
    records = [record('=甲', [2, 3, 5], sha256='a' * 64), record('丁金', [None, 1, 1])]
    kept = json.dumps(records)
    done = apply(overrides_in(tmp_path, [["'=甲", 'network', '2', '=oral', 'A' * 9], [
        '丁金', 'first_module', '1', 'x', records[1]['sha256']]]), records)
    assert json.dumps(records) == kept, 'the results stay as they were graded'
    (tmp_path / 'roster.csv').write_text(schools.ROSTER)
    roster = read_roster(tmp_path / 'roster.csv')
    assert [len(part) for part in compare_with(roster, done)] == [8, 1, 1]
    assert write_all(done, read_labs(), tmp_path, 'zh', roster) == [], 'the instructor decided'
    (tmp_path / 'told').write_text(capsys.readouterr().out)
    for text, files in schools.SHOWN.items():
        assert text in ' '.join(path.read_text() for path in tmp_path.glob(files))
    rows = csv.DictReader((tmp_path / 'grades.csv').read_text('utf-8-sig').splitlines())
    assert [row['override'] for row in rows] == ['', '', "'=oral", 'x', '', '']
