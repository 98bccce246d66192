"""One submission, from its first cell to the verdicts on its exercises."""

import time

from nndl.grading.children import START_SECONDS, Lost
from nndl.grading.inside import ASK, RUN
from nndl.grading.sandbox import IsolationError
from nndl.grading.verdict import clean, judge

__all__ = ['Session']

MOST_CHILDREN = 4  # of one submission


class Session:
    """Runs the cells of a submission in children; one that is lost is replaced.

    Args:
        new_child: ``new_child(until)`` gives a ``Child``.
        deadlines: ``Deadlines``.
        language: of the messages to the student.
        seed: of the values that the checkers draw.
    """

    def __init__(self, new_child, deadlines, language, seed):
        self.new_child, self.deadlines = new_child, deadlines
        self.language, self.seed = language, seed
        self.child, self.n_children, self.went_well = None, 0, []
        self.start = time.monotonic()
        self.end = self.start + deadlines.notebook

    def verdicts(self, cells):
        """{grade_id: Verdict}.

        Args:
            cells: [(source, grade_id or None)] in the order in which they are run.

        Raises:
            Gone, IsolationError: if there is no child at all.
        """
        found = {}
        try:
            for source, grade_id in cells:
                error, lost = self._run(source)
                if grade_id is not None:
                    found[grade_id] = self._judged(grade_id, error, lost)
        finally:
            self._lose_child()
        return found

    def seconds(self):
        """Since the session began."""
        return time.monotonic() - self.start

    def _judged(self, grade_id, error, lost):
        def query(request):
            if lost:
                raise Lost(*lost.args)
            if self.child is None:
                raise Lost('crashed', 'the process was lost before')
            return self._ask(ASK + request, 'answer')

        verdict = judge(grade_id, query, self.language, self.seed)
        if error:
            verdict.errors.insert(0, clean(error, 500))
        return verdict

    def _run(self, source):
        """(what the cell raised, None), or ('', Lost) if the child was lost on the way."""
        try:
            if self.child is None:
                self._replace_child()
            told = self._ask(RUN + source.encode(), 'cell')[:5000].decode(errors='replace')
        except Lost as lost:
            return '', lost
        self.went_well.append(source)
        return told, None

    def _replace_child(self):
        """A new child in which all that went well is run again."""
        if self.n_children >= MOST_CHILDREN:
            raise Lost('crashed', 'the process ended too often')
        self.n_children += 1
        try:
            self.child = self.new_child(min(self.end, time.monotonic() + START_SECONDS))
        except Lost as lost:
            if time.monotonic() < self.end:
                raise IsolationError('a new child did not answer') from None
            raise Lost('timeout', self.deadlines.why('notebook')) from lost
        for source in self.went_well:
            self._ask(RUN + source.encode(), 'cell')

    def _ask(self, request, kind):
        """The child's answer; without one it is lost.

        Raises:
            Lost: says which limit was hit.
        """
        until = time.monotonic() + getattr(self.deadlines, kind)
        try:
            return self.child.ask(request, min(until, self.end))
        except Lost as lost:
            self._lose_child()
            kind = kind if until < self.end else 'notebook'
            why = self.deadlines.why(kind) if lost.args[0] == 'timeout' else lost.args[1]
            raise Lost(lost.args[0], why) from None

    def _lose_child(self):
        if self.child is not None:
            self.child.close()
            self.child = None
