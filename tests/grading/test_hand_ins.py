"""Hand-ins as they really come: what is found, whose it is, what is taken of it, what is run."""

import json
import os
import pickle
import re
from contextlib import nullcontext, suppress
from types import SimpleNamespace

import pytest
import workshop
from cases.inputs import submissions as cases
from workshop import solution

from nndl.check.feedback import check_of
from nndl.check.notebook import Malformed, content_of
from nndl.grading import hand_ins
from nndl.grading.labs import read_labs
from nndl.grading.rebuild import cells_of, names_of
from nndl.grading.submission import NothingToGrade, submissions_of
from nndl.grading.syntax import as_python

LABS, RIGHT = read_labs(), solution('resblock')
NOTEBOOK = json.dumps(workshop.submission({'resblock': RIGHT}))


def submissions(notebook, path='a.ipynb'):
    content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    return submissions_of(SimpleNamespace(path=path, student='a', read=lambda: content), LABS)


def points_of(submission):
    """Of ResBlock, the cells run in this process; or its fault."""
    namespace = {'get_ipython': lambda: SimpleNamespace(run_line_magic=print)}
    for source, _ in cells_of(LABS[workshop.LAB], submission):
        with suppress(Exception):
            exec(as_python(source), namespace)
    share = check_of('resblock')(namespace['ResBlock']).share if 'ResBlock' in namespace else 0
    return submission.faults.get('resblock', 4 * share)


@pytest.mark.parametrize('name', cases.HAND_INS)
def test_files(name, tmp_path):
    tree, expected = cases.HAND_INS[name]
    cases.put(tree, tmp_path, NOTEBOOK.encode())
    found = pickle.loads(pickle.dumps(hand_ins.find(tmp_path, tmp_path / 'out')))
    assert [hand_in.path for hand_in in found] == sorted(expected)
    for hand_in in found:
        student, points = expected[hand_in.path]
        assert hand_in.student == student, hand_in
        with nullcontext() if points == 4 else pytest.raises(Malformed, match=re.escape(points)):
            assert hand_in.read() == NOTEBOOK.encode()


def test_nothing_and_what_has_no_end(tmp_path, monkeypatch):
    for read, path, reason in ((hand_ins.find, tmp_path, 'holds no notebooks'),
                               (hand_ins.find, tmp_path / 'x', 'No such file'),
                               (content_of, tmp_path, 'not a file')):
        with pytest.raises((Malformed, OSError), match=reason):
            read(path)
    cases.put({'x.zip': cases.full(9)}, tmp_path, b'')
    folder, deep = os.open(tmp_path, os.O_RDONLY), 'x' * 240
    for _ in range(20):
        os.mkdir(deep, dir_fd=folder)
        folder = os.open(deep, os.O_RDONLY, dir_fd=folder)
    monkeypatch.setattr(hand_ins, 'LARGEST_TABLE', 400)
    table, folder = hand_ins.find(tmp_path)
    assert 'too many files' in table.reason and 'cannot be entered' in folder.reason
    monkeypatch.setattr('nndl.grading.submission.MOST_LISTS', 9)
    with pytest.raises(Malformed, match='more lists'):
        submissions(json.loads(NOTEBOOK))


@pytest.mark.parametrize('name', [*cases.SHAPES, *cases.CHANGES])
def test_shapes(name):
    change, points, *_ = (cases.SHAPES | cases.CHANGES)[name]
    notebook = json.loads(NOTEBOOK)
    change(notebook, notebook['cells'])
    told = points_of(*submissions(notebook))
    assert told == points or (points == 0 and told in ('too_large', 'doubled')), told


@pytest.mark.parametrize('name', cases.OTHERS)
def test_what_stands_in_other_cells(name):
    others, (old, new), expected = cases.OTHERS[name]
    notebook = workshop.submission({'resblock': RIGHT.replace(old, new, 1)})
    notebook['cells'] += [{'cell_type': 'code', 'source': each} for each in others]
    submission, = submissions(notebook)
    *above, answer = cells_of(LABS[workshop.LAB], submission)
    assert answer == (RIGHT.replace(old, new, 1), 'resblock')
    assert submission.others[len(submission.others) - len(others):] == tuple(others)
    assert answer[0] not in submission.others
    starts = [code.partition('\n')[0] for code, _ in above]
    assert (starts if isinstance(expected, list) else points_of(submission)) == expected


def bare(*names, language='en'):
    """The solutions of labs, in one notebook of which all marks are gone."""
    made = [workshop.submission({name: solution(name, lab) for name in LABS[lab].exercises},
                                lab, language) for lab in names]
    return {'nbformat': 4, 'cells': [{'cell_type': cell.cell_type, 'source': cell.source}
                                     for notebook in made for cell in notebook.cells]}


def test_labs_are_found_by_names_alone():
    for name, lab in LABS.items():
        for language in ('en', 'zh') if lab.exercises else ():
            submission, = submissions(bare(name, language=language))
            assert (submission.lab, submission.language) == (name, language)
            assert submission.sources.keys() == lab.exercises.keys() and not submission.faults
    both = submissions(bare('01_residual_block', '03_ablation'))
    assert {each.key: len(each.sources) for each in both} == {
        'a.ipynb#01_residual_block': 1, 'a.ipynb#03_ablation': 3}
    said = bare('06_model_zoo') | {'metadata': {'nndl': {'lab': '06_model_zoo'}}}
    said['cells'] = [cell for cell in said['cells'] if 'check.' not in cell['source']]
    assert [each.lab for each in submissions(said)] == ['06_model_zoo']


@pytest.mark.parametrize('name', cases.NO_LABS)
def test_only_a_lab_without_exercises_is_left_out(name):
    content, path, nothing = cases.NO_LABS[name]
    with pytest.raises(NothingToGrade if nothing else Malformed):
        submissions(content.encode(), path)


def test_names_and_what_is_needed_of_a_lab():
    for code, names in cases.NAMES.items():
        assert names_of(code) == names
    for lab, (sources, expected) in cases.NEEDED.items():
        assert cells_of(LABS[lab], SimpleNamespace(sources=sources, others=())) == expected
