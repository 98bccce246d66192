"""What a check tells a student: whether it passed, what is wrong by name, and a hint."""

import functools
import html
import inspect
import linecache
import sysconfig
import tomllib
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import torch

from nndl.lab.language import chosen_language

__all__ = ['Feedback', 'NotYet', 'exercise', 'first_faults', 'is_number', 'described', 'misfit']

MESSAGES = Path(__file__).with_name('messages')
LIBRARIES = str(Path(__file__).resolve().parents[1]), sysconfig.get_path('stdlib')
TITLE = {'en': {True: 'Passed', False: 'Not yet'}, 'zh': {True: '通过', False: '还没有通过'}}


class NotYet(AssertionError):
    """A check that did not pass; shows its message instead of a traceback."""

    def __init__(self, feedback):
        super().__init__(str(feedback))
        self.feedback = feedback

    def _render_traceback_(self):
        return str(self.feedback).splitlines()


@dataclass(frozen=True)
class Feedback:
    """The answer of a check.

    Attributes:
        exercise: its name.
        passed: whether everything is right.
        faults: stable names of what is wrong, most telling first; empty if passed.
        message: what is wrong with a hint, or what was verified, in ``language``.
        language: 'en' or 'zh'.
    """

    exercise: str
    passed: bool
    faults: tuple
    message: str
    language: str

    def __str__(self):
        mark = '\N{HEAVY CHECK MARK}' if self.passed else '\N{HEAVY BALLOT X}'
        return f'{mark} {TITLE[self.language][self.passed]} ({self.exercise})\n{self.message}'

    def _repr_html_(self):
        colour = '#1a7f37' if self.passed else '#bc4c00'
        first, _, rest = str(self).partition('\n')
        return (f'<div style="border-left:4px solid {colour};padding:.3em .8em">'
                f'<b>{html.escape(first)}</b><br>{html.escape(rest)}</div>')

    def require(self):
        """Itself if passed.

        Raises:
            NotYet: with the message, if not.
        """
        if not self.passed:
            raise NotYet(self)
        return self


def exercise(name, messages=None):
    """Make a check of a function that finds faults.

    The function takes the student's object and yields pairs (fault, details), most telling
    first; details fill the braces of the fault's message. An exception from the student's code
    is itself a fault: ``crashed``, or ``crashed_in_library`` if it came up outside of it,
    ``no_forward`` for a module without that method, ``not_written`` for code left as it is.

    Args:
        name: of what the student defines.
        messages: {fault: {'en': what is wrong and a hint, 'zh': ...}}, and under ``'passed'``
            what was verified; default: ``messages/FUNCTION.toml``.
    """
    def decorate(find_faults):
        faults = {**(messages or _messages(find_faults.__name__)), **_messages('any_exercise')}
        passed = faults.pop('passed')

        @functools.wraps(find_faults)
        def check(*args, lang=None, **kwargs):
            language = chosen_language(lang)
            found = _found(find_faults, args, kwargs)
            if not found:
                return Feedback(name, True, (), passed[language], language)
            lines = dict.fromkeys(faults[fault][language].format(**details)
                                  for fault, details in found)
            names = tuple(dict.fromkeys(fault for fault, _ in found))
            return Feedback(name, False, names, '\n'.join(lines), language)
        check.faults = faults
        return check
    return decorate


def first_faults(*finders):
    """The faults of the first finder that yields any; those behind it are not run."""
    return next(filter(None, map(list, finders)), [])


def misfit(function, *args, **kwargs):
    """Why a function or class cannot be called with these arguments; None if it can."""
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        return error
    return None


def is_number(value):
    """A plain number, not a tensor and not a truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def described(value):
    """What a value is, for messages."""
    if isinstance(value, tuple | list):
        return f'({", ".join(map(described, value))})'
    if isinstance(value, torch.Tensor):
        return f'torch.Tensor {tuple(value.shape)}'
    return type(value).__name__


def _messages(name):
    return tomllib.loads((MESSAGES / f'{name}.toml').read_text(encoding='utf-8'))


def _found(find_faults, args, kwargs):
    found = []
    try:
        found.extend(find_faults(*args, **kwargs))
    except Exception as error:  # whatever the student's code raises
        found.append(_fault_of(error))
    return found


def _fault_of(error):
    text = ' '.join(str(error).split())[:300]
    line, name = _last_place(error)
    if isinstance(error, NotImplementedError) and not text:  # torch's own say more
        return 'not_written', {'name': name}
    if 'missing the required "forward" function' in text:
        return 'no_forward', {}
    shown = type(error).__name__ + (f': {text}' if text else '')
    return ('crashed', {'error': shown, 'line': line}) if line else (
        'crashed_in_library', {'error': shown})


def _last_place(error):
    """(line, name of the function or class) where the traceback last was outside of libraries."""
    line, name, traceback = '', '?', error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(LIBRARIES) and 'site-packages' not in code.co_filename:
            line = linecache.getline(code.co_filename, traceback.tb_lineno).strip() or line
            name = code.co_qualname.rpartition('<locals>.')[2].partition('.')[0]
        traceback = traceback.tb_next
    return line, name
