"""Handing out, reading, rebuilding, the kernel's library, flags, tables, and what can fail."""

import ast
import csv
import importlib
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from xml.etree import ElementTree

import hostile
import nbformat
import psutil
import pytest
import workshop
from conftest import ROOT
from workshop import grade_here, hand_in, solution, write

from nndl.__main__ import main
from nndl.check.catalog import NoExercise
from nndl.grading import chunk, memory, run, sandbox, workers
from nndl.grading.edition import hidden_by, make_edition, without
from nndl.grading.flags import flags_of, shape_of
from nndl.grading.labs import LabsError, read_labs
from nndl.grading.pages import page_of, write_class_page, write_feedback
from nndl.grading.rebuild import bound, needed, rebuild, used
from nndl.grading.record import STATUSES, failed_record, record_of
from nndl.grading.results import harmless, write_csv, write_junit
from nndl.grading.submission import (
    Malformed,
    NothingToGrade,
    Submission,
    find,
    read,
    student_of,
)
from nndl.grading.verdict import Verdict
from nndl.grading.warm_parent import IsolationError
from nndl.grading.words import WORDS
from nndl.grading.workspace import workspace

LABS, RIGHT = read_labs(), solution('resblock')
DEADLINES = run.Deadlines(60, 60, 240)  # nothing here comes near, however busy the machine is


def isolated(test):
    """A test that grades in isolated processes."""
    reason = sandbox.unavailable()
    return pytest.mark.hostile(pytest.mark.skipif(reason is not None, reason=f'{reason}')(test))


def grade(folder, out, **options):
    try:
        return run.grade(run.Settings(folder, out, deadlines=DEADLINES, **options))
    finally:
        chunk.close_warm_parents()


# ---- the folder of a run ---------------------------------------------------------------------

def test_what_a_killed_grader_left_is_removed(tmp_path):
    """And nothing else: not what another grader is using, nor what one has only just made."""
    code = ('import os, sys\nfrom nndl.grading.workspace import workspace\n'
            'with workspace(sys.argv[1]) as folder:\n    os.kill(os.getpid(), 9)')
    assert subprocess.run([sys.executable, '-c', code, tmp_path], cwd=ROOT).returncode == -9
    left, = tmp_path.iterdir()
    with workspace(tmp_path) as used:
        assert left.exists()
        for folder in (left, used):
            os.utime(folder, (0, 0))
        with workspace(tmp_path) as folder:
            assert {*tmp_path.iterdir()} == {used, folder}
    assert not [*tmp_path.iterdir()]


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


# ---- reading and rebuilding ------------------------------------------------------------------

def test_labs():
    exercises = [exercise for lab in LABS.values() for exercise in lab.exercises.values()]
    assert len({exercise.grade_id for exercise in exercises}) == len(exercises) >= 10
    assert all(exercise.points > 0 for exercise in exercises)
    assert LABS['02_resnet18'].points == sum(
        exercise.points for exercise in LABS['02_resnet18'].exercises.values())
    with pytest.raises(LabsError, match='there are no labs in'):
        read_labs(ROOT / 'tests')


def test_names_bound_and_used():
    code = 'import a.b as c\ndef f(x):\n    y = x + g\n    return y\nz = [i for i in c]\n'
    assert bound(code) == {'c', 'f', 'z'}
    assert used(code) & {'g', 'c', 'x', 'y', 'i'} == {'g', 'c'}
    assert bound('i = 1\nz = [i for i in c]') == {'i', 'z'}
    assert bound('%magic x') == used('def f(:') == set()


def test_the_rebuilt_notebook_holds_the_labs_cells_and_the_students_exercise():
    lab = LABS['02_resnet18']
    sources = {grade_id: f'{grade_id} = torch' for grade_id in lab.exercises}
    made = rebuild(lab, type('S', (), {'sources': sources}))
    assert [cell.metadata.get('exercise') for cell in made.cells if cell.metadata] == [
        'first_module', 'resnet_module', 'network']
    assert any('from nndl import ResBlock' in cell.source for cell in made.cells)
    text = '\n'.join(cell.source for cell in made.cells)
    assert 'check.' not in text
    assert 'nn.Conv2d(in_channels, 64' not in text
    # a name that only the student uses brings the cell that gives it
    lab = LABS['05_torchvision']
    assert list(needed(lab, {'weight_mapping': 'x = 1'})) == [0]
    cells = needed(lab, {'weight_mapping': 'def map_names(x):\n    return ours'})
    assert cells[1].splitlines() == [
        'from torchvision.models import resnet18', 'from nndl import Model_ResNet18',
        'theirs, ours = resnet18(), Model_ResNet18(in_channels=3, num_classes=1000)']


