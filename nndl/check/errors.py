"""Faults: the one that explains what was observed, and what an error of Python or torch means."""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ['Fault', 'explained', 'only_mistake']


@dataclass(frozen=True)
class Fault:
    """Something wrong that was established.

    Attributes:
        name: of its sentence in ``messages.toml``.
        facts: fill the braces of the sentence.
    """

    name: str
    facts: dict = field(default_factory=dict)

    @property
    def code(self):
        """The change that makes a right answer compute the same, as code; else the name."""
        return self.facts.get('change', self.name)


def only_mistake(mistakes, explains):
    """The fault that alone explains everything; None if there is none, or more than one.

    Args:
        mistakes: {name of a fault: answers that have it}.
        explains: ``explains(answer)`` is true if the answer gives all that was observed.
    """
    names = [name for name, answers in mistakes.items() if any(map(explains, answers))]
    return Fault(names[0]) if len(names) == 1 else None


def explained(error, name):
    """The ``Fault`` that a ``StudentError`` stands for.

    ``not_written`` for an exercise left as it is, ``no_forward`` for a module without that method,
    ``signature`` if the object called ``name`` takes other arguments, else ``crashed``, or
    ``crashed_in_library`` if no line of the student's was running.
    """
    if error.kind == 'NotImplementedError' and not error.text:  # torch's own say more
        return Fault('not_written', {'name': error.name or '?'})
    if 'missing the required "forward" function' in error.text:
        return Fault('no_forward')
    if not error.line and error.kind == 'TypeError' and re.search(rf'\b{name}\(', error.text):
        return Fault('signature', {'error': error.text})
    if not error.line and error.text == f'name {name!r} is not defined':
        return Fault('undefined', {'name': name})
    facts = {'error': str(error)[:160], 'line': error.line, 'clause': _clause(error)}
    return Fault('crashed' if error.line else 'crashed_in_library', facts)


def _clause(error):
    """{language: the cause, on a line of its own}; empty texts if none is certain."""
    for cause in _causes():
        found = re.search(cause['text'], f'{error.kind}: {error.text}')
        if found and cause.get('clue', error.clue) == error.clue:
            return {language: '\n' + cause[language].format(*found.groups())
                    for language in ('en', 'zh')}
    return {'en': '', 'zh': ''}


@cache
def _causes():
    path = Path(__file__).with_suffix('.toml')
    return list(tomllib.loads(path.read_text(encoding='utf-8')).values())
