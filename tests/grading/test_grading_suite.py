"""The acceptance suite: one run over honest, wrong, broken and hostile submissions.

Each case is judged by its own record; the neighbours' grades, the processes and the files that
are left are looked at once for all.
"""

import contextlib
import csv
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from xml.etree import ElementTree

import hostile
import psutil
import pytest
import workshop
from conftest import ROOT

from nndl.grading.run import result_path
from nndl.grading.sandbox import unavailable

pytestmark = [
    pytest.mark.hostile,
    pytest.mark.skipif(unavailable() is not None, reason=f'no isolation: {unavailable()}')]

NEIGHBOURS = 6
CASES = {f'{name}/a.ipynb': (points, statuses)
         for name, (_, points, statuses) in hostile.CELLS.items() if name not in hostile.SLOW}
FILES = {path: (points, {status}) for path, (_, points, status) in workshop.files().items()}


class Listener(threading.Thread):
    """Counts connections on 127.0.0.1."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port, self.connections = self.socket.getsockname()[1], 0

    def run(self):
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.connections += 1


def processes_at(folder):
    """Those with a path in that folder on their command line or in their environment."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(folder) in ' '.join([*process.cmdline(), *process.environ().values()]):
                yield process


@pytest.fixture(scope='module')
def suite(tmp_path_factory):
    """(submissions, grades, the finished process, the listener, what the run left)."""
    base = tmp_path_factory.mktemp('class')
    submissions, out, listener = base / 'submissions', base / 'grades', Listener()
    listener.start()
    values = {'out': str(out), 'submissions': str(submissions), 'port': listener.port}
    workshop.hand_in(submissions, {name: workshop.fill(code, **values)
                                   for name, (code, _, _) in hostile.CELLS.items()
                                   if name not in hostile.SLOW})
    for path, (notebook, _, _) in workshop.files().items():
        workshop.write(notebook, submissions / path)
    for number in range(NEIGHBOURS):  # first, last and between, by their names
        name = f'{"0amqz~"[number]} neighbour'
        workshop.write(workshop.submission({'resblock': workshop.solution('resblock')}),
                       submissions / name / 'CANARY.ipynb')
    traps(submissions)
    with tempfile.TemporaryDirectory(prefix='t') as temporary:  # short: sockets lie in it
        environment = os.environ | {
            'NNDL_SECRET': 'CANARY', 'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1',
            'PYTEST_ADDOPTS': '--nonsense', 'TMPDIR': temporary}
        done = subprocess.run(
            [sys.executable, '-m', 'nndl', 'grade', submissions, '--out', out, '--workers', '2'],
            env=environment, capture_output=True, text=True, timeout=900, cwd=base)
        left = [*Path(temporary).glob('nndl-*'), *processes_at(temporary)]
    listener.socket.close()
    return submissions, out, done, listener, left


def traps(submissions):
    """What must not be read, run or followed, beside the notebooks."""
    folder = submissions / 'reference'
    (folder / 'conftest.py').write_text('raise SystemExit("conftest.py was read")')
    (folder / 'pytest.ini').write_text('[pytest]\naddopts = --nonsense')
    (folder / 'torch.py').write_text('raise SystemExit("torch.py was read")')
    (submissions / 'linked').mkdir()
    (submissions / 'linked' / 'a.ipynb').symlink_to(folder / 'a.ipynb')
    (submissions / 'linked folder').symlink_to(folder, target_is_directory=True)
    os.mkfifo(submissions / 'linked' / 'pipe.ipynb')
    Path(os.fsdecode(bytes(submissions) + b'/linked/\xff.ipynb')).write_text('{}')
    with (submissions / 'linked' / 'large.ipynb').open('wb') as file:
        file.truncate(200_000_000)


def record(suite, path):
    return json.loads(result_path(suite[1], path).read_text(encoding='utf-8'))


