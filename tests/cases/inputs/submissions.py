"""Submissions of lab 01: a wrong answer, what becomes of a notebook, and of files, on the way."""

import io
import json
import os
import stat
import zipfile

# Computes the plain block rightly: 1 of 4 points.
WRONG = """\
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
"""


STUB = """\
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, use_residual=True):
        super().__init__()
        # your code here
        raise NotImplementedError
"""


def _index(cells, grade_id):
    return next(k for k, cell in enumerate(cells)
                if cell['metadata'].get('nbgrader', {}).get('grade_id') == grade_id)


def _tampered_test(notebook, cells):
    exercise, check = (cells[_index(cells, name)] for name in ('resblock', 'resblock_check'))
    exercise['source'], check['source'] = WRONG, 'pass'


def _deleted_test(notebook, cells):
    del cells[_index(cells, 'resblock_check')]


def _no_marks(notebook, cells):
    """What nb-clean leaves."""
    for cell in cells:
        cell['metadata'] = {}


def _no_ids(notebook, cells):
    """What a converter leaves."""
    notebook['metadata'] = {}
    for number, cell in enumerate(cells):
        cell |= {'metadata': {}, 'id': str(number)}


def _kaggle(notebook, cells):
    notebook |= {'nbformat_minor': 4, 'metadata': {'kaggle': {'accelerator': 'gpu'}}}
    for cell in cells:
        cell['metadata'] = {'_uuid': 'd62', 'execution': {'shell.execute_reply': '2'}}
        cell.pop('id', None)


def _colab(notebook, cells):
    notebook |= {'nbformat_minor': 0, 'metadata': {'colab': {'provenance': []}}}
    for number, cell in enumerate(cells):
        cell['metadata'] = {'id': f'Xy{number}', 'outputId': 'z'}
        cell.pop('id', None)


def _only_the_cell(notebook, cells):
    """Of the whole lab nothing is left but the answer, unmarked."""
    _no_ids(notebook, cells)
    cells[:] = [cell for cell in cells if 'class ResBlock' in cell['source']
                or 'from torch import nn' in cell['source']]


def _split(notebook, cells, where='class', marks=(True, True), above='import math\n'):
    """The cell of the exercise, with something above the class, cut into two."""
    place = _index(cells, 'resblock')
    source = above + cells[place]['source']
    cut = source.index(where)
    cells[place:place + 1] = [
        {**cells[place], 'source': text, 'id': f'half{number}',
         'metadata': cells[place]['metadata'] if marked else {}}
        for number, (text, marked) in enumerate(zip(
            (source[:cut], source[cut:]), marks, strict=True))]


def _half_marked(notebook, cells):
    _split(notebook, cells, marks=(True, False))


def _split_in_the_class(notebook, cells):
    _split(notebook, cells, '    def forward')


def _lower_half_marked_in_the_class(notebook, cells):
    _split(notebook, cells, '    def forward', (False, True))


def _too_large_together(notebook, cells):
    _split(notebook, cells, above='#' * 99_000 + '\nimport math\n')


def _helper_in_the_lower_half(notebook, cells):
    cells[_index(cells, 'resblock')]['source'] += '\n\ndef helper():\n    return 1\n'
    _split(notebook, cells, 'def helper')


def _stub_beside(notebook, cells):
    """The answer stands in a new cell; that of the exercise was not touched."""
    place = _index(cells, 'resblock')
    cells.insert(place, {**cells[place], 'metadata': {}, 'id': 'new'})
    cells[place + 1]['source'] = STUB


def _stub_beside_unmarked(notebook, cells):
    _stub_beside(notebook, cells)
    _no_ids(notebook, cells)


def _stub_doubled(notebook, cells):
    place = _index(cells, 'resblock')
    cells.insert(place, {**cells[place], 'source': STUB, 'id': 'copied'})


def _trial_beside(notebook, cells):
    """Another class of this name in an unmarked cell; the marked one counts."""
    cells.append({**cells[_index(cells, 'resblock')], 'metadata': {}, 'id': 'trial',
                  'source': WRONG})


def _trial_beside_without_marks(notebook, cells):
    """Only the id tells which one counts."""
    _trial_beside(notebook, cells)
    _no_marks(notebook, cells)


def _untouched(notebook, cells):
    cells[_index(cells, 'resblock')]['source'] = STUB


def _untouched_unmarked(notebook, cells):
    _untouched(notebook, cells)
    _no_ids(notebook, cells)


def _commented_out(notebook, cells):
    """An earlier trial, made a text, in an unmarked notebook."""
    _no_ids(notebook, cells)
    cells.append({'cell_type': 'code', 'metadata': {}, 'source': f"\'\'\'\n{WRONG}\'\'\'\n"})


