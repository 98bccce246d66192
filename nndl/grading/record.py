"""The record of a graded submission: plain data, written as JSON."""

from nndl.check.catalog import about
from nndl.grading.flags import flags_of, shape_of
from nndl.grading.rebuild import used
from nndl.grading.submission import student_of

__all__ = ['STATUSES', 'record_of', 'malformed_record', 'crashed_record', 'failed_record']

STATUSES = ('graded', 'wrong', 'timeout', 'crashed', 'malformed', 'suspicious', 'grader_error')


def record_of(submission, lab, verdicts, seconds, version):
    """The record of a submission that was run.

    Args:
        submission: ``Submission``.
        lab: its ``Lab``.
        verdicts: {grade_id: Verdict}.
        seconds: that it took.
        version: of the grader.

    Returns:
        {'path', 'student', 'sha256', 'version', 'lab', 'language', 'seconds', 'reason',
        'exercises': [{'grade_id', 'points', 'maximum', 'status', ...}]}; points are None where
        the grader failed.
    """
    exercises = [_exercise(exercise, submission, verdicts.get(exercise.grade_id))
                 | {'builds_on': _builds_on(exercise, submission, lab, verdicts)}
                 for exercise in lab.exercises.values()]
    return {**_head(submission.path, submission.sha256, version), 'lab': submission.lab,
            'language': submission.language, 'seconds': round(seconds, 2), 'exercises': exercises}


def malformed_record(path, sha256, version, reason, lab=None):
    """The record of a file that is no notebook of the labs: 0 points.

    Args:
        path, sha256, version, reason: as in the others.
        lab: the ``Lab`` that it is by its name; 0 points of each of its exercises.
    """
    exercises = lab.exercises.values() if lab else ()
    return {**_head(path, sha256, version), 'reason': reason, 'lab': lab.name if lab else '',
            'exercises': [_blank(e.grade_id, 0, e.points, 'malformed') for e in exercises]
            or [_blank('', 0, 0, 'malformed')]}


def crashed_record(submission, lab, version, reason):
    """The record of a submission that ended the process that graded it: 0 points."""
    return {**_head(submission.path, submission.sha256, version), 'lab': lab.name,
            'language': submission.language, 'reason': reason,
            'exercises': [_blank(e.grade_id, 0, e.points, 'crashed') | {'errors': [reason]}
                          for e in lab.exercises.values()]}


def failed_record(path, sha256, version, reason):
    """The record of a submission that the grader failed on: no points, neither 0 nor others."""
    return {**_head(path, sha256, version), 'reason': reason, 'exercises': [
        _blank('', None, 0, 'grader_error')]}


def _head(path, sha256, version):
    return {'path': path, 'student': student_of(path), 'sha256': sha256, 'version': version,
            'lab': '', 'language': 'en', 'seconds': 0.0, 'reason': ''}


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


def _exercise(exercise, submission, verdict):
    grade_id, maximum = exercise.grade_id, exercise.points
    if fault := submission.faults.get(grade_id):
        return _blank(grade_id, 0, maximum, 'malformed') | {'fault': fault}
    if verdict is None:
        return _blank(grade_id, None, maximum, 'grader_error')
    source = submission.sources[grade_id]
    flags = flags_of(source, grade_id) + (['the check cannot decide'] if verdict.look else [])
    status = verdict.stopped or ('suspicious' if flags else
                                 'graded' if verdict.share == 1 else 'wrong')
    return _blank(grade_id, round(verdict.share * maximum, 4), maximum, status) | {
        'passed': verdict.passed, 'errors': verdict.errors[:5], 'faults': verdict.faults,
        'message': verdict.message, 'flags': flags, 'shape': shape_of(source)}
