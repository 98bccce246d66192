"""The labs as instructors run them, with nbval, and as students meet them, with nothing filled in.

Every complete English lab runs under ``pytest --nbval-lax``: marked outputs are compared, every
other claim is asserted in its cell. What a lab takes is measured, printed, and bounded: Binder
gives 2 GB of memory and one processor.
"""

import ast
import os
import subprocess
import sys
import threading
import time
from xml.etree import ElementTree

import nbformat
import psutil
import pytest
from test_labs import LABS, code_of, read

SECONDS_OF_ALL, SECONDS_OF_A_CELL, MEGABYTES_OF_A_KERNEL = 480, 60, 1200
measured = {}


class Watch(threading.Thread):
    """Largest memory, in MB, of the kernels that a process starts."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.peak = psutil.Process(process.pid), 0.0

    def run(self):
        while self.process.is_running():
            try:
                for child in self.process.children(recursive=True):
                    if any('ipykernel' in part for part in child.cmdline()):
                        self.peak = max(self.peak, child.memory_info().rss / 1e6)
            except psutil.Error:
                pass
            time.sleep(0.1)


def run_with_nbval(notebook, folder):
    """(exit code, output, seconds of each cell, peak memory of the kernel in MB)."""
    report = folder / 'report.xml'
    command = [sys.executable, '-m', 'pytest', '--nbval-lax', '--nbval-cell-timeout=600',
               '-p', 'no:cacheprovider', '-c', os.devnull, '--rootdir', folder, '-q',
               f'--junitxml={report}', notebook]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    watch = Watch(process)
    watch.start()
    output, _ = process.communicate(timeout=1800)
    cells = [float(case.get('time')) for case in ElementTree.parse(report).iter('testcase')]
    return process.returncode, output, cells, watch.peak


@pytest.mark.parametrize('lab', LABS)
def test_complete_lab(lab, tmp_path):
    """From a folder of its own: the labs do not depend on where they are."""
    notebook = tmp_path / f'{lab}.ipynb'
    nbformat.write(read('en', lab), notebook)
    start = time.perf_counter()
    code, output, cells, peak = run_with_nbval(notebook, tmp_path)
    measured[lab] = time.perf_counter() - start, max(cells), peak
    assert code == 0, output[-4000:]
    assert len(cells) == len(code_of(read('en', lab)))
    assert max(cells) < SECONDS_OF_A_CELL
    assert peak < MEGABYTES_OF_A_KERNEL


def test_all_labs_together(capsys):
    if set(measured) != set(LABS):
        pytest.skip('not all labs were run')
    total = sum(seconds for seconds, _, _ in measured.values())
    with capsys.disabled():
        print('\nlab                  seconds  slowest cell  kernel MB')
        for lab, (seconds, slowest, peak) in measured.items():
            print(f'{lab:20s} {seconds:7.1f} {slowest:13.1f} {peak:10.0f}')
        print(f'all together         {total:7.1f}')
    assert total < SECONDS_OF_ALL


def test_a_wrong_output_and_a_failing_cell_are_seen(tmp_path):
    """nbval refuses a compared output that is not what it was, and a cell that raises."""
    lab = read('en', '01_residual_block')
    compared = next(cell for cell in lab.cells if cell.metadata.get('tags'))
    compared.outputs[0]['text'] = compared.outputs[0]['text'].replace('8192', '8193')
    exercise = next(cell for cell in lab.cells if cell.metadata.get('nbgrader', {}).get('solution'))
    exercise.source = exercise.source.replace('F.relu(y)', 'y')
    notebook = tmp_path / 'x.ipynb'
    nbformat.write(lab, notebook)
    code, output, cells, _ = run_with_nbval(notebook, tmp_path)
    assert code == 1
    assert '8193' in output
    assert 'the ReLU after the sum is missing' in output
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
        if 'nbgrader' in cell.metadata or used & tainted:
            ids.add(cell.id)
            tainted |= bound
    return ids


@pytest.mark.parametrize('lab', LABS)
def test_student_edition_fails_only_at_its_exercises(lab, tmp_path, monkeypatch):
    from nbclient import NotebookClient

    monkeypatch.setenv('NNDL_PROGRESS', '0')
    notebook = read('student/zh', lab)
    NotebookClient(notebook, timeout=600, kernel_name='python3', allow_errors=True,
                   resources={'metadata': {'path': str(tmp_path)}}).execute()
    failed = {cell.id for cell in code_of(notebook)
              if any(output.output_type == 'error' for output in cell.outputs)}
    assert failed <= may_fail(code_of(notebook))
    for cell in code_of(notebook):
        if cell.metadata.get('nbgrader', {}).get('grade'):
            error, = (output for output in cell.outputs if output.output_type == 'error')
            assert error.ename == 'NotYet'
            assert '还没有通过' in '\n'.join(error.traceback)
            assert len(error.traceback) < 12


@pytest.mark.parametrize('lab', LABS)
def test_student_edition_with_the_solutions_is_the_complete_lab(lab):
    """So it passes where the complete lab does."""
    for language in ('en', 'zh'):
        complete, student = read(language, lab), read(f'student/{language}', lab)
        solutions = {cell.id: cell.source for cell in complete.cells
                     if cell.metadata.get('nbgrader', {}).get('solution')}
        filled = [solutions.get(cell.id, cell.source) for cell in student.cells]
        assert [cell.source for cell in complete.cells if cell.cell_type == 'code'] == [
            text for text, cell in zip(filled, student.cells, strict=True)
            if cell.cell_type == 'code']