def _doubled_but_for_comments(notebook, cells):
    cell = cells[_index(cells, 'resblock')]
    source = cell['source'].replace('\n', '  # it\'s "here"\n\n   \n', 3) + '\n\n# end'
    cells.append({**cell, 'source': source, 'id': 'again'})


def _doubled_but_for_a_string(notebook, cells):
    cell = cells[_index(cells, 'resblock')]
    cell['source'] += '\nMODE = "#1"\n'
    cells.append({**cell, 'source': cell['source'].replace('#1', '#2'), 'id': 'again'})


def _doubled_unmarked(notebook, cells):
    _doubled(notebook, cells)
    _no_ids(notebook, cells)


def _emptied(notebook, cells):
    cells[_index(cells, 'resblock')]['source'] = ''


def _renamed(notebook, cells):
    cell = cells[_index(cells, 'resblock')]
    cell['source'] = cell['source'].replace('class ResBlock', 'class Block')
    cells.append({'cell_type': 'code', 'metadata': {}, 'source': 'ResBlock: type = Block'})


def _source(value):
    def change(notebook, cells):
        cells[_index(cells, 'resblock')]['source'] = value
    return change


def _printed(notebook, cells):
    """A loop has printed 26 MB."""
    cells[2]['outputs'] = [{'output_type': 'stream', 'name': 'stdout',
                            'text': 'loss 0.123\n' * 2_400_000}]


def _helper_behind_too_much(notebook, cells):
    cell = cells[_index(cells, 'resblock')]
    cell['source'] = cell['source'].replace('F.relu(y)', 'activation(y)')
    helper = 'def activation(x):\n    return F.relu(x)'
    cells += [{'cell_type': 'code', 'source': source} for source in ['#' * 99_000] * 6 + [helper]]


def _deleted(notebook, cells):
    del cells[_index(cells, 'resblock')]


def _magic(notebook, cells):
    cells[_index(cells, 'resblock')]['source'] = (
        '%matplotlib inline\n' + cells[_index(cells, 'resblock')]['source'])
    _no_ids(notebook, cells)


def _no_execution_count(notebook, cells):
    for cell in cells:
        for name in ('execution_count', 'id', 'outputs'):
            cell.pop(name, None)


def _other_kernel(notebook, cells):
    notebook['metadata']['kernelspec'] = {'name': 'nosuchkernel', 'display_name': 'x',
                                          'language': 'R'}


def _doubled(notebook, cells):
    cells.append({**cells[_index(cells, 'resblock')], 'source': WRONG, 'id': 'again'})


def _doubled_alike(notebook, cells):
    cells.append({**cells[_index(cells, 'resblock')], 'id': 'again'})


def _reordered(notebook, cells):
    cells.reverse()


def _flags(notebook, cells):
    for cell in cells:
        if 'nbgrader' in cell['metadata']:
            cell['metadata']['nbgrader'] |= {'points': 1000, 'solution': False, 'grade': True,
                                             'locked': True}


def _tags(notebook, cells):
    for cell in cells:
        cell['metadata']['tags'] = ['nbval-skip', 'raises-exception']
    cells[_index(cells, 'resblock')]['source'] = WRONG


def _other_cells(notebook, cells):
    cells.insert(0, {'cell_type': 'code', 'metadata': {}, 'id': 'x', 'outputs': [],
                     'execution_count': 1, 'source': 'import os\nos._exit(0)'})


def _lines(notebook, cells):
    for cell in cells:
        cell['source'] = cell['source'].splitlines(keepends=True)


def _large_cell(notebook, cells):
    cells[_index(cells, 'resblock')]['source'] += '\n#' * 100_000


def _half_character(notebook, cells):
    cells[_index(cells, 'resblock')]['source'] += '\n# \ud800'


# {name: text that stands where a notebook should be}
BROKEN = {
    'empty': '', 'a list': '[]', 'deep': '[' * 100_000,
    'huge number': '{"nbformat": ' + '9' * 10_000 + '}',
    'format 3': json.dumps({'nbformat': 3, 'worksheets': []}),
    'odd cells': json.dumps({'nbformat': 4, 'cells': [1, None, {'metadata': []}, {
        'cell_type': 'code', 'metadata': {'nbgrader': {'grade_id': ['x']}}}]}),
}

# Where right submissions lie.
ODD_PATHS = [
    'Zoë O\'Neil [1].ipynb', 'bob /a.ipynb', 'bob\u200b/a.ipynb', '\uff1dHYPERLINK(1)/a.ipynb',
    'class a/Li Ming/x.ipynb', 'class b/Li Ming/x.ipynb', '=HYPERLINK(1)/a.ipynb',
    '<b>x</b>&"/a.ipynb',
]

