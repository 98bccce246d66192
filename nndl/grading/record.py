"""The record of a graded submission: plain data, written as JSON."""

from nndl.check.catalog import about
from nndl.grading.flags import flags_of, shape_of
from nndl.grading.rebuild import used

__all__ = ['STATUSES', 'plain_record', 'record_of']

STATUSES = ('graded', 'wrong', 'timeout', 'crashed', 'malformed', 'suspicious', 'grader_error')


def record_of(submission, lab, verdicts, seconds, version, helpers=''):
    """The record of a submission that was run.

    Args:
        submission: ``Submission``.
        lab: its ``Lab``.
        verdicts: {grade_id: Verdict}.
        seconds: that it took.
        version: of the grader.
        helpers: code of other cells that was run as well.

    Returns:
        {'path', 'student', 'sha256', 'version', 'lab', 'language', 'seconds', 'reason',
        'exercises': [{'grade_id', 'points', 'maximum', 'status', ...}]}; points are None where
        the grader failed.
    """
    of_helpers = flags_of(helpers)
    exercises = [_exercise(exercise, submission, verdicts.get(exercise.grade_id), of_helpers)
                 | {'builds_on': _builds_on(exercise, submission, lab, verdicts)}
                 for exercise in lab.exercises.values()]
    return {**_head(submission, version), 'sha256': submission.sha256, 'lab': submission.lab,
            'language': submission.language, 'seconds': round(seconds, 2), 'exercises': exercises}


def plain_record(hand_in, sha256, version, status, reason, lab=None):
    """The record of a submission, or of what should be one, that was not run to its end.

    Args:
        hand_in: ``HandIn`` or ``Submission``.
        sha256: of its file; of the reason where it cannot be read.
        version: of the grader.
        status: 'malformed' or 'crashed': 0 points; 'grader_error': no points, neither 0 nor others.
        reason: for the student; for the instructor if the grader failed.
        lab: the ``Lab`` that it is, or seems to be by its name; None if it cannot be told.
    """
    points = None if status == 'grader_error' else 0
    errors = {'errors': [reason]} if status == 'crashed' else {}
    return {**_head(hand_in, version), 'sha256': sha256, 'lab': lab.name if lab else '',
            'language': getattr(hand_in, 'language', ''), 'reason': reason,
            'exercises': [_blank(e.grade_id, points, e.points, status) | errors
                          for e in (lab.exercises.values() if lab else ())]
            or [_blank('', points, 0, status)]}


def _head(hand_in, version):
    return {'path': hand_in.path, 'student': hand_in.student, 'version': version, 'seconds': 0.0,
            'reason': ''}


def _blank(grade_id, points, maximum, status):
    return {'grade_id': grade_id, 'points': points, 'maximum': maximum, 'status': status,
            'fault': '', 'builds_on': [], 'passed': {}, 'errors': [], 'faults': [], 'message': '',
            'flags': [], 'shape': None}


def _builds_on(exercise, submission, lab, verdicts):
    """Names of earlier exercises that this one's code uses and that are not right."""
    names = used(submission.sources.get(exercise.grade_id, ''))
    return [name for other in lab.exercises.values() if other.place < exercise.place
            and (name := about(other.grade_id).NAME) in names
            and (other.grade_id not in verdicts or verdicts[other.grade_id].share < 1)]


def _exercise(exercise, submission, verdict, of_helpers):
    grade_id, maximum = exercise.grade_id, exercise.points
    if fault := submission.faults.get(grade_id):
        return _blank(grade_id, 0, maximum, 'malformed') | {'fault': fault}
    source = submission.sources[grade_id]
    flags = list(dict.fromkeys(flags_of(source) + of_helpers))
    flags += ['the check cannot decide'] if verdict.look else []
    status = verdict.stopped or ('suspicious' if flags else
                                 'graded' if verdict.share == 1 else 'wrong')
    return _blank(grade_id, round(verdict.share * maximum, 4), maximum, status) | {
        'passed': verdict.passed, 'errors': verdict.errors[:5], 'faults': verdict.faults,
        'message': verdict.message, 'flags': flags, 'shape': shape_of(source)}
