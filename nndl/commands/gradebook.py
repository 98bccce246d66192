"""python -m nndl gradebook"""

import sys

from nndl.commands.arguments import Help, path

__all__ = ['add_to']


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser('gradebook', formatter_class=Help, help="put a lab's points into "
                                 'the gradebook that the school exported')
    parser.add_argument('grades', type=path, help='folder that grade has written')
    parser.add_argument('--roster', type=path, required=True, metavar='FILE',
                        help='gradebook or grading worksheet of Canvas or Moodle, as exported')
    parser.add_argument('--lab', required=True, help='for example 02_resnet18')
    parser.add_argument('--column', metavar='HEADING', help='of the points; by default the one '
                        "with the lab's name or title in it")
    parser.add_argument('--labs', type=path, help="folder notebooks; default: the kit's")
    parser.add_argument('--out', type=path, required=True, help='a new file', metavar='NEWFILE')
    parser.set_defaults(command=gradebook)


def gradebook(options):
    """Write the new file; returns the exit code, 2 if it lacks somebody's points."""
    from nndl.grading.gradebook import write_gradebook
    from nndl.grading.labs import LabsError
    from nndl.grading.roster import TableError

    try:
        number, missing, left = write_gradebook(
            options.grades, options.roster, options.out, options.lab, options.column, options.labs)
    except (LabsError, OSError, TableError) as error:
        print(f'nndl gradebook: {error}', file=sys.stderr)
        return 1
    for line in left:
        print(f'nndl gradebook: no points are written: {line}', file=sys.stderr)
    print(f'{options.out} has the points of {number} students; of {len(missing)} on the roster '
          'no submission was found')
    return 2 if left else 0
