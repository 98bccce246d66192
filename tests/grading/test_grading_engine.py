"""Children, the library that they see, workers, and what remains after the grader was killed."""

import contextlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace

import hostile
import psutil
import pytest
import workshop
from conftest import ROOT
from fake_worker import fake_call
from workshop import grade_here, hand_in, solution

from nndl.__main__ import main
from nndl.grading import memory, pool, run, sandbox, worker
from nndl.grading.children import Child, Deadlines, Gone, Lost, Warm, start_warm
from nndl.grading.edition import chosen, make_edition
from nndl.grading.labs import read_labs
from nndl.grading.workspace import workspace

LABS, RIGHT = read_labs(), solution('resblock')
PATIENT = Deadlines(60, 60, 240)  # nothing here comes near, however busy the machine is


def isolated(test):
    """A test that grades in isolated processes."""
    reason = sandbox.unavailable()
    return pytest.mark.hostile(pytest.mark.skipif(reason is not None, reason=f'{reason}')(test))


def grade(folder, out, deadlines=PATIENT, **options):
    """{path: record}."""
    try:
        return {record['path']: record for record in run.grade(
            run.Settings(folder, out, deadlines=deadlines, **options))}
    finally:
        worker.close_own()


def first(records, path):
    return records[path]['exercises'][0]


@pytest.fixture
def one_right(tmp_path):
    return hand_in(tmp_path / 'submissions', {'a': RIGHT})


# ---- the library in a child --------------------------------------------------------------------

def with_edition(folder, code):
    """What Python says to code that uses this copy of the library."""
    start = 'import sys; sys.path.insert(0, sys.argv[1]); '
    return subprocess.run([sys.executable, '-I', '-c', start + code, folder], text=True,
                          capture_output=True).stderr


@pytest.mark.parametrize('lab', [name for name, lab in LABS.items() if lab.exercises])
def test_the_library_of_a_child_holds_no_answer(lab, tmp_path):
    make_edition(LABS[lab].exercises, tmp_path / 'x')
    texts = {path.relative_to(tmp_path / 'x').as_posix(): path.read_text(encoding='utf-8')
             for path in (tmp_path / 'x').rglob('*.py')}
    assert not [name for name in texts if any(word in name for word in (
        'checker', 'verdict', 'check/networks', 'styles', 'values', 'labs', 'metric', 'runner'))]
    everything = '\n'.join(texts.values())
    for name in LABS[lab].exercises:
        kept = [line.strip() for line in solution(name, lab).splitlines()[1:]
                if len(line.strip()) > 35 and line.strip() in everything]
        assert not kept, (name, kept)
    assert ('class ResBlock' in everything) == (lab[:2] in {'02', '03', '04', '05'})
    assert ('class Model_ResNet18' in everything) == (lab[:2] in {'03', '04', '05'})


def test_a_name_that_is_not_in_it_may_be_imported_and_not_called(tmp_path):
    make_edition(['network'], tmp_path / 'x')
    assert with_edition(tmp_path / 'x', 'from nndl import ResBlock, plot; ResBlock(1, 2); '
                        'from nndl.widgets import Pad; Pad(); import nndl.lab; nndl.lab.start(5); '
                        'from nndl import check; check.network(5).require()') == ''
    for code in ('from nndl import Model_ResNet18 as f', 'import nndl; f = nndl.Accuracy',
                 'from nndl.runner import RunnerV3 as f'):
        assert 'is not there while this exercise is graded' in with_edition(
            tmp_path / 'x', f'{code}; f()')


def test_chosen():
    source = ('"""Doc."""\nimport a\nfrom b import c, d\nA = {1: 2}\nB = A\n'
              'def f(x):\n    return g(x) + B[c]\ndef g(x):\n    return a\nclass C:\n    y = d\n')
    text = chosen(source, {'f'})
    assert 'def g' in text and 'A = ' in text and 'import c\n' in text
    assert 'class C' not in text and 'Doc' not in text
    assert chosen(source, '*') == source


# ---- children ----------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def warm():
    """What children of lab 01 are forked from."""
    with workspace() as folder, contextlib.closing(
            start_warm(LABS['01_residual_block'], folder / 'library')) as process:
        yield process


@contextlib.contextmanager
def a_child(warm, seconds=60):
    with contextlib.closing(Child(warm, 60, time.monotonic() + seconds)) as child:
        yield child


