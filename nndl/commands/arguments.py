"""Values on the command line, checked, with messages that name the allowed ones."""

from argparse import ArgumentDefaultsHelpFormatter, ArgumentTypeError
from contextlib import suppress
from pathlib import Path

__all__ = ['Help', 'count', 'path', 'rate']


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
    with suppress(ValueError):
        if 0 < (value := float(text)) < float('inf'):
            return value
    raise ArgumentTypeError(f'{text!r}: give a number above 0, for example 0.01')