def test_reading(tmp_path):
    write(workshop.submission({'resblock': 'x'}, language='zh'), tmp_path / 'a' / 'b.ipynb')
    write('{}', tmp_path / '.hidden' / 'c.ipynb')
    write('{}', tmp_path / '.ipynb_checkpoints' / 'b-checkpoint.ipynb')
    assert find(tmp_path) == ['a/b.ipynb']
    submission = read(tmp_path, 'a/b.ipynb', LABS)
    assert (submission.lab, submission.language) == ('01_residual_block', 'zh')
    assert submission.sources == {'resblock': 'x'}
    assert (student_of('a/b.ipynb'), student_of('b.ipynb')) == ('a', 'b')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(Malformed, match='holds no notebooks'):
        find(tmp_path / 'empty')
    with pytest.raises(FileNotFoundError):
        find(tmp_path / 'no such')


def test_language_without_metadata(tmp_path):
    for language in ('en', 'zh'):
        notebook = workshop.handed_out(language=language)
        notebook.metadata = {}
        write(notebook, tmp_path / f'{language}.ipynb')
        assert read(tmp_path, f'{language}.ipynb', LABS).language == language


# ---- the kernel's library --------------------------------------------------------------------

def with_edition(folder, code):
    """What Python says to code that uses this copy of the library."""
    start = 'import sys; sys.path.insert(0, sys.argv[1]); '
    return subprocess.run([sys.executable, '-I', '-c', start + code, folder], text=True,
                          capture_output=True).stderr


def test_the_kernels_library_has_no_answers(tmp_path):
    lab = LABS['02_resnet18']
    make_edition(lab.exercises, tmp_path)
    texts = {path.relative_to(tmp_path).as_posix(): path.read_text(encoding='utf-8')
             for path in tmp_path.rglob('*.py')}
    assert 'AdaptiveAvgPool2d' not in texts['nndl/resnet.py']
    assert 'class ResBlock' in texts['nndl/resnet.py']
    assert not [name for name in texts if 'checker' in name or 'verdict' in name or 'labs' in name]
    told = with_edition(tmp_path, 'import nndl, nndl.check, nndl.lab; nndl.ResBlock(1, 2); '
                                  'nndl.Model_ResNet18()')
    assert 'Model_ResNet18 is not there while this exercise is graded' in told


def test_weights_without_their_tables(tmp_path):
    make_edition(['weight_mapping'], tmp_path)
    text = (tmp_path / 'nndl' / 'weights.py').read_text(encoding='utf-8')
    assert not [name for name in ('downsample', "'layer", 'fc') if name in text]
    code = 'from nndl.weights import from_torchvision; import nndl.check'
    assert with_edition(tmp_path, code) == ''


def test_without():
    source = '"""Doc."""\nA = {1: 2}\ndef f(x):\n    return 1\nclass C:\n    y = 2\n'
    some = without(source, ('f',))
    assert 'A = {1: 2}' in some and 'y = 2' in some and 'return 1' not in some
    none = without(source, '*')
    assert 'Doc' not in none and '1: 2' not in none and 'y = 2' not in none
    ast.parse(none)
    assert hidden_by(['weight_mapping', 'resblock'])['nndl.weights'] == '*'


# ---- flags -----------------------------------------------------------------------------------

def test_honest_code_is_not_flagged():
    for lab in LABS.values():
        for grade_id, exercise in lab.exercises.items():
            assert flags_of(lab.cells[exercise.place], grade_id) == []
    for path in (ROOT / 'tests' / 'cases').glob('*.py'):
        text = path.read_text(encoding='utf-8').replace('import nndl', '').replace('from nndl', '#')
        flags = [flag for flag in flags_of(text, 'accuracy')
                 if not flag.startswith(('patch', "the library's answer"))]
        assert flags == [], path.name


@pytest.mark.parametrize('name', sorted(set(hostile.PRETENDING) - {
    'custom_repr', 'nan_outputs', 'infinite_outputs'}))
def test_pretending_code_is_flagged(name):
    assert flags_of(workshop.fill(hostile.PRETENDING[name][0]), 'resblock')


