"""Grading with nbval, by hand and with grade_plain."""

import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest
from cases.inputs.plain import CELLS, LONG, LOOP, PROGRAM, RUN, lab, write

from nndl.grading import plain, plugin, run
from nndl.grading.children import Deadlines
from nndl.grading.labs import read_labs
from nndl.grading.pages import write_all

LABS = read_labs()


def by_hand(folder):
    command = [sys.executable, '-m', 'pytest', '--nbval-lax', '-p', 'nndl.grading.plugin', '-rA']
    return subprocess.run([*command, '.'], cwd=folder, capture_output=True, text=True)


def grade(table, folder, cell=8, notebook=60):
    """Grade the hand-ins of a table, and compare."""
    write({name: content for name, (content, *_) in table.items()}, folder / 'in')
    records = run.grade(run.Settings(
        folder / 'in', folder / 'out', deadlines=Deadlines(cell=cell, notebook=notebook),
        workers=2, plain=True))
    assert len(records) == len(table)
    for record in records:
        _, *expected = table[record['student']]
        exercises = record['exercises']
        if expected[1:] or exercises[0]['grade_id']:
            assert len(exercises) == len(expected)
        for exercise, (*given, told) in zip(exercises, expected, strict=True):
            assert [exercise['points'], exercise['status']] == given, record
            assert (record['reason'] or exercise['message']).startswith(told), record
    assert write_all(records, LABS, folder / 'out') == []


def test_hand_ins(tmp_path):
    grade(RUN, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize('name', LONG)
def test_more_hand_ins(tmp_path, name):
    grade({name: LONG[name]}, tmp_path, cell=60, notebook=10)


@pytest.mark.long
def test_pytest_is_stopped_where_it_does_not_end(tmp_path, monkeypatch):
    monkeypatch.setattr(plain, 'TO_END', -57)
    grade({'x': (lab(LOOP), (0, 'timeout', 'no end within 3 s'))}, tmp_path)


@pytest.mark.parametrize('name', CELLS)
def test_which_cells_are_checks(name):
    notebook = SimpleNamespace(code=CELLS[name][0], found={}, lab='01_residual_block')
    assert plugin._checks(notebook, LABS) == CELLS[name][1:]


@pytest.mark.parametrize('name', [*sorted(plain.OBEYED), 'Conftest.PY'])
def test_what_pytest_would_obey_is_refused(tmp_path, name):
    (tmp_path / 'in' / 'amy' / 'deep').mkdir(parents=True)
    (tmp_path / 'in' / 'amy' / 'deep' / name).touch()
    with pytest.raises(plain.ConfigurationFound, match=re.escape(name)):
        grade({'right': RUN['right']}, tmp_path)


def test_by_hand(tmp_path):
    """A broken file does not stop the others, and nothing is imported, a conftest.py neither."""
    write({'a': b'{', 'b': lab(), 'c': lab('', '0')}, tmp_path)
    done = by_hand(tmp_path)
    assert done.returncode == 1 and not re.search('\x1b|imported', done.stdout)
    assert re.findall(r'(\w+) (\w)/lab.ipynb::resblock', done.stdout) == [
        ('PASSED', 'b'), ('FAILED', 'c')]
    (tmp_path / 'conftest.py').write_text('open("ran", "w")')
    done = by_hand(tmp_path)
    assert done.returncode == 4 and 'conftest.py (1 in all)' in done.stderr
    assert not (tmp_path / 'ran').exists()


@pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such signal')
def test_an_interrupt_ends_everything(tmp_path):
    """Also where it reaches the grader alone, as from an editor."""
    begun = tmp_path / 'begun'
    write({'x': lab(f'open({str(begun)!r}, "w")\nwhile True: pass')}, tmp_path / 'in')
    process = psutil.Popen([sys.executable, '-c', PROGRAM, tmp_path / 'in', tmp_path / 'out'])
    while process.poll() is None and not begun.exists():
        time.sleep(0.1)
    children = process.children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) != 0 and len(children) > 1
    assert psutil.wait_procs(children, 10)[1] == []
