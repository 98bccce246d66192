"""python -m nndl grade"""

import sys

from nndl.commands.arguments import Help, count, path
from nndl.lab.language import LANGUAGES

__all__ = ['add_to']


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        'grade', help='grade submitted notebooks by what they compute',
        formatter_class=Help)
    parser.add_argument('submissions', type=path, help='folder; every notebook below it is graded')
    parser.add_argument('--out', type=path, required=True, metavar='GRADES',
                        help='folder for the grades; what is there already is not graded again')
    parser.add_argument('--workers', type=count, help='processes side by side, each takes about '
                        '1 GB; by default as many as this process may use cores')
    parser.add_argument('--dask', metavar='ADDRESS',
                        help='scheduler of a Dask cluster, whose workers grade instead; they must '
                             'see GRADES at the same place')
    parser.add_argument('--labs', type=path,
                        help="folder notebooks of a checkout; default: the kit's")
    parser.add_argument('--lang', choices=LANGUAGES, default='en',
                        help="language of the class page; feedback is in the student's")
    parser.add_argument('--cell-seconds', type=count, default=60, help='a cell may take')
    parser.add_argument('--notebook-seconds', type=count, default=240, help='a notebook may take')
    parser.add_argument('--no-sandbox', action='store_true',
                        help='run submissions without isolation: they can read and change all '
                             'that you can')
    parser.set_defaults(command=grade, kept='; what is graded is kept, and the same command grades '
                        'the others')


def grade(options):
    """Grade and write the results; returns the exit code, 2 if the grader itself failed."""
    from joblib import cpu_count

    from nndl.check.catalog import NoExercise
    from nndl.grading.labs import LabsError, read_labs
    from nndl.grading.pages import write_all
    from nndl.grading.run import Deadlines, Refused, Settings
    from nndl.grading.run import grade as grade_all
    from nndl.grading.submission import Malformed
    from nndl.study.cluster import ClusterError

    settings = Settings(options.submissions, options.out, options.labs,
                        options.workers or cpu_count(), options.dask, not options.no_sandbox,
                        Deadlines(cell=options.cell_seconds, notebook=options.notebook_seconds))
    try:
        records = list(grade_all(settings).values())
        failed = write_all(records, read_labs(options.labs), options.out, options.lang)
    except (ClusterError, LabsError, Malformed, NoExercise, OSError, Refused) as error:
        print(f'nndl grade: {error}', file=sys.stderr)
        return 1
    if failed:
        print(f'nndl grade: the grader failed on {", ".join(failed[:5])} ({len(failed)} in all), '
              'which got no points, not 0. Run the same command again to grade just those.',
              file=sys.stderr)
    return 2 if failed else 0