def test_solutions_that_are_equal_but_for_names():
    other = RIGHT.replace('inputs', 'x').replace('conv1', 'one').replace('  # f(x), same shape', '')
    assert shape_of(RIGHT) == shape_of(other) is not None
    assert shape_of(RIGHT) != shape_of(RIGHT.replace('stride=stride', 'stride=1'))
    assert shape_of('x = 1') is shape_of('def f(:') is None


# ---- tables and pages ------------------------------------------------------------------------

def test_harmless():
    assert harmless('=1+1') == "'=1+1"
    assert harmless('\t\n@x\0') == '?@x?'
    assert harmless('bob ') == 'bob?', 'not the same as bob'
    assert harmless('bob\u200b') == 'bob?'
    assert harmless('\uff1dA1') == "'\uff1dA1"
    assert harmless('李明') == '李明'


def test_a_failure_of_the_grader_is_no_zero(tmp_path):
    record = failed_record('s/a.ipynb', 'x' * 64, 'v', 'Traceback of the grader')
    write_csv([record], tmp_path / 'grades.csv')
    text = (tmp_path / 'grades.csv').read_text(encoding='utf-8-sig')
    row, = csv.DictReader(text.splitlines())
    assert (row['points'], row['status']) == ('', 'grader_error')
    write_junit([record], tmp_path / 'junit.xml')
    assert ElementTree.parse(tmp_path / 'junit.xml').getroot()[0][0].find('error') is not None
    write_feedback([record], LABS, tmp_path)
    page = (tmp_path / page_of('s')).read_text()
    assert 'the grader failed; this says nothing about your solution' in page
    assert 'Traceback' not in page and 'could not be read' not in page
    write_class_page([record], LABS, tmp_path / 'class.html', 'zh')
    assert '评分程序出错' in (tmp_path / 'class.html').read_text(encoding='utf-8')


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


# ---- what can fail ---------------------------------------------------------------------------

@pytest.fixture
def one_right(tmp_path):
    return hand_in(tmp_path / 'submissions', {'a': RIGHT})


def test_without_isolation_it_refuses(one_right, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, 'unavailable', lambda: 'unshare: Operation not permitted')
    assert main(['grade', str(one_right), '--out', str(tmp_path / 'out')]) == 1
    error = capsys.readouterr().err
    assert 'cannot be isolated here (unshare: Operation not permitted)' in error
    assert '--no-sandbox' in error
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(('patched', 'reason'), [
    ({'sys.platform': 'darwin'}, 'it needs Linux on'),
    ({'os.uname': lambda: type('U', (), {'machine': 'x86_64', 'release': '5.4.0-1'})}, '5.14')])
def test_where_isolation_cannot_be_had(monkeypatch, patched, reason):
    for name, value in patched.items():
        monkeypatch.setattr(f'nndl.grading.sandbox.{name}', value)
    assert reason in sandbox.unavailable.__wrapped__()


@pytest.mark.hostile
def test_no_sandbox_grades_and_the_suites_attacks_get_through(tmp_path):
    """So what the suite looks for can be found: it is the isolation that stops it."""
    folder, out = tmp_path / 'submissions', tmp_path / 'out'
    sleep = ['sleep', f'299.{os.getpid()}']
    codes = {name: workshop.fill(hostile.CELLS[name][0], out=str(out), submissions=str(folder))
             for name in ('partial', 'reference', 'write_results')}
    codes['child'] = f'import subprocess\nsubprocess.Popen({sleep})'
    records = grade(hand_in(folder, codes), out, sandbox=False)
    assert not [each for each in psutil.process_iter(['cmdline'])
                if each.info['cmdline'] == sleep], 'what a kernel started ends with it'
    assert records['reference/a.ipynb']['exercises'][0]['points'] == 4
    assert records['partial/a.ipynb']['exercises'][0]['points'] == 1
    assert any('FOUND a way to write' in error
               for error in records['write_results/a.ipynb']['exercises'][0]['errors'])


@isolated
def test_the_graders_own_failure_is_told_and_mended_by_another_run(one_right, tmp_path, monkeypatch,
                                                                   capsys):
    out = tmp_path / 'out'

    def broken(*args):
        raise IsolationError('no warm process')

    with monkeypatch.context() as patch:
        patch.setattr(chunk, '_warm_parent', broken)
        assert grade_here(one_right, out) == 2
    told = capsys.readouterr()
    assert '1 grader_error' in told.out
    assert 'which got no points, not 0' in told.err
    assert grade_here(one_right, out) == 0
    assert '1 graded' in capsys.readouterr().out


