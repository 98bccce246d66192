"""The school's tables as they are exported, and the row of a roster that a student is in."""

import re
import unicodedata
from collections import defaultdict, namedtuple
from pathlib import Path
from typing import NamedTuple

__all__ = ['Roster', 'TableError', 'compare_with', 'lines_on', 'number_in', 'read_lines',
           'read_roster', 'simple', 'split']

HEADINGS = {  # simplified
    'participant': 'identifier 标识符',
    'id': 'id sisuserid sisloginid integrationid idnumber studentid studentnumber username login '
          'email emailaddress mail 学号 id号 学号id号 用户名 电子邮件 电子邮件地址 email地址 邮箱',
    'name': 'student name fullname studentname 姓名 全名 学生 学生姓名',
    'last': 'lastname surname familyname 姓 姓氏',
    'first': 'firstname givenname 名 名字',
    'maximum': 'maximumgrade maxgrade 最高分 最高成绩 满分',
}
KINDS = {heading: kind for kind, names in HEADINGS.items() for heading in names.split()}
ENCODINGS = 'utf-8', 'utf-16-le', 'utf-16-be', 'gb18030'
NOBODY = {'Points Possible', 'Student, Test'}  # in lines that Canvas adds
SHORT = 3  # a number of so few digits, as in lab01, is an id only beside the student's name


class TableError(ValueError):
    """A table cannot be used; says where, and what to do."""


# A text without its quotes, and where it starts and ends in the file.
Cell = namedtuple('Cell', 'text start end')
# A row, counted from 1: a text to show, all cells, ids and names to compare.
Person = namedtuple('Person', 'row shown cells ids names')


class Roster(NamedTuple):
    """A table of students; ``text`` in ``encoding`` is the file, ``kinds`` tells of each column."""

    text: str
    encoding: str
    rows: list
    kinds: list
    people: list

    def match(self, student):
        """Find a student by an id in the text, else by an id, an address or a name that it is.

        Args:
            student: as in a record, for example '王小明_12345_assignsubmission_file'.

        Returns:
            All persons that fit: one if it is certain; several if nothing tells them apart, or
            if the number is one person's and the name another's.
        """
        text = _folded(student)
        texts = {*text.split('/')}  # archive/name
        whole = {simple(t) for name in texts for t in (name, re.split(r'_\d+(?:_|$)', name)[0])}
        parts = whole | {simple(part) for part in re.split(r'[\d_/]+', text)}
        keys = {*re.findall(r'\d+', text), *re.findall(r'[a-z\d]*\d[a-z\d]*', text)}
        if moodle := re.search(r'_(\d+)_assignsubmission', text):
            keys = {f'participant {moodle[1]}'}
        named = [p for p in self.people if texts & p.ids or whole & p.names]
        mentioned = [p for p in self.people if texts & p.ids or parts & p.names]
        numbered = [p for p in self.people if any(
            len(key) > SHORT or p in mentioned for key in keys & p.ids)]
        both = [p for p in numbered if p in mentioned]
        return both or (numbered + mentioned if numbered and mentioned else numbered or named)


def read_roster(path):
    """Read a gradebook of Canvas or Moodle, a grading worksheet, or any table of students.

    Raises:
        TableError: if it is no table with a column of names or ids.
    """
    text, encoding, rows = read_table(path)
    kinds = [KINDS.get(simple(cell.text)) for cell in rows[0]]
    if not {*kinds} - {None, 'maximum'}:
        raise TableError(f'{path} has the headings {[cell.text for cell in rows[0]]}: needed is a '
                         'column of names or ids (Student, First name, ID number, 姓名, 学号, ...)')
    people = [_person(row, cells, kinds) for row, cells in enumerate(rows, 1)]
    return Roster(text, encoding, rows, kinds, [person for person in people[1:] if person])


def compare_with(roster, records):
    """Compare a roster with the students of submissions.

    Returns:
        (persons without a submission, students in no row, {student: persons if several fit}).
    """
    fits = {student: roster.match(student) for student in sorted({r['student'] for r in records})}
    seen = {person.row for people in fits.values() for person in people}
    return ([person for person in roster.people if person.row not in seen],
            [student for student, people in fits.items() if not people],
            {student: people for student, people in fits.items() if len(people) > 1})


def lines_on(strangers, ambiguous):
    """Lines on students without a row of their own, as ``compare_with`` found them."""
    return [f'{student} is in no row of the roster' for student in strangers] + [
        f'{student} may be in row {" or ".join(str(person.row) for person in people)}: name the '
        'folder after the id' for student, people in ambiguous.items()]


