"""Submissions of lab 01: a wrong answer, and what becomes of a notebook on its way."""

import json

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


def _index(cells, grade_id):
    return next(k for k, cell in enumerate(cells)
                if cell['metadata'].get('nbgrader', {}).get('grade_id') == grade_id)


def _tampered_test(notebook, cells):
    exercise, check = (cells[_index(cells, name)] for name in ('resblock', 'resblock_check'))
    exercise['source'], check['source'] = WRONG, 'pass'


def _deleted_test(notebook, cells):
    del cells[_index(cells, 'resblock_check')]


def _no_ids(notebook, cells):
    for cell in cells:
        cell['metadata'] = {}


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
    'no ids': (_no_ids, 0, 'malformed'), 'no counts': (_no_execution_count, 4, 'graded'),
    'other kernel': (_other_kernel, 4, 'graded'), 'doubled': (_doubled, 0, 'malformed'),
    'doubled alike': (_doubled_alike, 4, 'graded'), 'reordered': (_reordered, 4, 'graded'),
    'flags': (_flags, 4, 'graded'), 'tags': (_tags, 1, 'wrong'),
    'other cells': (_other_cells, 4, 'graded'), 'lists of lines': (_lines, 4, 'graded'),
    'large cell': (_large_cell, 0, 'malformed'),
}
