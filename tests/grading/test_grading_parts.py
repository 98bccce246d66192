"""Handing out, flags, records, tables and pages."""

import csv
import importlib
import re
import time
from xml.etree import ElementTree

import hostile
import nbformat
import pytest
import workshop
from conftest import ROOT
from workshop import hand_in, solution

from nndl.__main__ import main
from nndl.check.catalog import NoExercise
from nndl.grading import run, sandbox, worker
from nndl.grading.flags import flags_of, shape_of
from nndl.grading.labs import LabsError, read_labs
from nndl.grading.pages import page_of, write_class_page, write_feedback
from nndl.grading.record import STATUSES, plain_record, record_of
from nndl.grading.results import harmless, write_csv, write_junit
from nndl.grading.submission import Submission
from nndl.grading.verdict import Verdict
from nndl.grading.words import WORDS

LABS, RIGHT = read_labs(), solution('resblock')


# ---- handing out -----------------------------------------------------------------------------

@pytest.mark.parametrize('language', ['en', 'zh'])
def test_release(tmp_path, capsys, language):
    out = tmp_path / 'out'
    assert main(['release', '--out', str(out), '--lang', language]) == 0
    assert f'{len(LABS)} labs' in capsys.readouterr().out
    paths = sorted(out.rglob('*.ipynb'))
    assert [path.parent.name for path in paths] == [path.stem for path in paths]
    for path in paths:
        text = path.read_text(encoding='utf-8')
        assert 'SOLUTION' not in text
        assert nbformat.read(path, as_version=4).metadata.nndl.language == language
    assert ('练习' in paths[1].read_text(encoding='utf-8')) == (language == 'zh')
    assert main(['release', '--out', str(out)]) == 1
    assert 'is not empty' in capsys.readouterr().err


def test_a_release_with_outputs_is_refused(tmp_path, capsys):
    (tmp_path / 'student' / 'en').mkdir(parents=True)
    notebook = nbformat.read(ROOT / 'notebooks' / 'en' / '01_residual_block.ipynb', as_version=4)
    nbformat.write(notebook, tmp_path / 'student' / 'en' / 'x.ipynb')
    assert main(['release', '--out', str(tmp_path / 'out'), '--labs', str(tmp_path)]) == 1
    assert 'holds outputs' in capsys.readouterr().err


def test_what_could_not_be_graded_is_not_handed_out(tmp_path, monkeypatch, capsys):
    def without(grade_id):
        raise NoExercise(f'the exercise {grade_id!r} has no checker')

    monkeypatch.setattr('nndl.grading.release.about', without)
    assert main(['release', '--out', str(tmp_path / 'out')]) == 1
    assert "the exercise 'resblock' has no checker" in capsys.readouterr().err


def test_labs():
    exercises = [exercise for lab in LABS.values() for exercise in lab.exercises.values()]
    assert len({exercise.grade_id for exercise in exercises}) == len(exercises) >= 10
    assert all(exercise.points > 0 for exercise in exercises)
    with pytest.raises(LabsError, match='there are no labs in'):
        read_labs(ROOT / 'tests')


# ---- flags -----------------------------------------------------------------------------------

def test_honest_code_is_not_flagged():
    for lab in LABS.values():
        for exercise in lab.exercises.values():
            assert flags_of(lab.cells[exercise.place]) == []
    for path in (ROOT / 'tests' / 'cases').glob('*.py'):
        assert flags_of(path.read_text(encoding='utf-8')) == [], path.name


@pytest.mark.parametrize('name', sorted(name for name, (_, _, statuses) in hostile.CELLS.items()
                                        if statuses == {'suspicious'}))
def test_code_that_reaches_further_is_flagged(name):
    code = workshop.fill(hostile.CELLS[name][0], out='o', submissions='s', port=9)
    assert flags_of(code) or name == 'patched_json'


def test_reaching_is_seen_by_other_ways_too():
    for code, expected in hostile.REACHING.items():
        assert flags_of(code) == expected
    for code in ('%matplotlib inline\nx', '!ls', 'files = !ls\nmodel.modules()', '%%time\nx = 1',
                 'nn.Conv2d?', 'check.accuracy(accuracy).require()', 'class A(nn.Module:'):
        assert flags_of(code) == [], code


def test_flags_are_found_fast():
    """Not in the time of the square of a cell's length: it has no deadline."""
    start = time.process_time()
    flags_of('(\n' + '\n' * 99_000)
    flags_of('[' + '1,' * 40_000 + ']' + '.a' * 240)
    assert time.process_time() - start < 10, 'it took 100 s, now about 0.3'


def test_solutions_that_are_equal_but_for_spacing():
    other = RIGHT.replace('  # f(x), same shape', '').replace(' = ', '  =  ').replace('\n\n', '\n')
    assert other != RIGHT and shape_of(RIGHT) == shape_of(other) is not None
    assert shape_of(RIGHT) != shape_of(RIGHT.replace('stride=stride', 'stride=1'))
    assert shape_of('x = 1') is shape_of('def f(:') is None


# ---- records ---------------------------------------------------------------------------------

def a_submission(lab, **faults):
    sources = {name: lab.cells[exercise.place] for name, exercise in lab.exercises.items()}
    return Submission('amy/a.ipynb', 'amy', 'x', lab.name, 'en', sources, faults, (), 'amy/a.ipynb')


