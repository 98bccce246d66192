"""Points of an exercise: the share of its probes that pass."""

import json
import re
from dataclasses import dataclass, field

from nndl.grading.inside.plain import NotPlain
from nndl.grading.probes import probes_of
from nndl.grading.probes.draw import Draw

__all__ = ['Verdict', 'NoValue', 'read_answer', 'judge', 'advise', 'clean', 'LARGEST_ANSWER']

LARGEST_ANSWER = 8_000_000  # characters


class NoValue(Exception):
    """The kernel gave no value: ``NoValue('timeout' or 'crashed', why)``."""


@dataclass
class Verdict:
    """What an exercise is worth.

    Attributes:
        passed: {probe: whether it passed}.
        share: of the points, from 0 to 1.
        errors: what the student's code raised, each once.
        stopped: 'timeout' or 'crashed' if the kernel was lost on the way, else None.
        faults: names of what is wrong, as ``nndl.check`` gives them; advice only.
        message: the same for the student.
    """

    passed: dict
    share: float
    errors: list = field(default_factory=list)
    stopped: str | None = None
    faults: list = field(default_factory=list)
    message: str = ''


def judge(grade_id, query, draw=None):
    """Probe the student's object.

    Args:
        grade_id: the exercise.
        query: takes a request (JSON) to the kernel and gives the answer (text), or raises
            ``NoValue``.
        draw: for tests; without it, numbers from the system's entropy.

    Returns:
        ``Verdict``.

    Raises:
        ProbeError: if the fault is the probes'.
    """
    probes = probes_of(grade_id)
    verdict = Verdict(dict.fromkeys(probes.PROBES, False), 0.0)

    def ask(do, **arguments):
        told = read_answer(query(json.dumps({'do': do, 'name': probes.NAME, **arguments})))
        if 'error' in told:
            verdict.errors = list(dict.fromkeys([*verdict.errors, clean(told['error'], 500)]))
            return {}
        return told

    try:
        for probe, passed in probes.judge(ask, draw or Draw()):
            verdict.passed[probe] = passed is True
    except NoValue as stop:  # nothing for this exercise, whatever came back before
        verdict.stopped, *why = stop.args
        verdict.passed = dict.fromkeys(probes.PROBES, False)
        verdict.errors += [clean(text, 500) for text in why if text]
    except (ArithmeticError, AttributeError, LookupError, NotPlain, RuntimeError, TypeError,
            ValueError) as error:  # the answer has another form than that of the kit's own code
        verdict.errors.append(f'unexpected answer ({type(error).__name__})')
    total = sum(share for share, _ in probes.PROBES.values())
    verdict.share = sum(share for probe, (share, _) in probes.PROBES.items()
                        if verdict.passed[probe]) / total
    return verdict


def advise(verdict, grade_id, query, language):
    """Add what ``nndl.check`` says, in the student's language; it gives no points."""
    import nndl.check

    probes = probes_of(grade_id)
    if probes.CHECK is None:
        return
    try:
        told = read_answer(query(json.dumps({'do': 'advice', 'name': probes.NAME,
                                             'check': probes.CHECK, 'language': language})))
    except NoValue:
        return
    known = getattr(nndl.check, probes.CHECK).faults
    faults = told.get('faults')
    if isinstance(faults, list):
        verdict.faults = [fault for fault in known if fault in faults]
        said = clean(told.get('message', ''), 2000).splitlines()
        forms = [_form(known[fault][language]) for fault in verdict.faults]
        verdict.message = '\n'.join(line for line in said
                                    if any(form.fullmatch(line) for form in forms))


def _form(text):
    """A fault's message with any details: the kernel may fill gaps, but not write sentences."""
    parts = re.split(r'\{[^{}]+\}', text.replace('{{', '\0').replace('}}', '\1'))
    return re.compile('.{0,250}'.join(re.escape(part.replace('\0', '{').replace('\1', '}'))
                                      for part in parts))


def clean(text, length):
    """A foreign text that every file can hold: no half characters, not longer than that."""
    return str(text)[:length].encode('utf-8', 'replace').decode()


def read_answer(text):
    """The dict that an answer of the kernel stands for; {'error': ...} if it is none."""
    try:
        told = json.loads(text, parse_constant=_refuse) if len(text) <= LARGEST_ANSWER else None
    except (ValueError, RecursionError):
        told = None
    return told if isinstance(told, dict) else {'error': 'no answer in the form that was asked for'}


def _refuse(constant):
    raise ValueError(f'{constant} is not a finite number')