@isolated
@pytest.mark.parametrize('whole', [False, True])
def test_a_dead_warm_process_is_replaced(one_right, tmp_path, whole, monkeypatch):
    """By another connection to it, or, where it is gone as a whole, by one of the worker's own."""
    hand_in(one_right, {'b': RIGHT})
    real, killed = chunk._run, []

    def kill_first(settings, lab, submissions, version, warm):
        if not killed:
            killed.append(psutil.Process(warm.pid))
            if whole:
                killed[0].parent().kill()
            killed[0].kill()
        return real(settings, lab, submissions, version, warm)

    monkeypatch.setattr(chunk, '_run', kill_first)
    monkeypatch.setattr(run, 'LARGEST_CHUNK', 1)
    records = grade(one_right, tmp_path / 'out').values()
    assert [record['exercises'][0]['status'] for record in records] == ['grader_error', 'graded']


@pytest.mark.hostile
def test_the_process_that_hands_out_the_work_does_without_torch(one_right, tmp_path):
    """Its import would be waited for before the first worker starts, and after the last."""
    code = ('import sys\nfrom nndl.__main__ import main\n'
            f'main(["grade", {str(one_right)!r}, "--out", {str(tmp_path / "out")!r}, '
            '"--no-sandbox", "--workers", "2"])\nassert "torch" not in sys.modules')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '1 graded' in done.stdout


@isolated
def test_who_ends_the_graders_process_gets_nothing_and_the_others_their_points(one_right, tmp_path,
                                                                               monkeypatch):
    """Else it would stand in the way of the whole class, again and again."""
    hand_in(one_right, dict.fromkeys('bc', RIGHT))

    def dying(function, calls, _):
        for call in calls:
            if 'b/a.ipynb' in [submission.path for submission in call[3]]:
                raise BrokenProcessPool
            yield function(*call)

    monkeypatch.setattr(run, 'results_of', dying)
    records = grade(one_right, tmp_path / 'out')
    statuses = {path: [e['status'] for e in record['exercises']]
                for path, record in records.items()}
    assert statuses == {'a/a.ipynb': ['graded'], 'b/a.ipynb': ['crashed'],
                        'c/a.ipynb': ['graded']}
    exercise, = records['b/a.ipynb']['exercises']
    assert exercise['points'] == 0 and 'twice' in exercise['errors'][0]


