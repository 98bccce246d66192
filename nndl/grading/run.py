"""Grade a folder of submissions: side by side, one result file each; a killed run resumes."""

import hashlib
import json
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tqdm.auto import tqdm

from nndl.check.catalog import about
from nndl.files import write_whole
from nndl.grading.edition import library_digest, make_edition
from nndl.grading.labs import read_labs
from nndl.grading.record import crashed_record, failed_record, malformed_record
from nndl.grading.sandbox import unavailable
from nndl.grading.submission import (
    Malformed,
    NothingToGrade,
    find,
    fingerprint,
    lab_by_name,
    read,
)
from nndl.grading.warm_parent import warm_address, warm_process
from nndl.grading.workers import prepare, results_of
from nndl.grading.workspace import workspace
from nndl.study.cluster import cluster

__all__ = ['Deadlines', 'Refused', 'Settings', 'grade', 'result_path']

LARGEST_CHUNK = 8  # notebooks that one pytest process runs
ENDED_THE_GRADER = ('grading it ended the process that graded it, twice, the second time with '
                    'nothing beside it')


class Refused(RuntimeError):
    """Nothing is graded, for a reason that the instructor can mend."""


@dataclass(frozen=True)
class Deadlines:
    """Seconds for a cell, for an answer to a probe, and for a notebook."""

    cell: float = 60
    query: float = 30
    notebook: float = 240


@dataclass(frozen=True)
class Settings:
    """How to grade.

    Attributes:
        submissions: the folder; every notebook below it is a submission.
        out: the folder for the results.
        labs: folder with the complete labs; None for the checkout's.
        workers: processes side by side on this machine; 0: all in this process.
        dask: address of a Dask scheduler, whose workers grade instead; they must see ``out`` at
            the same place.
        sandbox: whether kernels are isolated.
        deadlines: ``Deadlines``.
    """

    submissions: Path
    out: Path
    labs: Path | None = None
    workers: int = 0
    dask: str | None = None
    sandbox: bool = True
    deadlines: Deadlines = Deadlines()


def grade(settings):
    """Grade what has not been graded yet; returns the records of all submissions, by path.

    Notebooks of labs without exercises are left out.

    Raises:
        Refused: if isolation cannot be had and was not declined.
        LabsError, Malformed: if there are no labs, or no submissions.
        NoExercise: if an exercise has no checker.
    """
    if settings.sandbox and (reason := unavailable()):
        raise Refused(f'submissions cannot be isolated here ({reason}). --no-sandbox grades '
                      'without: then a submission can read and change all that you can, other '
                      'submissions and their grades among them, and use the network')
    if not settings.dask:
        prepare(settings.workers)
    labs = read_labs(settings.labs)
    for lab in labs.values():
        for grade_id in lab.exercises:
            about(grade_id)
    paths, version = find(settings.submissions), _version(labs, settings)
    records, todo, left_out = {}, {}, set()
    for path in paths:
        record = _stored(settings, path, version)
        if record is not None:
            records[path] = record
        elif not _take(settings, path, labs, version, records, todo):
            left_out.add(path)
    total = len(paths) - len(left_out)
    with tqdm(desc='grading', total=total, initial=len(records), unit='submission',
              leave=False) as bar:
        for done in _run(settings, labs, todo, version):
            bar.update(done)
    return {path: records.get(path) or _stored(settings, path, version, failed_too=True)
            or _lost(settings, path, version) for path in paths if path not in left_out}


def result_path(out, path):
    """Where the record of a submission lies."""
    return Path(out) / 'results' / f'{hashlib.sha256(path.encode()).hexdigest()[:20]}.json'


def _take(settings, path, labs, version, records, todo):
    """Put a submission with those of its lab, or write why it cannot be graded.

    Returns whether there is something to grade at all.
    """
    try:
        submission = read(settings.submissions, path, labs)
    except NothingToGrade:
        return False
    except Malformed as error:
        sha256 = fingerprint(settings.submissions, path)
        records[path] = malformed_record(path, sha256, version, str(error), lab_by_name(path, labs))
        _save(settings, records[path])
    else:
        todo.setdefault(submission.lab, []).append(submission)
    return True


def _run(settings, labs, todo, version):
    """Number of submissions of each chunk, as its records are written; lab after lab."""
    # A cluster's workers read the kernels' library from where the results are.
    shared = settings.out.resolve() if settings.dask else None
    with workspace(shared) as folder, cluster(settings.dask):
        for name, submissions in sorted(todo.items()):
            edition = folder / name
            make_edition(labs[name].exercises, edition)
            edition.chmod(0o755)
            for records in _graded(settings, labs[name], submissions, version, edition):
                for record in records:
                    _save(settings, record)
                yield len(records)


def _graded(settings, lab, submissions, version, edition):
    """Lists of records as they come, in any order."""
    # Dask has as many workers as it has: all are handed over at once, one by one.
    size = 1 if settings.dask else _chunk_size(len(submissions), settings.workers)
    calls = [(library_digest(), settings, lab, submissions[k:k + size], version, edition)
             for k in range(0, len(submissions), size)]
    if settings.dask:
        yield from _on_cluster(calls)
        return
    with closing(warm_process(lab, edition, warm_address(edition))):
        left = {submission.path: submission for submission in submissions}
        try:
            for records in results_of(_grade_chunk, calls, settings.workers):
                for record in records:
                    del left[record['path']]
                yield records
        except BrokenProcessPool:  # who was it?
            for submission in left.values():
                yield [_graded_alone(settings, lab, submission, version, edition)]


def _graded_alone(settings, lab, submission, version, edition):
    """In a process of its own; one that it ends twice is the submission's fault."""
    call = library_digest(), settings, lab, [submission], version, edition
    try:
        (record,), = results_of(_grade_chunk, [call], 1)
    except BrokenProcessPool:
        record = crashed_record(submission, lab, version, ENDED_THE_GRADER)
    return record


def _on_cluster(calls):
    from joblib import Parallel, delayed

    work = Parallel(n_jobs=len(calls), return_as='generator_unordered', pre_dispatch='all')
    return work(delayed(_grade_chunk)(*call) for call in calls)


def _chunk_size(number, workers):
    """Small enough that the bar moves and no worker waits for another at the end."""
    return min(LARGEST_CHUNK, -(-number // (3 * max(1, workers))))


def _grade_chunk(digest, *arguments):
    """In a worker."""
    if digest != library_digest():
        raise Refused('a worker has another version of the kit than this machine: install the '
                      'same one on both')
    from nndl.grading.worker import grade_chunk

    return grade_chunk(*arguments)


def _save(settings, record):
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + '\n'
    write_whole(result_path(settings.out, record['path']), lambda file: file.write(text.encode()))


def _stored(settings, path, version, failed_too=False):
    """The record of an earlier run; None if there is none for this file and this grader."""
    try:
        record = json.loads(result_path(settings.out, path).read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return None
    same = (record.get('path') == path and record.get('version') == version
            and record.get('sha256') == fingerprint(settings.submissions, path))
    failed = any(exercise['status'] == 'grader_error' for exercise in record.get('exercises', []))
    return record if same and (failed_too or not failed) else None


def _lost(settings, path, version):
    return failed_record(path, fingerprint(settings.submissions, path), version,
                         'the process that graded it ended')


def _version(labs, settings):
    """Changes with the library, the labs and their points, the deadlines and the isolation."""
    content = hashlib.sha256(repr((labs, settings.deadlines, settings.sandbox)).encode())
    content.update(library_digest().encode())
    return content.hexdigest()[:16]
