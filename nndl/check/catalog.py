"""The exercises: their names, and the files of their folders, read without importing torch."""

import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

__all__ = ['EXERCISES', 'NoExercise', 'about', 'hints_of', 'messages_of']

FOLDER = Path(__file__).with_name('exercises')
EXERCISES = tuple(sorted(path.parent.name for path in FOLDER.glob('*/checker.py')))


class NoExercise(LookupError):
    """An exercise has no folder here."""


def about(exercise):
    """The module of an exercise, with NAME, HIDDEN and the like.

    Raises:
        NoExercise: if there is none.
    """
    if exercise not in EXERCISES:
        raise NoExercise(f'no exercise is called {exercise!r}: there are {", ".join(EXERCISES)}')
    return import_module(f'nndl.check.exercises.{exercise}')


@cache
def messages_of(exercise):
    """{'passed' or fault: {'en': text, 'zh': text}}, and {'criteria': {name: the same}}."""
    texts = _read('any_exercise', FOLDER.parent) | _read('messages', FOLDER / exercise)
    return {name: text for name, text in texts.items() if name != 'hint'}


@cache
def hints_of(exercise):
    """[{'en': text, 'zh': text}], each saying more than the one before it."""
    return list(_read('messages', FOLDER / exercise)['hint'].values())


def _read(name, folder):
    return tomllib.loads((folder / f'{name}.toml').read_text(encoding='utf-8'))