# {name: (how a right submission is altered, points, status)}
CHANGES = {
    'half character': (_half_character, 4, 'graded'),
    'test edited': (_tampered_test, 1, 'wrong'), 'test deleted': (_deleted_test, 4, 'graded'),
    'no ids': (_no_ids, 4, 'graded'), 'no counts': (_no_execution_count, 4, 'graded'),
    'other kernel': (_other_kernel, 4, 'graded'), 'doubled': (_doubled, 0, 'malformed'),
    'doubled alike': (_doubled_alike, 4, 'graded'), 'reordered': (_reordered, 4, 'graded'),
    'flags': (_flags, 4, 'graded'), 'tags': (_tags, 1, 'wrong'),
    'other cells': (_other_cells, 4, 'graded'), 'lists of lines': (_lines, 4, 'graded'),
    'large cell': (_large_cell, 0, 'malformed'),
}

# {code: (names that it binds, names that it uses)}
NAMES = {
    'import a.b as c\ndef f(x):\n    y = x + g\n    return y\nz = [i for i in c]\n':
        ({'c', 'f', 'z'}, {'g', 'c'}),
    'i = 1\nz = [i for i in c]': ({'i', 'z'}, {'c'}),
    'class C:\n    k = 1\n    m = k + h\n': ({'C'}, {'h'}),
    'try:\n    import a\nexcept E as e:\n    z = 1': ({'a', 'e', 'z'}, {'E'}),
    '%magic x': (set(), {'get_ipython'}), 'def f(:': (set(), set()), '\0': (set(), set()),
    "'\\d' is g": (set(), {'g'}), 'with f() as (a, *b):\n    c: int = 1': (
        {'a', 'b', 'c'}, {'f', 'int'}),
}

def _saying(lab):
    return json.dumps({'nbformat': 4, 'cells': [], 'metadata': {'nndl': {'lab': lab}}})


# {name: (content, path, whether it says that it is a lab without exercises)}
NO_LABS = {
    'says so': (_saying('00_start'), 'a.ipynb', True),
    'its name says so': (_saying(''), 'amy/00_start.ipynb', True),
    'another lab': (_saying('no_such_lab'), 'a.ipynb', False),
    'a number': (_saying(1), '01_residual_block.ipynb', False),
    **{name: (broken, 'a.ipynb', False) for name, broken in BROKEN.items()},
}

# {name: (how a right submission is altered, points or fault)}
SHAPES = {
    'no marks': (_no_marks, 4), 'no ids': (_no_ids, 4), 'kaggle': (_kaggle, 4),
    'colab': (_colab, 4), 'the cell alone': (_only_the_cell, 4), 'split': (_split, 4),
    'half marked': (_half_marked, 4), 'split in the class': (_split_in_the_class, 4),
    'lower half marked in the class': (_lower_half_marked_in_the_class, 4),
    'helper in the lower half': (_helper_in_the_lower_half, 4),
    'stub beside': (_stub_beside, 4), 'stub beside, unmarked': (_stub_beside_unmarked, 4),
    'stub doubled': (_stub_doubled, 4), 'trial beside': (_trial_beside, 4),
    'trial beside, no marks': (_trial_beside_without_marks, 4),
    'untouched': (_untouched, 0), 'untouched, unmarked': (_untouched_unmarked, 0),
    'commented out': (_commented_out, 4),
    'doubled but for comments': (_doubled_but_for_comments, 4),
    'doubled but for a string': (_doubled_but_for_a_string, 'doubled'),
    'doubled, unmarked': (_doubled_unmarked, 'doubled'), 'emptied': (_emptied, 0),
    'renamed': (_renamed, 4), 'null': (_source(None), 'unreadable'),
    'number': (_source(1), 'unreadable'), 'list of numbers': (_source([1]), 'unreadable'),
    'too large together': (_too_large_together, 'too_large'), 'too large': (_source('#' * 100_001), 'too_large'), 'printed': (_printed, 4),
    'helper behind too much': (_helper_behind_too_much, 0),
    'deleted': (_deleted, 'missing'), 'magic, unmarked': (_magic, 4),
}


def _linked_to(target):
    return lambda path: path.symlink_to(target)


def _sparse(path):
    with path.open('wb') as file:
        file.truncate(200_000_000)


def full(count):
    return {f'{number}.ipynb': b'{}' for number in range(count)}


class Member:
    """A member of a zip archive that is not what it seems."""

    def __init__(self, content, compression=zipfile.ZIP_DEFLATED, **central):
        self.content, self.compression, self.central = content, compression, central


def zipped(members, right):
    """The bytes of a zip archive; names that are bytes are written as they are."""
    file, raw = io.BytesIO(), {}
    with zipfile.ZipFile(file, 'w') as archive:
        for number, (name, member) in enumerate(members.items()):
            if isinstance(name, bytes):
                raw[f'{number:#>{len(name)}}'.encode()], name = name, f'{number:#>{len(name)}}'
            member = member if isinstance(member, Member) else Member(member)
            archive.writestr(zipfile.ZipInfo(name), content_of(member.content, right),
                             member.compression)
            for field, value in member.central.items():
                setattr(archive.infolist()[-1], field, value)
    content = file.getvalue()
    for placeholder, name in raw.items():
        content = content.replace(placeholder, name)
    return content