def read_lines(path, columns):
    """The lines of a table as dicts, each with its ``place`` in the file.

    Raises:
        TableError: if it is no table, or one of these columns is missing.
    """
    _, _, (first, *rows) = read_table(path)
    headings = [simple(cell.text) for cell in first]
    if missing := sorted({*columns} - {*headings}):
        raise TableError(f'{path} has the columns {headings}; {missing} are missing')
    return [dict(zip(headings, (cell.text.strip() for cell in row), strict=True))
            | {'place': f'{path}, row {k}'} for k, row in enumerate(rows, 2)
            if any(cell.text.strip() for cell in row)]


def read_table(path):
    """Read a table in UTF-8, UTF-16 or GB18030, with commas, semicolons or tabs between cells.

    Returns:
        (text, encoding, rows of ``Cell``); encoded, the text is the bytes of the file.

    Raises:
        TableError: if it is no table, or one of its rows does not fit the headings.
    """
    content = Path(path).read_bytes()
    for encoding in ENCODINGS:
        text = content.decode(encoding, 'replace')
        marked = text.startswith('\ufeff') or not encoding.startswith('utf-16')
        if marked and '\0' not in text and text.encode(encoding) == content:
            break
    else:
        raise TableError(f'{path} is no text in UTF-8, UTF-16 or GB18030: export it as CSV')
    first, *_ = re.sub('"[^"]*"', '', text).splitlines() or ['']
    rows = split(text, max(',;\t', key=first.count)) or [[Cell('', 0, 0)]]
    for k, row in enumerate(rows, 1):
        last = text[row[-1].start:row[-1].end]
        unclosed = last.startswith('"') and last.count('"') % 2
        if unclosed or len(row) != len(rows[0]) and any(cell.text for cell in row):
            why = 'a " is missing' if unclosed else f'{len(row)} cells, {len(rows[0])} headings'
            raise TableError(f'{path}, row {k}: {why}. Export the file again')
    return text, encoding, rows


def split(text, delimiter):
    """The rows of a text, as the csv module reads them, each a list of ``Cell``."""
    pattern = re.compile(rf'(?:"((?:[^"]|"")*+)"?)?+([^{delimiter}\r\n]*)'
                         rf'({delimiter}|\r\n|\r|\n|\Z)')
    rows, place = [[]], int(text.startswith('\ufeff'))
    while place < len(text) or rows[-1]:
        quoted, rest, end = (match := pattern.match(text, place)).groups(default='')
        rows[-1].append(Cell(quoted.replace('""', '"') + rest, place, match.start(3)))
        place = match.end()
        if end != delimiter:
            rows.append([])
    return rows[:-1]


def number_in(cell):
    """The number that a text is, with a point or a comma; nan if it is none."""
    text = cell.strip().replace(',', '.')
    return float(text if re.fullmatch(r'[0-9]+(\.[0-9]+)?', text) else 'nan')


def simple(text):
    """A text for comparing, without capitals, spaces and punctuation, as in Canvas' file names."""
    return ''.join(c for c in _folded(text) if unicodedata.category(c)[0] not in 'CPZ')


def _folded(text):
    return ' '.join(unicodedata.normalize('NFC', text).casefold().split())


def _person(row, cells, kinds):
    """The person in a row; None in a blank line, and in those that Canvas adds."""
    texts = defaultdict(list)
    for kind, cell in zip(kinds, cells, strict=False):
        # ="007" is how spreadsheets keep a text as it is.
        if text := re.sub(r'^\s*="(.*)"\s*$', r'\1', cell.text).strip():
            texts[kind].append(text)
    ids = texts['id'] + texts['participant']
    names = [name for name in (*texts['name'], ', '.join(texts['last'] + texts['first'])) if name]
    numbers = re.findall(r'\d+', ' '.join(texts['participant']))
    keys = {*map(_folded, ids), *numbers, *(f'participant {number}' for number in numbers)}
    turns = {simple(''.join(parts[k:] + parts[:k])) for name in names  # 'Li, Ming' is 'Ming Li'
             for parts in [re.split('[,，]', name) if re.search('[,，]', name) else name.split()]
             for k in range(len(parts))}
    if not (ids or names) or NOBODY & {*names}:
        return None
    return Person(row, ' · '.join([*names[:1], *ids[:1]]), cells, keys, turns - {''})