@pytest.mark.parametrize('path', [*CASES, *FILES])
def test_case(suite, path):
    points, statuses = (CASES | FILES)[path]
    exercise, = record(suite, path)['exercises']
    assert exercise['status'] in statuses, exercise
    assert points is None or exercise['points'] == points, exercise
    assert not [error for error in exercise['errors'] if 'FOUND' in error], exercise


def test_links_pipes_and_giants_are_not_read(suite):
    for name, reason in (('a', 'a link'), ('pipe', 'not a file'), ('large', '200000000 bytes'),
                         ('\\xff', 'format None')):
        path = f'linked/{name}.ipynb'
        assert record(suite, path)['exercises'][0]['status'] == 'malformed'
        assert reason in record(suite, path)['reason']
    assert 'a link' in record(suite, 'linked folder')['reason']


def test_neighbours_keep_their_grades(suite):
    paths = [f'{letter} neighbour/CANARY.ipynb' for letter in '0amqz~']
    assert [record(suite, path)['exercises'][0]['points'] for path in paths] == [4] * NEIGHBOURS
    assert {record(suite, path)['exercises'][0]['status'] for path in paths} == {'graded'}


def test_nothing_is_left_and_nothing_got_out(suite):
    _, out, _, listener, left = suite
    assert left == []
    assert listener.connections == 0
    assert {path.name for path in out.iterdir()} == {'grades.csv', 'junit.xml', 'class.html',
                                                     'feedback', 'results'}
    assert 'full points' not in (out / 'grades.csv').read_text()


def test_the_run_ends_well_and_says_so(suite):
    done = suite[2]
    assert done.returncode == 0, done.stderr[-3000:]
    number = len(CASES) + len(FILES) + NEIGHBOURS + 5
    assert f'{number} submissions of ' in done.stdout
    assert 'grader_error' not in done.stdout


def test_the_table_is_safe_for_spreadsheets(suite):
    with (suite[1] / 'grades.csv').open(encoding='utf-8-sig', newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(CASES) + len(FILES) + NEIGHBOURS + 5
    assert not [row for row in rows for value in row.values() if value.startswith(tuple('=+-@'))]
    by_file = {row['file']: row for row in rows}
    assert by_file["'=HYPERLINK(1)/a.ipynb"]['student'] == "'=HYPERLINK(1)"
    assert by_file['partial/a.ipynb']['points'] == '1.0'
    assert by_file['李 明/实验 一.ipynb']['student'] == '李 明'
    assert len(by_file['partial/a.ipynb']['sha256']) == 64


def test_junit_xml_is_keyed_by_exercise(suite):
    root = ElementTree.parse(suite[1] / 'junit.xml').getroot()
    suites = {each.get('name'): each for each in root}
    case, = suites['partial/a.ipynb']
    assert (case.get('name'), case.find('failure').get('message')) == (
        'resblock', '1.0 of 4 points, wrong')
    assert suites['reference/a.ipynb'][0].find('failure') is None
    assert len(suites) == len(CASES) + len(FILES) + NEIGHBOURS + 5


def test_pages_escape_what_students_wrote_and_give_nothing_away(suite):
    pages = {path.name: path.read_text(encoding='utf-8')
             for path in [*(suite[1] / 'feedback').iterdir(), suite[1] / 'class.html']}
    for text in pages.values():
        assert '<script' not in text
        assert '<b>x</b>' not in text
        assert 'self.use_1x1conv' not in text
        assert str(ROOT) not in text
    html, = (text for name, text in pages.items() if name.startswith('html-'))
    assert '&lt;script&gt;' in html
    partial, = (text for name, text in pages.items() if name.startswith('partial-'))
    assert '1 of 4 points' in partial.replace('\n', ' ')
    assert 'use_residual' in partial
    chinese, = (text for name, text in pages.items() if name.startswith('李-明'))
    assert '满分' in chinese
    assert 'resblock' in pages['class.html'].lower()
    assert '<td>_exit' in pages['class.html']
    assert 'the kit&#39;s own' in pages['class.html']