def content_of(content, right):
    """Bytes: those given, a zip archive of the members given, or the notebook ``right``."""
    return (content if isinstance(content, bytes) else zipped(content, right)
            if isinstance(content, dict) else right)


def put(tree, folder, right):
    """Write files {name: content}; None stands for a folder, a function makes what it makes."""
    for name, content in tree.items():
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        elif callable(content):
            content(path)
        else:
            path.write_bytes(content_of(content, right))


R, LAB = 'right', '01_residual_block.ipynb'
WANG, LI = '王小明', '李四'
MOODLE = '{}_{}_assignsubmission_file'
NO_NOTEBOOK, DOTTED, LINK, KIND, DEEP = (
    'no notebook was', 'begins with a dot', 'a link', 'of this kind', "within a student's")

# {name: (files, {path: (student, points or reason)})}
HAND_INS = {
    'names that browsers and editors give': (
        {'safari.ipynb.json': R, 'notepad.ipynb.txt': R, 'A.IPYNB': R, 'amy/b.Ipynb.TXT': R,
         'dr. no.v2.ipynb': R},
        {'safari.ipynb.json': ('safari', 4), 'notepad.ipynb.txt': ('notepad', 4),
         'A.IPYNB': ('A', 4), 'amy/b.Ipynb.TXT': ('amy', 4), 'dr. no.v2.ipynb': ('dr. no.v2', 4)}),
    'no notebook': (
        {'amy/a.ipynb': R, 'bob/lab.py': b'x', 'bob/report.pdf': b'x', 'carl/': None,
         'dan/deep/er/': None, 'report.pdf': b'x', 'Makefile': b''},
        {'amy/a.ipynb': ('amy', 4), 'bob': ('bob', NO_NOTEBOOK), 'carl': ('carl', NO_NOTEBOOK),
         'dan': ('dan', NO_NOTEBOOK), 'report.pdf': ('report', NO_NOTEBOOK),
         'Makefile': ('Makefile', NO_NOTEBOOK)}),
    'other files beside a notebook': (
        {'amy/a.ipynb': R, 'amy/notes.txt': b'', 'amy/.vscode/settings.json': b'',
         'amy/train.gz': b'', 'amy/data/': None,
         'bob.ipynb': R, 'bob.pdf': b''},
        {'amy/a.ipynb': ('amy', 4), 'bob.ipynb': ('bob', 4)}),
    'no students': (
        {'amy/a.ipynb': R, '__MACOSX/amy/._a.ipynb': R, 'System Volume Information/x': b'',
         '$RECYCLE.BIN/a.ipynb': R, '.DS_Store': b'', 'Thumbs.db': b'', 'desktop.ini': b'',
         '.git/a.ipynb': R, 'amy/.ipynb_checkpoints/a-checkpoint.ipynb': R, 'amy/._a.ipynb': R,
         'grades/grades.csv': b'', 'grades/results/x.json': b'', 'out/a.ipynb': R,
         'out/grades.csv': b'', 'lost+found/': None},
        {'amy/a.ipynb': ('amy', 4)}),
    'links': (
        {'amy/a.ipynb': R, 'bob': _linked_to('amy'), 'carl/a.ipynb': _linked_to('../amy/a.ipynb'),
         'amy/lab': _linked_to('..'), 'dan': _linked_to('nowhere'), 'amy/x.zip': _linked_to('y'),
         'amy/x.csv': _linked_to('a.ipynb')},
        {'amy/a.ipynb': ('amy', 4), 'bob': ('bob', LINK), 'carl/a.ipynb': ('carl', LINK),
         'amy/lab': ('amy', LINK), 'dan': ('dan', LINK), 'amy/x.zip': ('amy', LINK),
         'amy/x.csv': ('amy', LINK)}),
    'names with a dot': (
        {'.amy/a.ipynb': R, 'bob/.old/a.ipynb': R, 'bob/a.ipynb': R, '.ipynb': R, '.x/y.txt': b'',
         '.carl/a.zip': {'a.ipynb': R}},
        {'.amy/a.ipynb': ('.amy', DOTTED), 'bob/.old/a.ipynb': ('bob', DOTTED),
         '.carl/a.zip': ('.carl', DOTTED),
         'bob/a.ipynb': ('bob', 4), '.ipynb': ('.ipynb', DOTTED)}),
    'what is no file': (
        {'amy/a.ipynb': os.mkfifo, 'amy/b.zip': os.mkfifo, 'bob/a.ipynb': _sparse,
         'carl/a.ipynb/b.ipynb': R},
        {'amy/a.ipynb': ('amy', 'not a file'), 'amy/b.zip': ('amy', 'not a file'),
         'bob/a.ipynb': ('bob', '200000000 bytes'), 'carl/a.ipynb/b.ipynb': ('carl', 4)}),
    'archives': (
        {'amy/a.rar': b'', 'bob.7z': b'', 'carl/a.tar.gz': b'', 'dan.tgz': b'', 'eva.tar': b'',
         'eva.ipynb.gz': b'', 'fay.zip': b'a zip', 'gus.zip': b'', 'hal.zip': {}, 'ida/x.zip': {},
         'jan.zip': {'a.pdf': b'', 'b/': b''}, 'jan.ipynb.part': b''},
        {'amy/a.rar': ('amy', KIND), 'bob.7z': ('bob', KIND), 'carl/a.tar.gz': ('carl', KIND),
         'dan.tgz': ('dan', KIND), 'eva.tar': ('eva', KIND), 'eva.ipynb.gz': ('eva', KIND),
         'fay.zip': ('fay', 'cannot be unpacked'), 'gus.zip': ('gus', 'cannot be unpacked'),
         'hal.zip': ('hal', NO_NOTEBOOK), 'ida': ('ida', NO_NOTEBOOK),
         'jan.ipynb.part': ('jan', KIND)}),
    "Moodle's archive": (
        {'class.zip': {
            f'{MOODLE.format(WANG, 1)}/{LAB}': R, f'{MOODLE.format(WANG, 2)}/{LAB}': R,
            f'{MOODLE.format(LI, 3)}_/{LAB}': R, f'{MOODLE.format("a", 4)}/': b'',
            f'{MOODLE.format("b", 5)}/r.pdf': b'',
            f'{MOODLE.format("c", 6)}/labs.zip': {f'labs/{LAB}': R, 'labs/x.zip': {LAB: R}},
            f'{MOODLE.format("d", 7)}_{LAB}': R, f'{MOODLE.format("e", 8)}_/x.zip': b'',
            'f_9_assignsubmission_onlinetext/onlinetext.html': b'',
            f'{MOODLE.format("f", 9)}/{LAB}': R, f'__MACOSX/{MOODLE.format("f", 9)}/._{LAB}': b''}},
        {f'class.zip/{MOODLE.format(WANG, 1)}/{LAB}': (MOODLE.format(WANG, 1), 4),
         f'class.zip/{MOODLE.format(WANG, 2)}/{LAB}': (MOODLE.format(WANG, 2), 4),
         f'class.zip/{MOODLE.format(LI, 3)}_/{LAB}': (f'{MOODLE.format(LI, 3)}_', 4),
         f'class.zip/{MOODLE.format("a", 4)}': (MOODLE.format('a', 4), NO_NOTEBOOK),
         f'class.zip/{MOODLE.format("b", 5)}/r.pdf': (MOODLE.format('b', 5), NO_NOTEBOOK),
         f'class.zip/{MOODLE.format("c", 6)}/labs.zip/labs/{LAB}': (MOODLE.format('c', 6), 4),
         f'class.zip/{MOODLE.format("c", 6)}/labs.zip/labs/x.zip': (MOODLE.format('c', 6), DEEP),
         f'class.zip/{MOODLE.format("d", 7)}_{LAB}': (f'{MOODLE.format("d", 7)}_', 4),
         f'class.zip/{MOODLE.format("e", 8)}_/x.zip': (f'{MOODLE.format("e", 8)}_',
                                                       'cannot be unpacked'),
         f'class.zip/{MOODLE.format("f", 9)}/{LAB}': (MOODLE.format('f', 9), 4)}),
    "Moodle's archive, unpacked": (
        {f'{MOODLE.format("a", 1)}/x.ipynb': R, f'week/{MOODLE.format("b", 2)}/x.ipynb': R,
         f'week/{MOODLE.format("c", 3)}/x.ipynb': R,
         f'{MOODLE.format("d", 4)}_x.zip': {'x.ipynb': R, 'y.ipynb': R},
         'one.zip': {f'{MOODLE.format("e", 5)}/x.ipynb': R},
         'two.zip': {f'week/{MOODLE.format("f", 6)}/x.ipynb': R, 'week/gu_123_456_x.ipynb': R}},
        {f'{MOODLE.format("a", 1)}/x.ipynb': (MOODLE.format('a', 1), 4),
         f'week/{MOODLE.format("b", 2)}/x.ipynb': (MOODLE.format('b', 2), 4),
         f'week/{MOODLE.format("c", 3)}/x.ipynb': (MOODLE.format('c', 3), 4),
         f'{MOODLE.format("d", 4)}_x.zip/x.ipynb': (f'{MOODLE.format("d", 4)}_', 4),
         f'{MOODLE.format("d", 4)}_x.zip/y.ipynb': (f'{MOODLE.format("d", 4)}_', 4),
         f'one.zip/{MOODLE.format("e", 5)}/x.ipynb': (MOODLE.format('e', 5), 4),
         f'two.zip/week/{MOODLE.format("f", 6)}/x.ipynb': (MOODLE.format('f', 6), 4),
         'two.zip/week/gu_123_456_x.ipynb': ('gu_123', 4)}),
    "Canvas' archive": (
        {'class.zip': {f'lisi_123_456_{LAB}': R, 'lisi_123_457_b-1.ipynb': R,
                       f'wang_LATE_124_458_{LAB}': R, 'zhao_125_459_r.pdf': b'',
                       'sun_126_460_labs.zip': {LAB: R, 'x_1_2_y.ipynb': R}},
         f'qian_127_461_{LAB}': R, 'wu_128_462_x.zip': {'y.ipynb': R, 'z.ipynb': R},
         'lab_1_2_x.ipynb': R},
        {f'class.zip/lisi_123_456_{LAB}': ('lisi_123', 4),
         'class.zip/lisi_123_457_b-1.ipynb': ('lisi_123', 4),
         f'class.zip/wang_LATE_124_458_{LAB}': ('wang_124', 4),
         'class.zip/zhao_125_459_r.pdf': ('zhao_125', NO_NOTEBOOK),
         f'class.zip/sun_126_460_labs.zip/{LAB}': ('sun_126', 4),
         'class.zip/sun_126_460_labs.zip/x_1_2_y.ipynb': ('sun_126', 4),
         f'qian_127_461_{LAB}': ('qian_127', 4), 'wu_128_462_x.zip/y.ipynb': ('wu_128', 4),
         'wu_128_462_x.zip/z.ipynb': ('wu_128', 4),
         'lab_1_2_x.ipynb': ('lab_1_2_x', 4)}),
    "a student's archive": (
        {'amy.zip': {LAB: R, 'outputs/x.png': b''}, 'bob.zip': {'x/y/my work.ipynb': R, 'z/a': b''},
         'carl.zip': {f'x/{LAB}': R, 'x/02_resnet18/02_resnet18.ipynb': R},
         'dan/labs.zip': {'a/x.ipynb': R, 'b_123_456_c.ipynb': R, 'n.zip': {LAB: R}},
         'gus.zip': {'x/my.ipynb': R, '__MACOSX/x/._my.ipynb': R},
         'eva.zip': {LAB: R, 'mine.ipynb': R}, 'fay.zip': {'a.zip': {'b.zip': {LAB: R}}}},
        {f'amy.zip/{LAB}': ('amy', 4), 'bob.zip/x/y/my work.ipynb': ('bob', 4),
         f'carl.zip/x/{LAB}': ('carl', 4),
         'carl.zip/x/02_resnet18/02_resnet18.ipynb': ('carl', 4),
         'dan/labs.zip/a/x.ipynb': ('dan', 4), 'dan/labs.zip/b_123_456_c.ipynb': ('dan', 4),
         'dan/labs.zip/n.zip': ('dan', DEEP), f'eva.zip/{LAB}': ('eva', 4),
         'gus.zip/x/my.ipynb': ('gus', 4),
         'eva.zip/mine.ipynb': ('eva/mine', 4), 'fay.zip/a.zip/b.zip': ('fay', DEEP)}),
    "a class's archive": (
        {'a.zip': {f'x/amy.b/{LAB}': R, f'x/amy.c/{LAB}': R, 'x/r.pdf': b''},
         'b.zip': {'amy.ipynb': R, 'bob.ipynb': R, 'carl.zip': {LAB: R}},
         'c.zip': {'01_residual_block/amy.ipynb': R, '01_residual_block/bob.ipynb': R,
                   '02_resnet18/amy.ipynb': R},
         'd.zip': {f'amy/{LAB}': R, f'bob/{LAB}': R, 'carl/r.pdf': b''},
         'e.zip': {LAB: R, '01_residual_block (1).ipynb': R}},
        {f'a.zip/x/amy.b/{LAB}': ('a/amy.b', 4), f'a.zip/x/amy.c/{LAB}': ('a/amy.c', 4),
         'a.zip/x/r.pdf': ('a', NO_NOTEBOOK),
         'b.zip/amy.ipynb': ('b/amy', 4), 'b.zip/bob.ipynb': ('b/bob', 4),
         f'b.zip/carl.zip/{LAB}': ('b/carl', 4),
         'c.zip/01_residual_block/amy.ipynb': ('c/amy', 4),
         'c.zip/01_residual_block/bob.ipynb': ('c/bob', 4),
         'c.zip/02_resnet18/amy.ipynb': ('c/amy', 4),
         f'd.zip/amy/{LAB}': ('d/amy', 4), f'd.zip/bob/{LAB}': ('d/bob', 4),
         'd.zip/carl/r.pdf': ('d', NO_NOTEBOOK), f'e.zip/{LAB}': ('e', 4),
         'e.zip/01_residual_block (1).ipynb': ('e/01_residual_block (1)', 4)}),
    'members that are not what they seem': (
        {'amy/a.zip': {
            '../up.ipynb': R, 'x/../up.ipynb': R, '/root.ipynb': R, 'C:\\drive.ipynb': R,
            'link.ipynb': Member(b'/etc/passwd', external_attr=(stat.S_IFLNK | 0o777) << 16),
            'link': Member(b'..', external_attr=(stat.S_IFLNK | 0o777) << 16),
            'locked.ipynb': Member(R, flag_bits=1), 'packed.ipynb': Member(R, zipfile.ZIP_BZIP2),
            'lzma.ipynb': Member(R, zipfile.ZIP_LZMA), 'patched.ipynb': Member(R, flag_bits=32),
            'small.ipynb': Member(R, file_size=9), 'large.ipynb': Member(R, file_size=10 ** 9),
            'long.ipynb': Member(R, file_size=10 ** 7), 'crc.ipynb': Member(R, CRC=1),
            'nowhere.ipynb': Member(R, header_offset=2), 'good.ipynb': R},
         'bob.ipynb': R},
        {'amy/a.zip/../up.ipynb': ('amy', DOTTED), 'amy/a.zip/x/../up.ipynb': ('amy', DOTTED),
         'amy/a.zip/root.ipynb': ('amy', 'leads out'),
         'amy/a.zip/C:/drive.ipynb': ('amy', 'leads out'),
         'amy/a.zip/link.ipynb': ('amy', LINK), 'amy/a.zip/link': ('amy', LINK),
         'amy/a.zip/locked.ipynb': ('amy', 'encrypted'),
         'amy/a.zip/packed.ipynb': ('amy', 'not compressed as usual'),
         'amy/a.zip/lzma.ipynb': ('amy', 'not compressed as usual'),
         'amy/a.zip/patched.ipynb': ('amy', 'cannot be unpacked'),
         'amy/a.zip/small.ipynb': ('amy', 'cannot be unpacked'),
         'amy/a.zip/large.ipynb': ('amy', 'more than 100000000 bytes'),
         'amy/a.zip/long.ipynb': ('amy', 4), 'amy/a.zip/crc.ipynb': ('amy', 'cannot be unpacked'),
         'amy/a.zip/nowhere.ipynb': ('amy', 'cannot be unpacked'),
         'amy/a.zip/good.ipynb': ('amy', 4), 'bob.ipynb': ('bob', 4)}),
    'too much in an archive': (
        {'class.zip': {f'{MOODLE.format("a", 1)}/x.zip': full(201),
                       f'{MOODLE.format("b", 2)}/x.ipynb': R},
         'amy/x.zip': full(201), 'bob/x.zip': {'x.ipynb': R, **{f'{k}.csv': b'' for k in range(300)}},
         'large.zip': {f'{MOODLE.format("c", k)}/x.ipynb': R for k in range(201)}},
        {f'class.zip/{MOODLE.format("a", 1)}/x.zip': (MOODLE.format('a', 1), '201 notebooks'),
         f'class.zip/{MOODLE.format("b", 2)}/x.ipynb': (MOODLE.format('b', 2), 4),
         'amy/x.zip': ('amy', '201 notebooks'), 'bob/x.zip/x.ipynb': ('bob', 4),
         **{f'large.zip/{MOODLE.format("c", k)}/x.ipynb': (MOODLE.format('c', k), 4)
            for k in range(201)}}),
    'names that are no UTF-8': (
        {f'{WANG}/a.ipynb'.encode(): R, f'{WANG}/a.ipynb'.encode('gbk'): R,
         b'\xff/a.ipynb': R, 'Jose\u0301/a.ipynb': R, 'Jos\u00e9/a.ipynb': R,
         'amy/b.ipynb': R, 'Amy/b.ipynb': R, 'amy/b.ipynb (2).ipynb': R,
         'z.zip': {f'{LI}/a.ipynb'.encode('gbk'): R, f'{WANG}/a.ipynb'.encode(): R,
                   'Jos\u00e9/a.ipynb'.encode('cp437'): R, 'Zo\u00eb/a.ipynb': R,
                   'eva\\a.ipynb': R}},
        {f'{WANG}/a.ipynb': (WANG, 4), f'{WANG}/a.ipynb (2)': (WANG, 4),
         '\\xff/a.ipynb': ('\\xff', 4), 'Jos\u00e9/a.ipynb': ('Jos\u00e9', 4),
         'Jos\u00e9/a.ipynb (2)': ('Jos\u00e9', 4), 'amy/b.ipynb': ('amy', 4),
         'Amy/b.ipynb': ('Amy', 4), 'amy/b.ipynb (2).ipynb': ('amy', 4),
         f'z.zip/{LI}/a.ipynb': (f'z/{LI}', 4), f'z.zip/{WANG}/a.ipynb': (f'z/{WANG}', 4),
         'z.zip/Jos\u00e9/a.ipynb': ('z/Jos\u00e9', 4),
         'z.zip/Zo\u00eb/a.ipynb': ('z/Zo\u00eb', 4), 'z.zip/eva/a.ipynb': ('z/eva', 4)}),
}

