"""The labs as instructors run them, with nbval, and as students meet them, with nothing filled in.

Every complete English lab runs under ``pytest --nbval-lax``: marked outputs are compared, every
other claim is asserted in its cell. Memory and processor seconds of a lab are measured, printed and
bounded: Binder gives 2 GB of memory and one processor.
"""

import ast
import json
import os
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import nbformat
import pytest
from cases.inputs.programs import METER
from test_labs import LABS, code_of, read

CPU_SECONDS_OF_ALL, CPU_SECONDS_OF_A_CELL, MEGABYTES_OF_A_KERNEL = 480, 60, 1200
pytestmark = pytest.mark.labs
measured = {}


def run_with_nbval(notebook, folder):
    """(exit code, output, clock of each cell, processor seconds of each, peak MB of the kernel).

    Bounds are on processor seconds: on a busy machine the clock says nothing.
    """
    report, meter = folder / 'report.xml', folder / 'meter.jsonl'
    startup = folder / 'ipython' / 'profile_default' / 'startup'
    startup.mkdir(parents=True)
    (startup / 'meter.py').write_text(METER.format(path=str(meter)))
    command = [sys.executable, '-m', 'pytest', '--nbval-lax', '--nbval-cell-timeout=1800',
               '-p', 'no:cacheprovider', '-p', 'no:xdist', '-c', os.devnull, '--rootdir', folder,
               '-q', f'--junitxml={report}', notebook]
    done = subprocess.run(command, cwd=folder, text=True, check=False, capture_output=True,
                          env=os.environ | {'IPYTHONDIR': str(folder / 'ipython')})
    clock = [float(case.get('time')) for case in ElementTree.parse(report).iter('testcase')]
    notes = [json.loads(line) for line in meter.read_text().splitlines()]
    seconds = [after - before for (before, _), (after, _) in pairwise(notes)]
    return done.returncode, done.stdout, clock, seconds, notes[-1][1]


@pytest.mark.parametrize('lab', LABS)
def test_complete_lab(lab, tmp_path):
    """From a folder of its own: the labs do not depend on where they are."""
    notebook = tmp_path / f'{lab}.ipynb'
    nbformat.write(read('en', lab), notebook)
    code, output, clock, seconds, peak = run_with_nbval(notebook, tmp_path)
    measured[lab] = sum(clock), max(clock), sum(seconds), max(seconds), peak
    assert code == 0, output[-4000:]
    assert len(clock) == len(code_of(read('en', lab)))
    assert len(seconds) >= len(clock)
    assert max(seconds) < CPU_SECONDS_OF_A_CELL
    assert peak < MEGABYTES_OF_A_KERNEL


def test_all_labs_together(capsys):
    if set(measured) != set(LABS):
        pytest.skip('not all labs were run')
    with capsys.disabled():
        print('\nlab                 clock  slowest cell  processor  slowest cell  kernel MB')
        for lab, row in measured.items():
            print('{:17s} {:7.1f} {:13.1f} {:10.1f} {:13.1f} {:10.0f}'.format(lab, *row))
        print(f'all together      {sum(row[0] for row in measured.values()):7.1f}')
    assert sum(row[2] for row in measured.values()) < CPU_SECONDS_OF_ALL


def test_a_wrong_output_and_a_failing_cell_are_seen(tmp_path):
    """nbval refuses a compared output that is not what it was, and a cell that raises."""
    lab = read('en', '01_residual_block')
    compared = next(cell for cell in lab.cells if cell.metadata.get('tags'))
    compared.outputs[0]['text'] += '8193\n'
    exercise = next(cell for cell in lab.cells if cell.metadata.get('nbgrader', {}).get('solution'))
    exercise.source = exercise.source.replace('F.relu(y)', 'y')
    notebook = tmp_path / 'x.ipynb'
    nbformat.write(lab, notebook)
    code, output, _, seconds, peak = run_with_nbval(notebook, tmp_path)
    assert code == 1
    assert '8193' in output
    assert 'this is written instead: `return f(x) + x if use_residual else f(x)`' in output
    assert '2 failed' in output or '3 failed' in output


# ---- student editions ------------------------------------------------------------------------

def bound_and_used(code):
    """Names that a cell gives a value, and names that it looks up."""
    bound, used = set(), set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split('.')[0])
    return bound, used


def may_fail(cells):
    """Ids of the cells that are exercises or depend on one."""
    tainted, ids = set(), set()
    for cell in cells:
        bound, used = bound_and_used(cell.source)
        if ('nbgrader' in cell.metadata or 'practice' in cell.metadata.get('tags', ())
                or used & tainted):
            ids.add(cell.id)
            tainted |= bound
    return ids


def needed_for_exercises(cells):
    """The exercises, their checks, and the cells above them whose names they use."""
    needed, kept = set(), []
    for cell in reversed(cells):
        bound, used = bound_and_used(cell.source)
        if 'nbgrader' in cell.metadata or bound & needed or cell is cells[0]:
            needed = (needed - bound) | used
            kept.insert(0, cell)
    return kept


def run_student_edition(notebook, folder):
    """Run all cells though some fail; check that each check answers in Chinese, briefly."""
    from nbclient import NotebookClient

    may = may_fail(code_of(notebook))
    NotebookClient(notebook, timeout=1800, kernel_name='python3', allow_errors=True,
                   resources={'metadata': {'path': str(folder)}}).execute()
    failed = {cell.id for cell in code_of(notebook)
              if any(output.output_type == 'error' for output in cell.outputs)}
    assert failed <= may
    for cell in code_of(notebook):
        if cell.metadata.get('nbgrader', {}).get('grade'):
            error, = (output for output in cell.outputs if output.output_type == 'error')
            assert error.ename == 'NotYet'
            assert '还没有通过' in '\n'.join(error.traceback)
            assert len(error.traceback) < 12


@pytest.mark.parametrize('lab', LABS)
def test_untouched_exercises_fail_and_say_so(lab, tmp_path):
    """The cells that exercises need; the others have the code of the complete edition."""
    notebook = read('student/zh', lab)
    kept = needed_for_exercises(code_of(notebook))
    if not any('nbgrader' in cell.metadata for cell in kept):
        pytest.skip('a lab without exercises')
    notebook.cells = kept
    run_student_edition(notebook, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize('lab', LABS)
def test_student_edition_fails_only_at_its_exercises(lab, tmp_path):
    run_student_edition(read('student/zh', lab), tmp_path)


@pytest.mark.parametrize('lab', LABS)
def test_student_edition_with_the_solutions_is_the_complete_lab(lab):
    """So it passes where the complete lab does."""
    for language in ('en', 'zh'):
        complete, student = read(language, lab), read(f'student/{language}', lab)
        solutions = {cell.id: cell.source for cell in complete.cells
                     if cell.metadata.get('nbgrader', {}).get('solution')
                     or 'practice' in cell.metadata.get('tags', ())}
        assert [cell.source for cell in code_of(complete)] == [
            solutions.get(cell.id, cell.source) for cell in code_of(student)]