def ran(child, code, seconds=30):
    return child.ask(b'r' + code.encode(), time.monotonic() + seconds).decode()


@isolated
def test_a_child_runs_cells_and_tells_what_they_raised(warm):
    with a_child(warm) as child:
        assert ran(child, 'x = 5') == ''
        assert ran(child, 'x + "a"').startswith('TypeError: unsupported operand')
        assert ran(child, 'assert x == 5') == ''
        assert ran(child, 'class E(Exception):\n    def __str__(self): 1 / 0\nraise E') == 'E'
        with pytest.raises(Lost, match='timeout'):
            ran(child, 'while True: pass', seconds=0.5)
    with a_child(warm) as child, pytest.raises(Lost, match='crashed'):
        ran(child, 'import os\nos._exit(0)')


@isolated
def test_what_a_child_started_ends_with_it(warm):
    word = f'299.{os.getpid()}'
    with a_child(warm) as child:
        ran(child, f'import os, subprocess\nsubprocess.Popen(["sleep", "{word}"], '
                   'start_new_session=True)')
        assert sleeping(word)
    assert not sleeping(word)


def sleeping(word):
    return [each for each in psutil.process_iter(['cmdline']) if word in (each.info['cmdline']
                                                                          or ())]


@isolated
def test_children_draw_different_random_numbers(warm):
    """Forked from one process, they would all draw the same."""
    told = []
    for _ in range(3):
        with a_child(warm) as child:
            told.append(ran(child, 'import random, numpy, torch\nraise ValueError(f"'
                            '{random.random()} {numpy.random.rand()} {torch.rand(1).item()}")'))
    for numbers in zip(*(text.split()[1:] for text in told), strict=True):
        assert len(set(numbers)) == 3


