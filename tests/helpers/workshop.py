"""Makes the submissions of the suite."""

import copy
import json
from pathlib import Path

import nbformat
import pytest
from cases.inputs.submissions import BROKEN, CHANGES, ODD_PATHS, WRONG
from conftest import ROOT

from nndl.__main__ import main
from nndl.grading import worker

__all__ = ['LAB', 'handed_out', 'submission', 'solution', 'WRONG', 'fill', 'write', 'files',
           'hand_in', 'grade_here']

LAB = '01_residual_block'
LINE = ('import gc, socket\nline = next(each for each in gc.get_objects() '
        'if isinstance(each, socket.socket) and each.fileno() > 0)')


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
    pieces = {'right': solution('resblock'), 'wrong': WRONG, 'stub': stub, 'line': LINE, **values}
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
        patch.setattr('joblib.cpu_count', lambda: 0)
        try:
            return main(['grade', str(submissions), '--out', str(out), *options])
        finally:
            worker.close_own()


def files():
    """{path: (notebook or text, points, status)} of files that are broken, changed or odd."""
    right, good = submission({'resblock': solution('resblock')}), 4
    text = json.dumps(right)
    made = {
        'truncated/a.ipynb': (text[:len(text) // 2], 0, 'malformed'),
        '李 明/实验 一.ipynb': (submission({'resblock': solution('resblock')}, language='zh'), good,
                          'graded'),
        **{f'{name}/a.ipynb': (broken, 0, 'malformed') for name, broken in BROKEN.items()},
        **dict.fromkeys(ODD_PATHS, (right, good, 'graded')),
    }
    for name, (change, points, status) in CHANGES.items():
        notebook = json.loads(text)
        change(notebook, notebook['cells'])
        made[f'{name}/a.ipynb'] = notebook, points, status
    return made