HELP = 'def activation(x):\n    return F.relu(x) * SCALE\n'
USES = ('F.relu(y)', 'activation(y)')

# {name: (the student's other cells, (old, new) in the answer, points, or the cells above it)}
OTHERS = {
    'a helper and its constant': ([HELP, 'print(1)\nSCALE = 1\nprint(2)'], USES, 4),
    'a helper below': (['%matplotlib inline\n' + HELP + 'SCALE = 1'], USES, 4),
    'a later definition': (['SCALE = 0', HELP, 'SCALE = 1'], USES, 4),
    'none': (['SCALE = 1'], USES, 0),
    'an import': (['from torch.nn.functional import relu as activation, no_such_name'], USES, 4),
    'all of a module': (['from torch.nn.functional import *'], ('F.relu(y)', 'relu(y)'), 4),
    'a decorator': (['import functools\n\n@functools.cache\ndef activation(x):\n'
                     '    return F.relu(x)'], USES, 4),
    'an import that fails': ([HELP, 'try:\n    import no_such_module\n    SCALE = 1\n'
                              'except ImportError:\n    SCALE = 1'], USES, 4),
    'an import that fails, unguarded': ([HELP, 'import no_such_module as nothing, sys as nn2',
                                         'SCALE = 1'], USES, 4),
    'cells that cannot be read': (['def f(:', HELP, '(' * 500, '[' * 50_000, 'SCALE = 1',
                                   'a' + '.b' * 20_000, '\0'], USES, 4),
    'a name of sys, which the lab would import if it failed': (
        ['import sys', HELP, 'SCALE = sys.maxsize // sys.maxsize'], USES, 4),
    'a name of the lab': (['nn = None\nF = None\ntorch = None\ndef print(x):\n    1 / 0'],
                          ('return F.relu(y)', 'print(nn)\n        return F.relu(y)'),
                          ['import torch.nn.functional as F', 'from torch import nn']),
    'a helper bound beside a name of the lab': (
        ['import torch as activation, torch as F', 'from torch import relu as activation, nn as F'],
        USES, 4),
    'a helper that cannot be had without a name of the lab': (
        ['activation, F = print, None'], ('F.relu(y)', 'F.relu(y) if F else activation()'),
        ['import torch.nn.functional as F', 'from torch import nn']),
    'a name of the answer': (['def activation(x):\n    return x'], (
        'class', 'def activation(x):\n    return F.relu(x)\n\nused = activation\nclass'),
        ['import torch.nn.functional as F', 'from torch import nn']),
    'a name within a function': (['y = inputs = 1 / 0', 'self = 2'], ('', ''),
                                 ['import torch.nn.functional as F', 'from torch import nn']),
    "the lab's first cell": ([], ('class', 'FOLDER = OUTPUTS\n\nclass'), [
        'try:', 'import torch.nn.functional as F',
        'from torch import nn']),
    'a longer import of the lab': ([], ('class', 'DATA = load_mnist\n\nclass'), [
        'import torch.nn.functional as F', 'from torch import nn', 'from nndl import load_mnist']),
}

USES_ALL = {'first_module': 'def make_first_module(): return nn', 'network': 'Model_ResNet18 = nn'}

# {lab: (sources of its exercises, the cells that are run)}
NEEDED = {
    '02_resnet18': (USES_ALL | {'resnet_module': 'resnet_module = torch, check'}, [
        ('import torch', None), ('from torch import nn', None),
        ('from nndl import ResBlock', None), (USES_ALL['first_module'], 'first_module'),
        ('resnet_module = torch, check', 'resnet_module'), (USES_ALL['network'], 'network')]),
    '05_torchvision': ({'weight_mapping': 'def map_names(x):\n    return ours'}, [
        ('from torchvision.models import resnet18', None),
        ('from nndl import Model_ResNet18', None),
        ('theirs, ours = (resnet18(), Model_ResNet18(in_channels=3, num_classes=1000))', None),
        ('def map_names(x):\n    return ours', 'weight_mapping')]),
    '04_why_it_works': ({}, []),
}