def test_memory_in_files_without_a_folder_is_counted():
    code = ('import os, sys\nfile = os.memfd_create("x")\nos.write(file, bytes(30_000_000))\n'
            'print(flush=True)\nsys.stdin.read()')
    with subprocess.Popen([sys.executable, '-c', code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process = psutil.Process(process.pid)
        assert 60_000_000 > memory._in_nameless_files([process, process]) >= 30_000_000


# ---- submissions -------------------------------------------------------------------------------

@isolated
def test_each_limit_is_named(one_right, tmp_path):
    hand_in(one_right, {name: workshop.fill(code) for name, (code, *_) in hostile.SLOW.items()})
    records = grade(one_right, tmp_path / 'out', Deadlines(cell=2, answer=1, notebook=60))
    assert first(records, 'a/a.ipynb')['points'] == 4
    told = {name: first(records, f'{name}/a.ipynb') for name in hostile.SLOW}
    assert all((e['points'], e['status']) == (0, 'timeout') for e in told.values())
    assert {e['errors'][0] for e in told.values()} == {
        'the cell ran for more than 2 s (--cell-seconds)', 'one call of it took more than 1 s'}
    records = grade(one_right, tmp_path / 'out', Deadlines(cell=60, answer=60, notebook=3))
    assert {first(records, f'{name}/a.ipynb')['errors'][0] for name in hostile.SLOW} == {
        'the whole notebook took more than 3 s (--notebook-seconds)'}


@isolated
def test_exercises_of_a_notebook_are_graded_one_by_one(tmp_path):
    """One raises, one kills the child: the others keep their points, to the digit."""
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
def test_a_checker_that_fails_is_no_fault_of_the_students(one_right, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr('nndl.check.exercises.resblock.checker.criteria',
                      lambda ask, draw: 1 / 0)
        assert grade_here(one_right, tmp_path / 'out') == 2
    told = capsys.readouterr()
    assert '1 grader_error' in told.out
    assert 'which got no points, not 0' in told.err
    compared = '--compare', str(tmp_path / 'out')
    assert grade_here(one_right, tmp_path / 'out', *compared) == 0, 'another run grades it'
    told = capsys.readouterr().out
    assert '1 graded' in told and 'a, resblock: - -> 4 points (graded)' in told


# ---- workers -----------------------------------------------------------------------------------

@pytest.mark.cluster
def test_a_dead_or_late_worker_is_replaced():
    """What was graded beside it may be lost with it; nothing comes twice."""
    names = ['a', 'b', 'dies', 'c', 'd', 'late', 'e']
    done = dict(pairs := [*pool.side_by_side(fake_call, names, 2, 3)])
    assert len(pairs) == len(names) == len(done)
    assert done['dies'] is done['late'] is None
    assert all(done[name] in (name, None) for name in 'abcde')
    assert sum(map(bool, done.values())) >= 3
    assert not multiprocessing.active_children()


@pytest.mark.cluster
def test_a_fault_of_the_workers_own_is_no_fault_of_the_students():
    """It is raised, and nobody gets 0 points for it."""
    with pytest.raises(ImportError, match='no torch'):
        list(pool.side_by_side(fake_call, ['a', 'fails', 'late'], 2, 60))
    assert not multiprocessing.active_children()


@isolated
def test_a_dead_warm_process_is_replaced_but_not_for_ever(one_right, tmp_path, monkeypatch):
    """For the next submission, and once more for the one that found it dead."""
    hand_in(one_right, {'b': RIGHT})
    warm, deaths = worker._own_warm, iter((False, True, True, True))

    def dead(*how):
        found = warm(*how)
        if next(deaths):
            found.process.kill()
            found.process.wait()
        return found

    monkeypatch.setattr(worker, '_own_warm', dead)
    records = grade(one_right, tmp_path / 'out')
    assert [first(records, path)['status'] for path in records] == ['graded', 'grader_error']
    deaths = iter((True, False, False))
    records = grade(one_right, tmp_path / 'out')
    assert [first(records, path)['status'] for path in records] == ['graded'] * 2


@isolated
def test_why_the_warm_process_ended_is_told(tmp_path):
    (tmp_path / 'nndl').mkdir()
    (tmp_path / 'nndl' / '__init__.py').write_text('raise SystemExit("no memory")')
    with contextlib.closing(Warm(tmp_path)) as warm:
        warm.process.wait()
        with pytest.raises(Gone, match='has ended:\nno memory'):
            Child(warm, 60, time.monotonic() + 60)


@isolated
def test_who_ends_the_worker_twice_gets_nothing_and_the_others_their_points(
        one_right, tmp_path, monkeypatch):
    """Else it would stand in the way of the whole class, again and again."""
    hand_in(one_right, {'b': RIGHT})
    seen = Counter()

    def side_by_side(call, jobs, n_workers, seconds):
        for job in jobs:
            key = job[0].key
            seen[key, n_workers] += 1
            yield job, None if key[0] == 'b' else (key, {'path': key, 'exercises': []})

    monkeypatch.setattr(run, 'side_by_side', side_by_side)
    records = grade(one_right, tmp_path / 'out', workers=2)
    assert (first(records, 'b/a.ipynb')['status'], first(records, 'b/a.ipynb')['points']) == (
        'crashed', 0)
    assert seen == {('a/a.ipynb', 2): 1, ('b/a.ipynb', 2): 1, ('b/a.ipynb', 1): 1}


# ---- the grader as a process -------------------------------------------------------------------

def started(submissions, out, workers, temporary):
    return subprocess.Popen(
        [sys.executable, '-m', 'nndl', 'grade', submissions, '--out', out, '--workers',
         str(workers)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**os.environ, 'OMP_NUM_THREADS': '1', 'TMPDIR': str(temporary)})


def left_of(process):
    """Those that descend from a process, or did."""
    with contextlib.suppress(psutil.Error):
        return [*psutil.Process(process.pid).children(recursive=True)]
    return []


@isolated
def test_after_a_kill_nothing_is_left(tmp_path):
    """Not one of the processes, though students' code is running."""
    folder = hand_in(tmp_path / 's', dict.fromkeys('abcd', (
        'import os, time\nfor _ in range(5): os.fork()\ntime.sleep(300)')))
    process = started(folder, tmp_path / 'out', 2, tmp_path)
    until = time.monotonic() + 120
    while len(family := left_of(process)) < 60 and time.monotonic() < until:
        time.sleep(0.1)
    assert len(family) >= 60, 'both workers have children that fork'
    process.kill()
    _, alive = psutil.wait_procs(family, timeout=5)
    process.communicate()
    assert not alive


@isolated
@pytest.mark.parametrize(('kills', 'workers'), [
    (3, 2), pytest.param(15, 1, marks=pytest.mark.long),
    pytest.param(15, 2, marks=pytest.mark.long)])
def test_killed_at_random_moments_it_gives_the_same_grades(kills, workers, tmp_path):
    codes = ['reference', 'partial', 'html', 'raises', 'empty_cell', 'os_exit']
    folder = hand_in(tmp_path / 's', {f'{name}{k}': workshop.fill(hostile.CELLS[name][0])
                                      for name in codes for k in range(4)})
    whole, out = tmp_path / 'whole', tmp_path / 'out'
    assert grade_here(folder, whole) == 0
    stamps = {}
    for _ in range(kills):
        process = started(folder, out, workers, tmp_path)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(random.uniform(2, 7))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for path in out.glob('results/*.json'):
            stamps.setdefault(path.name, set()).add(path.stat().st_mtime_ns)
    process = started(folder, out, workers, tmp_path)
    process.communicate(timeout=300)
    assert process.returncode == 0
    for path in out.glob('results/*.json'):
        stamps.setdefault(path.name, set()).add(path.stat().st_mtime_ns)
    assert (out / 'grades.csv').read_bytes() == (whole / 'grades.csv').read_bytes()
    assert len(stamps) == 24 and max(map(len, stamps.values())) == 1, 'no record is written again'


@isolated
def test_a_long_path_for_temporary_files_works(one_right, tmp_path):
    temporary = tmp_path / ('x' * 120) / ('y' * 120)
    temporary.mkdir(parents=True)
    process = started(one_right, tmp_path / 'out', 1, temporary)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert 'graded' in (tmp_path / 'out' / 'grades.csv').read_text(encoding='utf-8-sig')


@isolated
def test_the_process_that_hands_out_the_work_does_without_torch(one_right, tmp_path):
    """Its import would be waited for before the first worker starts, and after the last."""
    code = ('import sys\nfrom nndl.__main__ import main\n'
            f'main(["grade", {str(one_right)!r}, "--out", {str(tmp_path / "out")!r}, '
            '"--workers", "2"])\nassert "torch" not in sys.modules')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '1 graded' in done.stdout


# ---- where it cannot be done -------------------------------------------------------------------

def test_without_isolation_it_refuses(one_right, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, 'unavailable', lambda: 'clone: Operation not permitted')
    assert main(['grade', str(one_right), '--out', str(tmp_path / 'out')]) == 1
    error = capsys.readouterr().err
    assert 'cannot be isolated here (clone: Operation not permitted)' in error
    assert '--plain' in error
    assert not (tmp_path / 'out').exists()
    for folder, out in ((one_right, one_right), (one_right, tmp_path), (tmp_path / 'x.zip', 'o')):
        with pytest.raises(run.Refused, match='holds the submissions|is no folder'):
            run.grade(run.Settings(folder, tmp_path / out))


@pytest.mark.parametrize(('patched', 'reason'), [
    ({'sys.platform': 'darwin'}, 'it needs Linux on'),
    ({'os.uname': lambda: type('U', (), {'machine': 'x86_64', 'release': '5.4.0-1'})}, '5.14')])
def test_where_isolation_cannot_be_had(monkeypatch, patched, reason):
    for name, value in patched.items():
        monkeypatch.setattr(f'nndl.grading.sandbox.{name}', value)
    assert reason in sandbox.unavailable.__wrapped__()


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


def test_a_worker_with_another_version_is_refused():
    with pytest.raises(run.Refused, match='another version'):
        run._on_a_worker('another digest', None)


def test_other_deadlines_are_another_grader(tmp_path):
    settings = run.Settings(tmp_path, tmp_path)
    versions = {run._version(LABS, replace(settings, **other)) for other in (
        {}, {'workers': 7}, {'deadlines': Deadlines(cell=90)})}
    assert len(versions) == 2


def test_stored_records_of_another_grader_do_not_count(tmp_path):
    settings = run.Settings(tmp_path, tmp_path)
    job = type('S', (), {'path': 'a', 'key': 'a', 'sha256': 's'})
    path = run.result_path(tmp_path, 'a')
    path.parent.mkdir()
    record = {'path': 'a', 'version': 'v', 'sha256': 's', 'exercises': []}
    path.write_text(json.dumps(record))
    assert run._stored(settings, job, 'v') == record
    assert run._stored(settings, job, 'w') is None
    job.sha256 = 'other'
    assert run._stored(settings, job, 'v') is None
    path.write_text('{"cut sho')
    assert run._stored(settings, job, 'v') is None
