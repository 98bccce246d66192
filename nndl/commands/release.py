"""python -m nndl release"""

import sys

from nndl.commands.arguments import Help, path
from nndl.lab.language import LANGUAGES

__all__ = ['add_to']


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        'release', formatter_class=Help, help='the labs for students, in a folder to be zipped')
    parser.add_argument('--out', type=path, required=True, metavar='DIR', help='an empty folder')
    parser.add_argument('--lang', choices=LANGUAGES, default='en', help='language of the labs')
    parser.add_argument('--labs', type=path,
                        help="folder notebooks of a checkout; default: the kit's")
    parser.set_defaults(command=release)


def release(options):
    """Write the folder; returns the exit code."""
    from nndl.check.catalog import NoExercise
    from nndl.grading.labs import LabsError
    from nndl.grading.release import release as write_release

    try:
        names = write_release(options.out, options.lang, options.labs)
    except (LabsError, NoExercise, OSError) as error:
        print(f'nndl release: {error}', file=sys.stderr)
        return 1
    print(f'{len(names)} labs are in {options.out}: {", ".join(names)}')
    return 0
