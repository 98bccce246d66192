"""python -m nndl grade"""

import sys

from nndl.commands.arguments import Help, count, path
from nndl.lab.language import LANGUAGES

__all__ = ['add_to']


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser('grade', formatter_class=Help,
                                 help='grade submitted notebooks by what they compute')
    parser.add_argument('submissions', type=path,
                        help='folder; every notebook below it is graded, in zip archives too')
    parser.add_argument('--out', type=path, required=True, metavar='GRADES',
                        help='folder for the grades; what is there already is not graded again')
    _add_ways(parser)
    parser.add_argument('--labs', type=path, help="folder notebooks; default: the kit's")
    parser.add_argument('--roster', type=path, metavar='FILE', help='list of the class, for '
                        'example the exported gradebook: who is missing and who is a stranger')
    parser.add_argument('--overrides', type=path, metavar='FILE', help='CSV with student, '
                        'exercise, points, reason, sha256: points that you give instead')
    parser.add_argument('--compare', type=path, metavar='OLD', help='folder with earlier grades: '
                        'who gains or loses points, and why')
    parser.add_argument('--lang', choices=LANGUAGES, default='en',
                        help="language of the class page; feedback is in the student's")
    parser.set_defaults(command=grade, kept='; what is graded is kept, and the same command grades '
                        'the others')


def _add_ways(parser):
    parser.add_argument('--plain', action='store_true',
                        help='run whole notebooks with nbval, on any system, without isolation: '
                             'they can read and change all that you can')
    parser.add_argument('--workers', type=count, help='processes side by side, each takes about '
                        '1 GB; by default as many as this process may use cores')
    parser.add_argument('--dask', metavar='ADDRESS',
                        help='scheduler of a Dask cluster, whose workers grade instead')
    parser.add_argument('--cell-seconds', type=count, default=60, help='a cell may take')
    parser.add_argument('--notebook-seconds', type=count,
                        help='a notebook may take; by default 240, with --plain 900')


def grade(options):
    """Grade and write the results; returns the exit code, 2 if the grader itself failed."""
    from nndl.check.catalog import NoExercise
    from nndl.check.notebook import Malformed
    from nndl.grading.labs import LabsError
    from nndl.grading.plain import ConfigurationFound
    from nndl.grading.roster import TableError
    from nndl.grading.run import Refused
    from nndl.study.cluster import ClusterError

    try:
        failed = _graded(options)
    except (ClusterError, ConfigurationFound, LabsError, Malformed, NoExercise, OSError, Refused,
            TableError) as error:
        print(f'nndl grade: {error}', file=sys.stderr)
        return 1
    if failed:
        print(f'nndl grade: the grader failed on {", ".join(failed[:5])} ({len(failed)} in all), '
              'which got no points, not 0. Run the same command again to grade just those.',
              file=sys.stderr)
    return 2 if failed else 0


def _graded(options):
    from joblib import cpu_count

    from nndl.grading import run
    from nndl.grading.children import Deadlines
    from nndl.grading.labs import read_labs
    from nndl.grading.overrides import apply, read_overrides
    from nndl.grading.pages import write_all
    from nndl.grading.results import read_csv
    from nndl.grading.roster import read_roster
    from nndl.grading.summary import changes

    seconds = options.notebook_seconds or (900 if options.plain else 240)
    roster = options.roster and read_roster(options.roster)
    overrides = read_overrides(options.overrides) if options.overrides else []
    before = options.compare and read_csv(options.compare / 'grades.csv')
    records = apply(overrides, run.grade(run.Settings(
        options.submissions, options.out, options.labs, options.workers or cpu_count(),
        options.dask, options.plain, Deadlines(options.cell_seconds, notebook=seconds))))
    failed = write_all(records, read_labs(options.labs), options.out, options.lang, roster)
    for line in changes(before, records) if before else ():
        print(line)
    return failed