def test_an_exercise_says_on_which_wrong_one_it_builds():
    lab = LABS['02_resnet18']
    verdicts = {'first_module': Verdict({}, 0.5), 'resnet_module': Verdict({}, 1.0),
                'network': Verdict({}, 0.0)}
    record = record_of(a_submission(lab), lab, verdicts, 1.0, 'v')
    builds_on = {e['grade_id']: e['builds_on'] for e in record['exercises']}
    assert builds_on == {'first_module': [], 'resnet_module': [], 'network': ['make_first_module']}


def test_a_failure_of_the_grader_is_no_zero(tmp_path):
    lab = LABS['01_residual_block']
    record = plain_record(a_submission(lab), 'x' * 64, 'v', 'grader_error', 'Traceback', lab)
    write_csv([record], tmp_path / 'grades.csv')
    text = (tmp_path / 'grades.csv').read_text(encoding='utf-8-sig')
    row, = csv.DictReader(text.splitlines())
    assert (row['points'], row['status']) == ('', 'grader_error')
    write_junit([record], tmp_path / 'junit.xml')
    assert ElementTree.parse(tmp_path / 'junit.xml').getroot()[0][0].find('error') is not None
    write_feedback([record], LABS, tmp_path)
    page = (tmp_path / page_of('amy')).read_text()
    assert 'the grader failed; this says nothing about your solution' in page
    assert 'Traceback' not in page and 'could not be read' not in page
    write_class_page([record], LABS, tmp_path / 'class.html', 'zh')
    assert '评分程序出错' in (tmp_path / 'class.html').read_text(encoding='utf-8')


def test_a_file_that_cannot_be_read_counts_for_the_lab_that_it_is_named_after(tmp_path):
    workshop.write('', tmp_path / 'amy' / f'{workshop.LAB}.ipynb')
    workshop.write(workshop.handed_out('00_start'), tmp_path / 'bob' / 'x.ipynb')
    record, other = run.grade(run.Settings(tmp_path, tmp_path / 'out'))
    assert [(e['grade_id'], e['points'], e['maximum'], e['status'])
            for e in record['exercises']] == [('resblock', 0, 4, 'malformed')]
    assert (other['student'], other['reason']) == ('bob', '00_start has no exercises')


@pytest.mark.hostile
@pytest.mark.skipif(sandbox.unavailable() is not None, reason=f'{sandbox.unavailable()}')
def test_what_a_wrong_answer_is_told_is_what_the_check_says(tmp_path):
    """In the child, where the library is without the answers."""
    folder, changed, told = tmp_path / 'submissions', set(), {}
    for lab in LABS.values():
        sources = {}
        for grade_id in lab.exercises:  # those behind it are left as they are
            sources[grade_id] = solution(grade_id, lab.name)
            if planted := getattr(importlib.import_module(f'cases.{grade_id}'), 'PLANTED', None):
                assert planted[0] in sources[grade_id], (grade_id, sources[grade_id])
                wrong = sources | {grade_id: sources[grade_id].replace(*planted)}
                hand_in(folder, {grade_id: wrong}, lab.name)
                changed.add(grade_id)
        if sources:
            hand_in(folder, {f'{grade_id} right': sources}, lab.name)
    assert len(changed) >= 9
    try:
        records = run.grade(run.Settings(folder, tmp_path / 'out'))
    finally:
        worker.close_own()
    for record in records:
        grade_id, _, right = record['student'].partition(' ')
        told[grade_id, right] = next(e for e in record['exercises'] if e['grade_id'] == grade_id)
    for (grade_id, right), exercise in told.items():
        full = exercise['points'] == exercise['maximum']
        assert full == bool(right), exercise
        assert right or exercise['faults'] and exercise['message'], exercise
        assert exercise['errors'] == [] or grade_id == 'network', exercise


# ---- tables and pages ------------------------------------------------------------------------

def test_harmless():
    assert harmless('=1+1') == "'=1+1"
    assert harmless('\t\n@x\0') == '?@x?'
    assert harmless('bob ') == 'bob?', 'not the same as bob'
    assert harmless('bob\u200b') == 'bob?'
    assert harmless('\uff1dA1') == "'\uff1dA1"
    assert harmless('李明') == '李明'


def test_the_pages_words_are_there_in_both_languages_and_used():
    folder = ROOT / 'nndl' / 'grading' / 'templates'
    text = ' '.join(path.read_text(encoding='utf-8') for path in folder.glob('*.html'))
    used_words = set(re.findall(r'words\.(\w+)', text))
    assert WORDS['en'].keys() == WORDS['zh'].keys() == used_words
    for words in WORDS.values():
        assert words['status'].keys() == {*STATUSES, 'doubled'}


def test_names_of_pages_differ():
    names = {page_of(student) for student in ('a b', 'a-b', 'a/b', '李明', '李 明', '..', '')}
    assert len(names) == 7
    assert all('/' not in name and not name.startswith('.') for name in names)


def test_a_lab_handed_in_twice_counts_once(tmp_path):
    def record(path, points):
        lab = LABS['01_residual_block']
        made = plain_record(a_submission(lab), '', '', 'grader_error', '', lab)
        made['exercises'][0] |= {'points': points, 'status': 'graded'}
        return made | {'path': path, 'student': 'a'}

    records = [record('a/x.ipynb', 1), record('a/x (1).ipynb', 4), record('a/y.ipynb', None)]
    write_feedback(records, LABS, tmp_path)
    assert '4 of 4 points' in (tmp_path / page_of('a')).read_text()
    write_class_page(records, LABS, tmp_path / 'class.html')
    page = (tmp_path / 'class.html').read_text()
    assert 'handed in more than once' in page
    assert 'a/x.ipynb, a/x (1).ipynb, a/y.ipynb' in page
    assert '>8<' not in page