def test_memory_in_files_without_a_folder_is_counted():
    code = ('import os, sys\nfile = os.memfd_create("x")\nos.write(file, bytes(30_000_000))\n'
            'print(flush=True)\nsys.stdin.read()')
    with subprocess.Popen([sys.executable, '-c', code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert memory._in_nameless_files(psutil.Process(process.pid)) >= 30_000_000


def test_a_folder_that_cannot_be_entered_is_a_row_of_its_own(tmp_path):
    write('{}', tmp_path / 'amy' / 'a.ipynb')
    folder, deep = os.open(tmp_path, os.O_RDONLY), 'x' * 240
    for _ in range(20):
        os.mkdir(deep, dir_fd=folder)
        folder = os.open(deep, os.O_RDONLY, dir_fd=folder)
    first, second = find(tmp_path)
    assert first == 'amy/a.ipynb'
    with pytest.raises(Malformed, match='cannot be read'):
        read(tmp_path, second, LABS)


def test_a_student_without_a_notebook_is_a_row(tmp_path):
    write('{}', tmp_path / 'amy' / 'a.ipynb')
    write('print()', tmp_path / 'bob' / 'lab.py')
    (tmp_path / '.git').mkdir()
    assert find(tmp_path) == ['amy/a.ipynb', 'bob/*.ipynb']
    record = grade(tmp_path, tmp_path.with_name('out'))['bob/*.ipynb']
    assert student_of(record['path']) == 'bob'
    assert record['reason'] == 'there is no notebook in this folder'
    assert [e['status'] for e in record['exercises']] == ['malformed']


def test_a_file_that_cannot_be_read_counts_for_the_lab_that_it_is_named_after(tmp_path):
    write('', tmp_path / 'amy' / f'{workshop.LAB}.ipynb')
    record, = grade(tmp_path, tmp_path / 'out').values()
    assert [(e['grade_id'], e['points'], e['maximum'], e['status'])
            for e in record['exercises']] == [('resblock', 0, 4, 'malformed')]


def test_magics_hide_no_name_and_no_reach():
    """What is below them is still run with the names that it uses, and still looked at."""
    for code in ('%matplotlib inline\ntorch.relu(x)', 'x = torch.relu(y)\nnn.Conv2d?',
                 '%%time\ntorch.relu(x)', '!ls\ntorch.relu(x)'):
        assert 'torch' in used(code), code
        assert flags_of(code, 'resblock')[0] == 'magic', code
    assert flags_of('class A(nn.Module:\n    pass', 'resblock') == []
    assert flags_of('len?\nimport ctypes', 'resblock') == ['magic', 'process: ctypes']


def test_reaching_is_seen_by_other_ways_too():
    for code, expected in hostile.REACHING.items():
        assert flags_of(code, 'accuracy') == expected
        if 'Accuracy' in code:  # which that lab itself needs
            assert flags_of(code, 'training_step') == []
    assert flags_of('r = RunnerV3(model)', 'training_step') == ["the library's answer: RunnerV3"]
    for code in ('def accuracy(a, b):\n    return model.modules(), check.accuracy',
                 'from nndl.check import accuracy as test\ntest(accuracy).require()',
                 'check.accuracy(accuracy).require()'):
        assert flags_of(code, 'accuracy') == []


def test_flags_are_found_fast():
    """Not in the time of the square of a cell's length: it has no deadline."""
    start = time.process_time()
    flags_of('(\n' + '\n' * 99_000, 'resblock')
    flags_of('[' + '1,' * 40_000 + ']' + '.a' * 240, 'resblock')
    assert time.process_time() - start < 10, 'it took 100 s, now about 0.3'


def test_an_exercise_says_on_which_wrong_one_it_builds():
    lab = LABS['02_resnet18']
    sources = {grade_id: lab.cells[exercise.place] for grade_id, exercise in lab.exercises.items()}
    submission = Submission('amy/a.ipynb', 'x', lab.name, 'en', sources)
    verdicts = {'first_module': Verdict({}, 0.5), 'resnet_module': Verdict({}, 1.0),
                'network': Verdict({}, 0.0)}
    record = record_of(submission, lab, verdicts, 1.0, 'v')
    builds_on = {e['grade_id']: e['builds_on'] for e in record['exercises']}
    assert builds_on == {'first_module': [], 'resnet_module': [], 'network': ['make_first_module']}


def test_what_could_not_be_graded_is_not_handed_out(tmp_path, monkeypatch, capsys):
    def without(grade_id):
        raise NoExercise(f'the exercise {grade_id!r} has no checker')

    monkeypatch.setattr('nndl.grading.release.about', without)
    assert main(['release', '--out', str(tmp_path / 'out')]) == 1
    assert "the exercise 'resblock' has no checker" in capsys.readouterr().err


def test_a_killed_worker_is_noticed():
    assert sorted(workers.results_of(eval, [('1',), ('2',)], 2)) == [1, 2]
    with pytest.raises(BrokenProcessPool):
        list(workers.results_of(eval, [('__import__("signal").raise_signal(9)',), ('2',)], 2))


@isolated
def test_exercises_of_a_notebook_are_graded_one_by_one(tmp_path):
    """One raises, one kills the kernel: the others keep their points, to the digit."""
    lab, folder = '02_resnet18', tmp_path / 'submissions'
    right = {name: solution(name, lab) for name in ('first_module', 'resnet_module')}
    stub = 'Model_ResNet18 = None'
    partly = right['resnet_module'].replace(
        'use_residual=use_residual)\n', 'use_residual=True)\n')
    assert partly != right['resnet_module']
    hand_in(folder, {
        'raises': right | {'first_module': '1 / 0', 'network': stub},
        'dies': right | {'first_module': 'import os\nos._exit(1)', 'network': stub},
        'dies in the middle': right | {'resnet_module': 'import os\nos._exit(1)', 'network': stub},
        'partly': right | {'resnet_module': partly, 'network': stub}}, lab)
    points = {path.split('/')[0]: [exercise['points'] for exercise in record['exercises']]
              for path, record in grade(folder, tmp_path / 'out').items()}
    assert points == {'raises': [0, 3, 0], 'dies': [0, 3, 0], 'dies in the middle': [2, 0, 0],
                      'partly': [2, 2, 0]}


@isolated
def test_kernels_draw_different_random_numbers(tmp_path):
    """Forked from one process, they would all draw the same."""
    code = ('import random, numpy\n'
            'raise ValueError(f"{random.random()} {numpy.random.rand()} {torch.rand(1).item()}")')
    folder = hand_in(tmp_path / 'submissions', dict.fromkeys('abc', code))
    told = [record['exercises'][0]['errors'][0].split()[1:]
            for record in grade(folder, tmp_path / 'out').values()]
    for numbers in zip(*told, strict=True):
        assert len(set(numbers)) == 3


def test_stored_records_of_another_grader_do_not_count(one_right, tmp_path):
    settings = run.Settings(one_right, tmp_path / 'out')
    path = run.result_path(tmp_path / 'out', 'a/a.ipynb')
    path.parent.mkdir(parents=True)
    sha256 = read(one_right, 'a/a.ipynb', LABS).sha256
    record = {'path': 'a/a.ipynb', 'version': 'v', 'sha256': sha256, 'exercises': []}
    path.write_text(json.dumps(record))
    assert run._stored(settings, 'a/a.ipynb', 'v') == record
    assert run._stored(settings, 'a/a.ipynb', 'w') is None
    assert run._stored(settings, 'b/a.ipynb', 'v') is None
    path.write_text(json.dumps(record | {'sha256': 'x'}))
    assert run._stored(settings, 'a/a.ipynb', 'v') is None


def test_a_worker_with_another_version_is_refused():
    with pytest.raises(run.Refused, match='another version'):
        run._grade_chunk('another digest')


def test_a_lab_that_is_none_is_not_left_out(tmp_path):
    """A lab without exercises is; what only says that it is some lab gets a record."""
    for lab in ('00_start', 'no_such_lab'):
        write({'nbformat': 4, 'cells': [], 'metadata': {'nndl': {'lab': lab}}},
                       tmp_path / f'{lab}.ipynb')
    with pytest.raises(NothingToGrade):
        read(tmp_path, '00_start.ipynb', LABS)
    with pytest.raises(Malformed, match="none of the exercises' cells"):
        read(tmp_path, 'no_such_lab.ipynb', LABS)


def test_other_deadlines_or_isolation_are_another_grader(tmp_path):
    settings = run.Settings(tmp_path, tmp_path)
    versions = {run._version(LABS, replace(settings, **other)) for other in (
        {}, {'workers': 7}, {'sandbox': False}, {'deadlines': run.Deadlines(cell=90)})}
    assert len(versions) == 3


def _record(path, points, status='graded'):
    head = {'path': path, 'student': 'a', 'sha256': '', 'version': '', 'lab': '01_residual_block',
            'language': 'en', 'seconds': 1.0, 'reason': ''}
    return head | {'exercises': [{
        'grade_id': 'resblock', 'points': points, 'maximum': 4, 'status': status, 'fault': '',
        'builds_on': [], 'passed': {}, 'errors': [], 'faults': [], 'message': '', 'flags': [],
        'shape': None}]}


def test_a_lab_handed_in_twice_counts_once(tmp_path):
    records = [_record('a/x.ipynb', 1, 'wrong'), _record('a/x (1).ipynb', 4),
               _record('a/y.ipynb', None, 'grader_error')]
    write_feedback(records, LABS, tmp_path)
    assert '4 of 4 points' in (tmp_path / page_of('a')).read_text()
    write_class_page(records, LABS, tmp_path / 'class.html')
    page = (tmp_path / 'class.html').read_text()
    assert 'handed in more than once' in page
    assert 'a/x.ipynb, a/x (1).ipynb, a/y.ipynb' in page
    assert '>8<' not in page


@isolated
def test_a_checker_that_fails_is_no_fault_of_the_students(one_right, tmp_path, monkeypatch):
    def cannot(ask, draw):
        raise RuntimeError('the checker has a fault')

    monkeypatch.setattr('nndl.check.exercises.resblock.checker.criteria', cannot)
    record, = grade(one_right, tmp_path / 'out').values()
    assert [(e['status'], e['points']) for e in record['exercises']] == [('grader_error', None)]


@isolated
def test_what_a_wrong_answer_is_told_is_what_the_check_says(tmp_path):
    """In the kernel, where the library is without the answers."""
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
    assert len(changed) >= 9
    for path, record in grade(folder, tmp_path / 'out').items():
        grade_id = path.split('/')[0]
        told[grade_id] = next(e for e in record['exercises'] if e['grade_id'] == grade_id)
    assert set(told) == changed
    for grade_id, exercise in told.items():
        assert exercise['points'] < exercise['maximum'], grade_id
        assert exercise['faults'] and exercise['message'], exercise
        assert exercise['errors'] == [] or grade_id == 'network', exercise
