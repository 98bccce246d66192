"""A plugin of pytest that has nbval grade: a cell that checks an exercise bears its name.

    pytest --nbval-lax -p nndl.grading.plugin HANDINS

An exercise passes if and only if its check cell is in the notebook, is the kit's own, ran, and
raised nothing. Tags, nbval's comments and stored outputs have no effect.
"""

import os
import re
import sys
import threading
import time
from collections import defaultdict
from functools import cache
from pathlib import Path
from queue import Empty

# jsonschema, which nbformat imports, would spend a second on a grammar that is not used here.
sys.modules.setdefault('rfc3987_syntax', None)

import psutil  # noqa: E402
import pytest  # noqa: E402
from nbformat.v4 import new_code_cell  # noqa: E402
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel  # noqa: E402
from nbval.plugin import IPyNbCell, IPyNbFile  # noqa: E402

from nndl.check.notebook import content_of, read_notebook  # noqa: E402
from nndl.grading.labs import read_labs  # noqa: E402
from nndl.grading.plain import ConfigurationFound, refuse_configuration  # noqa: E402

NO_CHECK = {'en': 'The cell that checks this exercise is missing, or was changed.',
            'zh': '这道练习的检查单元格缺失，或者被改动过。'}
LONGEST = 2_000  # characters of a failure's text
ANSI = re.compile(r'\x1b\[[0-?]*[ -/]*[@-~]')
_labs = cache(read_labs)


def pytest_addoption(parser):
    """Add the options of this plugin."""
    group = parser.getgroup('nndl')
    group.addoption('--nndl-labs', help="folder notebooks of a checkout; default: the kit's")
    group.addoption('--nndl-seconds', type=float, default=900, help='a notebook may take')
    group.addoption('--nndl-ends-with-stdin', action='store_true', help='kernels included')


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, args):
    """Refuse hand-ins that would configure pytest, before pytest imports a ``conftest.py``."""
    given = early_config.known_args_namespace
    try:
        for name in given.file_or_dir or ['.']:
            path = Path(name.partition('::')[0])
            refuse_configuration(path if path.is_dir() else path.parent)
    except ConfigurationFound as error:
        raise pytest.UsageError(str(error)) from None
    given.noconftest = True
    early_config.pluginmanager.unregister(name='python')  # it would import test_*.py, __init__.py
    args[:0] = '--nbval-cell-timeout=60', '--continue-on-collection-errors', '--noconftest'
    if given.nndl_ends_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Collect as ``NotebookFile`` what nbval collects."""
    return [NotebookFile.from_parent(parent, path=file_path) for _ in (yield)]


def _end_with_stdin():
    os.read(0, 1)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(1)


class Kernel(RunningKernel):
    """A kernel that is waited for while it lives and there is time; what it prints is not sent."""

    deadline = float('inf')

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.kc.iopub_channel.socket.subscribe(b'kernel.')
        self.kc.iopub_channel.socket.unsubscribe(b'')  # endless printing would fill the memory

    def await_reply(self, msg_id, timeout=None):
        """Wait for the end of a cell; raises ``Empty`` if it does not come in time."""
        until = min(time.monotonic() + timeout, self.deadline)
        while True:
            try:
                return super().await_reply(msg_id, timeout=0.5)
            except Empty:
                if not self.is_alive():
                    raise RuntimeError('the kernel died') from None
                if time.monotonic() > until:
                    raise


class NotebookFile(IPyNbFile):
    """A notebook: a test for each code cell, and one that fails for each check that is missing."""

    def collect(self):
        """Yield the tests."""
        labs = _labs(self.config.option.nndl_labs)
        notebook = read_notebook(content_of(self.path), {e for lab in labs.values()
                                                         for e in lab.exercises})
        checks, missing = _checks(notebook, labs)
        owners = {source: name for name, sources in notebook.found.items() for source in sources}
        for place, source in enumerate(notebook.code):
            cell = Cell.from_parent(self, name=checks.get(place, f'Cell {place}'), cell_num=place,
                                    cell=new_code_cell(source), options=defaultdict(bool))
            cell.checked, cell.defined = checks.get(place), owners.get(source)
            yield cell
        for name in missing:
            test = NoCheck.from_parent(self, name=name)
            test.why = f'malformed: {NO_CHECK[notebook.language]}'
            yield test

    def setup(self):
        """Start a kernel of the Python that runs pytest, whatever the notebook names."""
        self.failed, self.lost = {}, 'crashed'
        self.kernel = Kernel(CURRENT_ENV_KERNEL_NAME, cwd=str(self.path.parent))
        self.kernel.deadline = time.monotonic() + self.config.option.nndl_seconds


class Cell(IPyNbCell):
    """A code cell; if it checks an exercise, its failure is told as ``status: why``."""

    def setup(self):
        """Judge the cell on its own, even after one that took too long."""
        self.parent.timed_out, self.begin = False, time.monotonic()

    def runtest(self):
        """Run the cell; one that goes on after it was interrupted fails as well."""
        try:
            super().runtest()
            if self.parent.timed_out:
                raise TimeoutError
        except Exception as error:
            why = _readable(self._why(error))
            if self.checked:
                pytest.fail(why, pytrace=False)
            if self.defined:
                self.parent.failed[self.defined] = why
            raise

    def repr_failure(self, excinfo):
        """The text of the failure, without colours, and not longer than a message may be."""
        plain = isinstance(excinfo.value, pytest.fail.Exception)
        return _readable(excinfo.value if plain else super().repr_failure(excinfo))

    def reportinfo(self):
        """The place and the name that pytest shows."""
        return self.path, 0, f'{self.path.name}::{self.name}'

    def _why(self, error):
        notebook, alive = self.parent, self.parent.kernel.is_alive()
        raised = next((o for o in self.test_outputs or () if o.output_type == 'error'), None)
        if notebook.timed_out:
            notebook.lost = notebook.lost if alive else 'timeout'  # for the cells below
            return f'timeout: stopped after {time.monotonic() - self.begin:.0f} seconds'
        if not alive:
            why = f'{notebook.lost}: {error}'
        elif raised is None:
            return f'grader_error: {error}'
        elif raised.ename == 'NotYet':
            return 'wrong: ' + raised.evalue.partition('\n')[2]
        else:
            why = f'wrong: {raised.ename}: {raised.evalue}'
        return notebook.failed.get(self.checked, why)  # that of the exercise's cell says more


class NoCheck(pytest.Item):
    """An exercise whose check is not in the notebook, or not as it was handed out."""

    def runtest(self):
        """Fail, and say so."""
        pytest.fail(self.why, pytrace=False)


def _checks(notebook, labs):
    """({place of a check that is the kit's own: exercise}, exercises of the lab without one)."""
    kit = {_without_blanks(lab.cells[place]): name for lab in labs.values() for place in lab.checks
           for name in lab.exercises if f'check.{name}(' in lab.cells[place]}
    places = {kit[text]: place for place, source in enumerate(notebook.code)
              if (text := _without_blanks(source)) in kit}  # of two equal ones the last
    own = [lab for lab in labs.values() if lab.exercises.keys() & notebook.found.keys()] or [
        lab for lab in labs.values() if lab.name == notebook.lab]
    return ({place: name for name, place in places.items()},
            [name for lab in own for name in lab.exercises if name not in places])


def _without_blanks(source):
    """A cell without blank lines and blank space at the ends of lines."""
    return re.sub(r'\s*\n', '\n', source.strip())


def _readable(text):
    return ANSI.sub('', str(text))[:LONGEST].encode('utf-8', 'replace').decode()
