"""python -m nndl hand-in"""

import sys

from nndl.commands.arguments import Help, path
from nndl.lab.language import LANGUAGES

__all__ = ['add_to']


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        'hand-in', formatter_class=Help, help='check a notebook before it is handed in')
    parser.add_argument('file', type=path, metavar='FILE', help='the notebook, saved')
    parser.add_argument('--lang', choices=LANGUAGES, default='en', help='language of the answer')
    parser.set_defaults(command=hand_in)


def hand_in(options):
    """Print what is in the file; returns the exit code, 0 if every exercise passes."""
    from nndl.check.handing_in import inspect_notebook
    from nndl.check.notebook import Malformed
    from nndl.grading.rebuild import namespace_of

    try:
        found = inspect_notebook(options.file, lambda *_: '', namespace_of, options.lang)
    except Malformed as error:
        print(f'nndl hand-in: {options.file}: {error}', file=sys.stderr)
        return 1
    print(found)
    return 0 if all(state == 'passed' for state, _ in found.rows.values()) else 1
