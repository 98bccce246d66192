"""nbval's collector for rebuilt notebooks: deadlines, restarts, and a verdict after each exercise.

A cell that raises is a failed test, as with nbval; points come from the verdicts alone.
"""

import time
from collections import defaultdict

import nbformat
from nbval.plugin import IPyNbCell, IPyNbFile

from nndl.grading.cells import GradingKernel, Outcome
from nndl.grading.verdict import NoValue, clean, judge
from nndl.grading.warm_parent import IsolationError

__all__ = ['GradedCell', 'GradedNotebook', 'Grader']

MOST_KERNELS = 4  # of one notebook


class Grader:
    """A pytest plugin that runs rebuilt notebooks.

    Args:
        warm: ``WarmParent``.
        deadlines: ``run.Deadlines``.
        languages: {path of a notebook, as text: language of its student}.
        finished: called with (path, {grade_id: Verdict}, seconds) after each notebook.
    """

    def __init__(self, warm, deadlines, languages, finished):
        self.warm, self.deadlines = warm, deadlines
        self.languages, self.finished = languages, finished

    def pytest_collect_file(self, file_path, parent):
        """Collect the notebooks that were asked for, and no others."""
        if str(file_path) in self.languages:
            notebook = GradedNotebook.from_parent(parent, path=file_path)
            notebook.grader = self
            return notebook
        return None


class GradedNotebook(IPyNbFile):
    """A rebuilt notebook: its cells, its kernel, its verdicts."""

    def collect(self):
        """One test a cell; no comment and no tag has a say in how it is run."""
        self.nb = nbformat.read(self.path, as_version=4)
        for number, cell in enumerate(self.nb.cells):
            yield GradedCell.from_parent(self, name=f'Cell {number}', cell_num=number, cell=cell,
                                         options=defaultdict(bool))

    def setup(self):
        """The first kernel."""
        self.verdicts, self.went_well, self.kernels = {}, [], 0
        self.start = time.monotonic()
        self.kernel = self._new_kernel()

    def teardown(self):
        """Hand the verdicts over."""
        if self.kernel is not None:
            self.kernel.stop()
        self.grader.finished(self.path, self.verdicts, time.monotonic() - self.start)

    def run(self, source):
        """Run a cell; in a new kernel, where all that went well is run again, if one was lost."""
        outcome = self._replay() if self.kernel is None else None
        outcome = outcome or self.kernel.run(source, self._seconds('cell'))
        if outcome.status in ('ok', 'error'):
            self.went_well.append(source)
        else:
            self._lose_kernel()
        return outcome

    def query(self, request):
        """Ask the kernel for values.

        Raises:
            NoValue: if it is lost, or gives none.
        """
        if self.kernel is None:
            raise NoValue('crashed', 'the kernel was lost before')
        outcome = self.kernel.query(request, self._seconds('query'))
        if outcome.status in ('timeout', 'crashed'):
            self._lose_kernel()
            raise NoValue(outcome.status, outcome.error)
        return outcome.answer or ''

    def _replay(self):
        """What is wrong with a new kernel; None if it is where the lost one was."""
        if self.kernels >= MOST_KERNELS:
            return Outcome('crashed', 'the kernel died too often')
        self.kernel = self._new_kernel()
        for source in self.went_well:
            outcome = self.kernel.run(source, self._seconds('cell'))
            if outcome.status in ('timeout', 'crashed'):
                return outcome
        return None

    def _new_kernel(self):
        self.kernels += 1
        kernel = GradingKernel(self.grader.warm)
        if not kernel.started:
            kernel.stop()
            raise IsolationError('a new kernel did not answer')
        return kernel

    def _lose_kernel(self):
        if self.kernel is not None:
            self.kernel.stop()
            self.kernel = None

    def _seconds(self, what):
        deadlines = self.grader.deadlines
        left = self.start + deadlines.notebook - time.monotonic()
        return max(0.01, min(getattr(deadlines, what), left))


class GradedCell(IPyNbCell):
    """A cell; one with an exercise is judged as soon as it has run."""

    def setup(self):
        """Nothing is expected to fail."""

    def runtest(self):
        """Run it, judge it, and fail if it raised."""
        notebook, grade_id = self.parent, self.cell.metadata.get('exercise')
        outcome = notebook.run(self.cell.source)
        if grade_id is not None:
            notebook.verdicts[grade_id] = self._judged(notebook, grade_id, outcome)
        if outcome.status != 'ok':
            self.raise_cell_error(f'{outcome.status}: {outcome.error}')

    def _judged(self, notebook, grade_id, outcome):
        query = notebook.query
        if outcome.status in ('timeout', 'crashed'):
            def query(request):
                raise NoValue(outcome.status)
        verdict = judge(grade_id, query, notebook.grader.languages[str(notebook.path)])
        if outcome.error:
            verdict.errors.insert(0, clean(outcome.error, 500))
        return verdict
