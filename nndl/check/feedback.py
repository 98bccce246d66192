"""Feedback of a check: passed or not, the fault, or a list of what was verified."""

import html
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import torch

from nndl.check.catalog import EXERCISES, about, hints_of, messages_of
from nndl.check.errors import Fault, explained
from nndl.check.line import Malformed, StudentError, connect
from nndl.check.values import Draw
from nndl.lab.language import chosen_language

__all__ = ['Fault', 'Feedback', 'Findings', 'NotYet', 'check_of', 'examine', 'feedback_on', 'hint']

JOINED_BY = {'en': '; ', 'zh': '；'}
TITLE = {'en': {True: 'Passed', False: 'Not yet'}, 'zh': {True: '通过', False: '还没有通过'}}


class NotYet(AssertionError):
    """A check that did not pass; shows its message instead of a traceback."""

    def __init__(self, feedback):
        super().__init__(str(feedback))
        self.feedback = feedback

    def _render_traceback_(self):
        return str(self.feedback).splitlines()


@dataclass(frozen=True)
class Findings:
    """The findings of a checker.

    Attributes:
        passed: {criterion: whether it passed}, in their order.
        fault: the first that was established, None if there is none.
        errors: what the student's code raised, each once, as text.
    """

    passed: dict
    fault: Fault | None
    errors: tuple = ()

    @property
    def share(self):
        """Of the points, from 0 to 1."""
        return sum(self.passed.values()) / len(self.passed)


@dataclass(frozen=True)
class Feedback:
    """The answer of a check.

    Attributes:
        exercise: its name.
        passed: whether everything is right.
        faults: code of what is wrong, see ``Fault``, or empty.
        message: what is wrong with a hint, or what was verified, in ``language``.
        language: 'en' or 'zh'.
        share: of the points, from 0 to 1.
    """

    exercise: str
    passed: bool
    faults: tuple
    message: str
    language: str
    share: float = 0.0

    def __str__(self):
        mark = '\N{HEAVY CHECK MARK}' if self.passed else '\N{HEAVY BALLOT X}'
        return f'{mark} {TITLE[self.language][self.passed]} ({self.exercise})\n{self.message}'

    def _repr_html_(self):
        colour = '#1a7f37' if self.passed else '#bc4c00'
        shown = re.sub('`(.*?)`', r'<code>\1</code>', html.escape(str(self)))
        first, *rest = shown.splitlines()
        return (f'<div style="border-left:4px solid {colour};padding:.3em .8em">'
                f'<b>{first}</b><br>{"<br>".join(rest)}</div>')

    def require(self):
        """Itself if passed.

        Raises:
            NotYet: with the message, if not.
        """
        if not self.passed:
            raise NotYet(self)
        return self


def examine(exercise, ask, draw):
    """Judge a student's object criterion by criterion; one that raises fails that criterion alone.

    Args:
        exercise: its name.
        ask: ``ask(function, **arguments)`` has the exercise's probe do something, see ``line``.
        draw: ``values.Draw``.

    Returns:
        ``Findings``.
    """
    checker = import_module(f'nndl.check.exercises.{exercise}.checker')
    criteria = checker.criteria(ask, draw)
    passed, faults, errors = {}, [], {}
    for name, judge in criteria.items():
        try:
            fault = judge()
        except StudentError as error:
            fault = explained(error, about(exercise).NAME)
            errors[str(error)] = None
        except (ArithmeticError, AttributeError, LookupError, Malformed, RuntimeError, TypeError,
                ValueError) as error:  # the answer has another form than that of a probe
            fault = Fault('unjudged', {'error': f'{type(error).__name__}: {error}'[:200]})
        passed[name] = fault is None
        faults += [fault] if fault else []
    return Findings(passed, faults[0] if faults else None, tuple(errors))


def feedback_on(exercise, findings, language=None):
    """``Feedback`` in one language, by default the lab's."""
    language, messages = chosen_language(language), messages_of(exercise)
    title = about(exercise).NAME
    if findings.fault is None:
        criteria = messages['criteria'].values()
        verified = JOINED_BY[language].join(each[language] for each in criteria)
        text = messages['passed'][language].format(verified=verified)
        return Feedback(title, True, (), text, language, 1.0)
    fault = findings.fault
    facts = {name: fact.get(language, '?') if isinstance(fact, dict) else fact
             for name, fact in fault.facts.items()}  # one that differs is {'en': ..., 'zh': ...}
    text = messages[fault.name][language].format(**facts)
    return Feedback(title, False, (fault.code,), text, language, findings.share)


@cache
def check_of(exercise):
    """The check of an exercise: a function of the student's object and, if wanted, ``lang``."""
    def check(thing, lang=None):
        """Check the student's object.

        Args:
            thing: the student's class or function.
            lang: 'en' or 'zh', by default the lab's.

        Returns:
            ``Feedback``; its method ``require`` raises ``NotYet`` with the message if not passed.
        """
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            findings = examine(exercise, connect(exercise, thing), Draw(0))
        return feedback_on(exercise, findings, lang)
    check.__name__ = check.__qualname__ = exercise
    return check


def hint(exercise, lang=None):
    """Show the next hint for an exercise; after the last one, the last one again.

    Args:
        exercise: its name, or that of what it defines: 'resblock' or 'ResBlock'.
        lang: 'en' or 'zh', by default the lab's.

    Raises:
        NoExercise: for another name.
    """
    exercise = next((each for each in EXERCISES if exercise == about(each).NAME), exercise)
    about(exercise)
    hints, language = hints_of(exercise), chosen_language(lang)
    number = _shown[exercise] = min(_shown.get(exercise, 0) + 1, len(hints))
    print(f'{number}/{len(hints)}  {hints[number - 1][language]}')


_shown = {}  # {exercise: number of hints shown in this process}
