"""Values on the command line, checked, with messages that name the allowed ones."""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentTypeError
from contextlib import suppress
from pathlib import Path

__all__ = ['Help', 'count', 'path', 'rate', 'share']


class Help(ArgumentDefaultsHelpFormatter):
    """Defaults at the end of each line, where there is one to tell."""

    def _get_help_string(self, action):
        return action.help if action.default is None else super()._get_help_string(action)


def count(text):
    """A whole number, at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'{text!r}: give a whole number, at least 1')
    return int(text)


def path(text):
    """A file or folder, ``~`` for the home folder."""
    return Path(text).expanduser()


def rate(text):
    """A number above 0."""
    return _number(text, lambda value: 0 < value < float('inf'), 'above 0, for example 0.01')


def share(text):
    """A number from 0 to less than 1."""
    return _number(text, lambda value: 0 <= value < 1, 'from 0 up to, but not including, 1')


def _number(text, is_allowed, allowed):
    with suppress(ValueError):
        if is_allowed(value := float(text)):
            return value
    raise ArgumentTypeError(f'{text!r}: give a number {allowed}')
