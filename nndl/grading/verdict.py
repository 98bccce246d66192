"""Points of an exercise: the share of its criteria that pass."""

from dataclasses import dataclass, field

from nndl.check.catalog import about, messages_of
from nndl.check.feedback import examine, feedback_on
from nndl.check.line import read_answer, request_for
from nndl.check.values import Draw
from nndl.grading.children import Lost

__all__ = ['Verdict', 'judge', 'clean']

TO_BE_LOOKED_AT = 'roles', 'unjudged'  # faults that say nothing against the solution


@dataclass
class Verdict:
    """The points of an exercise, and why.

    Attributes:
        passed: {criterion: whether it passed}.
        share: of the points, from 0 to 1.
        errors: what the student's code raised, each once.
        stopped: 'timeout' or 'crashed' if the child was lost on the way, else None.
        faults: code of what is wrong, or empty.
        message: the same for the student.
        look: whether a person has to decide.
    """

    passed: dict
    share: float
    errors: list = field(default_factory=list)
    stopped: str | None = None
    faults: list = field(default_factory=list)
    message: str = ''
    look: bool = False


def judge(grade_id, query, language, seed):
    """Have an exercise's checker examine the student's object.

    Args:
        grade_id: the exercise.
        query: takes a request to the child and gives the answer, both bytes, or raises ``Lost``.
        language: of the message.
        seed: of the drawn values; one for a run, so that the library computes them once.

    Returns:
        ``Verdict``.
    """
    def ask(function, **arguments):
        return read_answer(query(request_for(
            grade_id, function, arguments, name=about(grade_id).NAME)))

    try:
        findings = examine(grade_id, ask, Draw(seed))
    except Lost as stop:  # nothing for this exercise, whatever came back before
        stopped, *why = stop.args
        return Verdict(dict.fromkeys(messages_of(grade_id)['criteria'], False), 0.0,
                       [clean(text, 500) for text in why if text], stopped)
    feedback = feedback_on(grade_id, findings, language)
    verdict = Verdict(findings.passed, findings.share, [clean(e, 500) for e in findings.errors])
    if findings.fault:
        verdict.faults, verdict.message = [*feedback.faults], clean(feedback.message, 2000)
        verdict.look = findings.fault.name in TO_BE_LOOKED_AT
    return verdict


def clean(text, length):
    """A foreign text that every file can hold: no half characters, not longer than that."""
    return str(text)[:length].encode('utf-8', 'replace').decode()
