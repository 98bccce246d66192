"""Makes the submissions of the suite."""

import copy
import json
from pathlib import Path

import hostile
import nbformat
import pytest
from conftest import ROOT

from nndl.__main__ import main
from nndl.grading import chunk, run

__all__ = ['LAB', 'handed_out', 'submission', 'solution', 'WRONG', 'fill', 'write', 'files',
           'hand_in', 'grade_here']

LAB = '01_residual_block'
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


def handed_out(lab=LAB, language='en'):
    """The student edition."""
    return nbformat.read(ROOT / 'notebooks' / 'student' / language / f'{lab}.ipynb', as_version=4)


def solution(grade_id, lab=LAB):
    """The lab's own."""
    notebook = nbformat.read(ROOT / 'notebooks' / 'en' / f'{lab}.ipynb', as_version=4)
    return cell_of(notebook, grade_id).source


def cell_of(notebook, grade_id):
    return next(cell for cell in notebook.cells
                if cell.metadata.get('nbgrader', {}).get('grade_id') == grade_id)


def submission(sources, lab=LAB, language='en'):
    """A student edition with cells filled in."""
    notebook = copy.deepcopy(handed_out(lab, language))
    for grade_id, source in sources.items():
        cell_of(notebook, grade_id).source = source
    return notebook


def fill(code, **values):
    """The code of a case, its places filled in."""
    stub = cell_of(handed_out(), 'resblock').source
    pieces = {'right': solution('resblock'), 'wrong': WRONG, 'stub': stub, **values}
    for name, value in pieces.items():
        code = code.replace('{' + name + '!r}', repr(value)).replace('{' + name + '}', str(value))
    return code


def write(notebook, path):
    """As Jupyter writes it, or as a student broke it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook),
                    encoding='utf-8')


def hand_in(folder, codes, lab=LAB):
    """Write notebooks {name: {grade_id: code}, or the code of ResBlock}; returns the folder."""
    for name, code in codes.items():
        sources = {'resblock': code} if isinstance(code, str) else code
        write(submission(sources, lab), folder / name / 'a.ipynb')
    return folder


def grade_here(submissions, out, *options):
    """``nndl grade`` in this process, without workers; its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, 'prepare', lambda workers: None)
        patch.setattr(run, 'results_of', lambda function, calls, _: (function(*c) for c in calls))
        try:
            return main(['grade', str(submissions), '--out', str(out), '--workers', '1', *options])
        finally:
            chunk.close_warm_parents()


def files():
    """{path: (notebook or text, points, status)} of files that are broken, changed or odd."""
    right, good = submission({'resblock': solution('resblock')}), 4
    text = json.dumps(right)
    made = {
        'truncated/a.ipynb': (text[:len(text) // 2], 0, 'malformed'),
        'empty/a.ipynb': ('', 0, 'malformed'),
        'a list/a.ipynb': ('[]', 0, 'malformed'),
        'deep/a.ipynb': ('[' * 100_000, 0, 'malformed'),
        'huge number/a.ipynb': ('{"nbformat": ' + '9' * 10_000 + '}', 0, 'malformed'),
        'format 3/a.ipynb': (json.dumps({'nbformat': 3, 'worksheets': []}), 0, 'malformed'),
        'odd cells/a.ipynb': (json.dumps({'nbformat': 4, 'cells': [1, None, {'metadata': []}, {
            'cell_type': 'code', 'metadata': {'nbgrader': {'grade_id': ['x']}}}]}), 0, 'malformed'),
        'Zoë O\'Neil [1].ipynb': (right, good, 'graded'),
        '李 明/实验 一.ipynb': (submission({'resblock': solution('resblock')}, language='zh'), good,
                          'graded'),
        'bob /a.ipynb': (right, good, 'graded'),
        'bob\u200b/a.ipynb': (right, good, 'graded'),
        '\uff1dHYPERLINK(1)/a.ipynb': (right, good, 'graded'),
        'class a/Li Ming/x.ipynb': (right, good, 'graded'),
        'class b/Li Ming/x.ipynb': (right, good, 'graded'),
        "=HYPERLINK(1)/a.ipynb": (right, good, 'graded'),
        '<b>x</b>&"/a.ipynb': (right, good, 'graded'),
    }
    for name, (change, points, status) in CHANGES.items():
        notebook = json.loads(text)
        change(notebook, notebook['cells'])
        made[f'{name}/a.ipynb'] = notebook, points, status
    return made


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
assert hostile.CELLS
