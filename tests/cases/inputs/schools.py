"""A school: made-up students, the tables that it exports, and what is wrong with a table."""

import csv
import hashlib
import io
import itertools
import random
from types import SimpleNamespace

LAB = '02_resnet18'
MAXIMA = {'first_module': 2, 'resnet_module': 3, 'network': 5}
LAST, FIRST = '甲乙丙丁戊己庚辛壬癸', '木火土金水风雨山川石'
SYLLABLES = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'se', 'to', 'vi', 'zu']
HEADING = 'Lab 02 · ResNet18 (77)'


def _name(k, chance):
    if k % 40 == 5:
        return '=cmd|', f'calc!A{k}'
    if k % 3 == 0:
        return tuple(''.join(chance.sample(SYLLABLES, 3)).title() for _ in range(2))
    return LAST[k % 10], FIRST[k // 10 % 10] + FIRST[k // 100]


def students(number=300):
    """Made-up students; each tenth hands in nothing, and some have a name that another has."""
    chance = random.Random(0)
    made = []
    for k in range(number):
        last, first = _name(k, chance)
        if k in (22, 122, 222):
            last, first = '癸', '木木'
        made.append(SimpleNamespace(
            k=k, last=last, first=first, id=f'{k * 37 % 5000:05d}' if k else '5', canvas=70000 + k,
            login=f'u{k}x', email=f'u{k}@school.example', before=chance.choice(['', '', '3'])))
    return made


def _table(rows, delimiter=',', end='\n', quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue()


def _canvas(people, cells, split=False, comma=False, **style):
    def point(text):
        return text.replace('.', ',') if comma else text

    names = ['LastName', 'FirstName'] if split else ['Student']
    pad = [''] * split
    rows = [[*names, 'ID', 'SIS User ID', 'SIS Login ID', 'Section', '"Notes": a, b, c, d, e, f, g, h, i',
             HEADING, 'Lab 3 (78)', 'Current Score'],
            [*pad, '', '', '', '', '', '', 'Manual Posting', '', ''],
            ['    Points Possible', *pad, '', '', '', '', '', point('10.00'), point('10.00'),
             '(read only)']]
    for p in people:
        name = [p.last, p.first] if split else [f'{p.last}, {p.first}']
        name = [f'="{text}"' if text.startswith('=') else text for text in name]
        rows.append([*name, p.canvas, p.id, p.login, 'A "1", B', 'late;\nsick' * (p.k % 7 == 0),
                     point(cells[p.k]), 'EX', point('7.50')])
    test = ['Student', 'Test'] if split else ['Student, Test']
    rows.append([*test, 1, '', 'f0f0', 'A', '', '', '', point('0.00')])
    return _table(rows, **style)


def _moodle(people, cells, headings=('First name', 'Last name', 'ID number', 'Email address'),
            **style):
    rows = [[*headings, f'Assignment: {HEADING} (Real)', 'Course total (Real)']]
    rows += [[p.first, p.last, p.id, p.email, cells[p.k] or '-', '8.25'] for p in people]
    return _table(rows, **style)


def _worksheet(people, cells, **style):
    rows = [['标识符', '全名', '电子邮件地址', '状态', HEADING, '最高分', '反馈']]
    rows += [[f'参与者{p.canvas}', p.last + p.first, p.email, '已提交', cells[p.k], '10.00', '"好"']
             for p in people]
    return _table(rows, **style)


def _by_canvas(p):
    name = ''.join(c for c in p.last + p.first if c.isalnum() or c in '=|').lower()
    return f'{name}_{p.canvas}'


def _by_moodle(p):
    return f'{p.last}{p.first}_{p.canvas}_assignsubmission_file'


def _by_id(p):
    return p.id if p.k % 2 else f'{p.first}-{p.id}' if p.k % 3 else f'{p.id}_{p.last}{p.first}'


# {name: (table as text, encoding, folder of a student)}
FORMATS = {
    'canvas': (_canvas, 'utf-8', _by_canvas),
    'canvas, names apart': (lambda *a: _canvas(*a, split=True), 'utf-8-sig', _by_canvas),
    'canvas, semicolons': (lambda *a: _canvas(*a, comma=True, delimiter=';', end='\r\n'),
                           'utf-8-sig', _by_id),
    'canvas, decimal commas': (lambda *a: _canvas(*a, comma=True), 'utf-8', _by_canvas),
    'moodle': (_moodle, 'utf-8', _by_id),
    'moodle, quoted': (lambda *a: _moodle(*a, quoting=csv.QUOTE_ALL, end='\r\n'), 'utf-8', _by_id),
    'moodle, tabs': (lambda *a: _moodle(*a, delimiter='\t'), 'utf-16', _by_id),
    'moodle, Chinese': (lambda *a: _moodle(*a, ('名', '姓氏', 'ID号', 'Email地址')), 'gb18030', _by_id),
    'worksheet': (_worksheet, 'utf-8', _by_moodle),
    'worksheet, saved again': (lambda *a: _worksheet(*a, end='\r\n'), 'gb18030', _by_moodle),
}


def record(student, points, path=None, sha256=None, lab=LAB, reason=''):
    """A record as the grader writes it; ``points`` of all exercises, in their order."""
    path = path or f'{student}/{lab}.ipynb'
    maxima = MAXIMA if lab else {'': 0}
    return {
        'path': path, 'student': student, 'sha256': sha256 or hashlib.sha256(path.encode()).hexdigest(),
        'version': 'v', 'lab': lab, 'language': 'zh', 'seconds': 1.0, 'reason': reason,
        'exercises': [{
            'grade_id': grade_id, 'points': p, 'maximum': maximum, 'fault': '', 'builds_on': [],
            'status': 'grader_error' if p is None else 'graded' if p == maximum else 'wrong',
            'passed': {}, 'errors': [], 'faults': [], 'message': '', 'flags': [], 'shape': None,
        } for (grade_id, maximum), p in zip(maxima.items(), points, strict=True)]}


def hand_ins(people, folder_of):
    """Records, lines of overrides, {k: what the cell has to hold}, k of those left out."""
    records, overrides, cells, left = [], [], {}, []
    for p, third in zip(people, itertools.cycle(range(7)), strict=False):
        cells[p.k], student = p.before, folder_of(p) if p.k != 122 else p.last + p.first
        if p.k % 10 == 9:
            continue
        points = [2, third / 3, 5 - third / 2]
        if p.k in (30, 122):  # the grader failed; nothing but a name that two others have too
            records.append(record(student, [2, None if p.k == 30 else 3, 5]))
            left.append(p.k)
            continue
        records.append(record(student, points))
        if p.k % 19 == 3:  # a second try, better in one exercise and worse in another
            records.append(record(student, [0, 3, 0], f'{student}/again.ipynb'))
            points[1] = 3
        if p.k % 17 == 4:
            overrides.append([student, 'network', '0.25', '口试, "A"', records[-1]['sha256'][:12]])
            points[2] = 0.25
        cells[p.k] = f'{sum(points):.2f}'.rstrip('0').rstrip('.')
    return records, overrides, cells, left


# A roster; each line is a row, the first the headings.
ROSTER = '''\
姓名,学号,Email
甲木,007,jia@school.example
乙火,7,yi@school.example
丙土,20240003,bing@school.example
丁金,20240004,ding@school.example
丁金,20240005,ding2@school.example
"Bake, Lomi",S2024006,bake@school.example
Nura Seto Vizu,12345,nura@school.example
é Zu,20240008,zu@school.example
乙火火,01,yihuo@school.example
戊土,"=""0042""",wu@school.example
,"=""""",
'''

# {student of a submission: the rows that fit, counted from 1, in that file}
MATCHES = {
    '甲木': [2], '007': [2], '7': [3], '00007': [], '甲木_7': [2], '甲木_007': [2],
    '乙火 7': [3], '乙火火': [10], '乙': [],
    '丙土': [4], '20240003': [4], '20240003丙土': [4], '丙 土': [4], '20240003_lab02': [4],
    '丁金': [5, 6], '丁金_20240005': [6], '20240004': [5], '丁金_20240003': [4, 5, 6],
    'bakelomi': [7], 'Lomi Bake': [7], 'LOMI  bake': [7], 's2024006': [7], 'S2024006_x': [7],
    'bakelomi_99999': [7], 'bakelomi_12345': [7, 8], 'bake': [],
    'nura seto vizu': [8], 'vizunuraseto': [8], '12345': [8], 'setonura': [],
    '丙土_12345_assignsubmission_file': [4], '戊水_12345_assignsubmission_file': [],
    'e\u0301 zu': [9], '0042': [11], '42': [], 'lab_丙土': [], 'class/丙土': [4], '甲木/丙土': [2, 4],
    'a/20240003': [4], 'a/7': [3], 'class 7/丙土': [4], 'class/x_丙土': [],
    'BING@school.example': [4], 'bing': [],
    '01_residual_block': [], 'lab01': [], '戊水': [], '': [], '_': [], '=1+1': [],
}

# (roster, column, what the message says)
REFUSED = [(text if isinstance(text, bytes) else text.encode(), *others) for text, *others in [
    (b'PK\x03\x04\x00\x00\xff', None, 'is no text in UTF-8, UTF-16 or GB18030'),
    ('', None, 'has the headings'),
    ('Punkte,Note\n1,2\n', None, r"\['Punkte', 'Note'\]: needed is a column of names or ids"),
    ('name,Grade\nA,1,2\n', 'Grade', 'row 2: 3 cells, 2 headings'),
    ('name,Grade\nA,"1\nB,2\n', 'Grade', 'row 2: a " is missing'),
    ('name,Lab 3\nA,1\n', None, r"0 columns are for 02_resnet18. .*\['Lab 3'\].*add the assign"),
    ('name,02_resnet18,02_resnet18 x\nA,1,2\n', None, '2 columns are for 02_resnet18'),
    ('name,Grade,Grade\nA,1,2\n', 'Grade', '2 columns are for Grade'),
    ('name,Grade\nA,1\n', 'name', '0 columns are for name'),
    ('name,Grade,Maximum Grade\nA,1,100.00\n', 'Grade', "'Grade' is out of 100.00, 02_resnet18 out of 10:"),
    ('name,Grade,Maximum Grade\nA,1,10\n', 'Maximum Grade', '0 columns'),
    ('Student,ID,Grade\n    Points Possible,,(read only)\nA,1,\n', 'Grade', 'out of .read only'),
]]

# (line of overrides, what the message says)
BAD_LINES = [
    (['x', 'network', '1', 'why', 'a' * 8], "there is no submission of 'x'"),
    (['甲木', 'netwrok', '1', 'why', 'a' * 8], r"no exercise 'netwrok', but \['first_module"),
    (['乙', '', '0', 'why', 'a' * 8], "no exercise ''"),
    (['甲木', 'network', '6', 'why', 'a' * 8], "the points are '6': give a number from 0 to 5"),
    (['甲木', 'network', '-1', 'why', 'a' * 8], "the points are '-1'"),
    (['甲木', 'network', 'nan', 'why', 'a' * 8], "the points are 'nan'"),
    (['甲木', 'network', '1_0', 'why', 'a' * 8], "the points are '1_0'"),
    (['甲木', 'network', '', 'why', 'a' * 8], "the points are ''"),
    (['甲木', 'network', '1', ' ', 'a' * 8], 'give 甲木 a reason'),
    (['甲木', 'network', '1', 'why', 'a' * 7], 'give 8 characters of it or more'),
    (['甲木', 'network', '1', 'why', ''], 'give 8 characters of it or more'),
    (['甲木', 'network', '1', 'why', 'b' * 64], 'has changed since: look at it again'),
]

# {text: the files in one of which it is shown}
SHOWN = {
    '甲木 · 007: no submission found\n': 'told', '=甲 is in no row': 'told',
    '丁金 may be in row 5 or 6': 'told', '<td>甲木 · 007</td><td>没有找到作业': 'class.html',
    '<td>=甲</td><td>不在名单上': 'class.html', '相符：5, 6': 'class.html',
    '<td>=oral</td>': 'class.html', '由教师评定：=oral<br>\n评分程序给出：5 / 5': 'feedback/*',
    '评分程序给出：– / 2': 'feedback/*', '7 / 10 分': 'feedback/*',
}
