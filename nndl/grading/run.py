"""Grade a folder of submissions: side by side, one result file each; a killed run resumes."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm.auto import tqdm

from nndl.check.catalog import about
from nndl.check.notebook import Malformed
from nndl.files import write_whole
from nndl.grading.children import Deadlines
from nndl.grading.edition import library_digest
from nndl.grading.hand_ins import find
from nndl.grading.labs import read_labs
from nndl.grading.plain import graded_plain, refuse_configuration
from nndl.grading.pool import side_by_side
from nndl.grading.record import plain_record
from nndl.grading.sandbox import unavailable
from nndl.grading.submission import NothingToGrade, lab_by_name, submissions_of
from nndl.grading.workspace import workspace
from nndl.study.cluster import cluster

__all__ = ['Refused', 'Settings', 'grade', 'result_path']

TO_READ = 60  # seconds that a worker may take beyond those of a notebook
TWICE = ('grading it ended the process that graded it, twice, the second time with nothing beside '
         'it')


class Refused(RuntimeError):
    """Nothing is graded, for a reason that the instructor can change."""


@dataclass(frozen=True)
class Settings:
    """How to grade.

    Attributes:
        submissions: the folder; every notebook below it is a submission.
        out: the folder for the results.
        labs: folder with the complete labs; None for the checkout's.
        workers: processes side by side on this machine; 0: all in this process.
        dask: address of a Dask scheduler, whose workers grade instead.
        plain: whether whole notebooks are run with nbval, without isolation.
        deadlines: ``Deadlines``.
    """

    submissions: Path
    out: Path
    labs: Path | None = None
    workers: int = 0
    dask: str | None = None
    plain: bool = False
    deadlines: Deadlines = Deadlines()


def grade(settings):
    """Grade what has not been graded yet; returns the records of all submissions.

    Notebooks of labs without exercises are left out.

    Raises:
        Refused: if isolation cannot be had here.
        ConfigurationFound: if pytest would obey a file among the submissions, in the plain way.
        LabsError, Malformed: if there are no labs, or no submissions.
        NoExercise: if an exercise has no checker.
    """
    _refuse(settings)
    labs = read_labs(settings.labs)
    for lab in labs.values():
        for grade_id in lab.exercises:
            about(grade_id)
    version, seed = _version(labs, settings), int.from_bytes(os.urandom(7), 'big')
    records, todo = _sorted_out(settings, labs, version)
    n_todo = sum(map(len, todo.values()))
    with tqdm(desc='grading', total=len(records) + n_todo, initial=len(records),
              unit='submission', leave=False) as bar:
        for key, record in _graded(labs, todo, settings, seed, version):
            _save(settings, key, record)
            records[key] = record
            bar.update()
    return [records[key] for key in sorted(records)]


def _refuse(settings):
    """Raise what keeps these settings from being used."""
    folder, out = settings.submissions.resolve(), settings.out.resolve()
    if not folder.is_dir():
        raise Refused(f'{folder} is no folder: give the folder that the hand-ins, or the archives '
                      'with them, lie in')
    if out == folder or out in folder.parents:
        raise Refused(f'{out} holds the submissions: give another folder for the grades')
    if settings.plain:
        refuse_configuration(settings.submissions)
    elif reason := unavailable():
        raise Refused(f'submissions cannot be isolated here ({reason}). --plain grades with nbval '
                      'instead: then a submission can read and change all that you can, other '
                      'submissions and their grades among them, and use the network')


def result_path(out, key):
    """Where the record of a submission lies."""
    return Path(out) / 'results' / f'{hashlib.sha256(key.encode()).hexdigest()[:20]}.json'


def _sorted_out(settings, labs, version):
    """({key: record} of what is graded or cannot be, {lab: [Submission]} of what is to do)."""
    records, todo, without, others = {}, {}, {}, set()
    for hand_in in find(settings.submissions, settings.out):
        try:
            submissions = submissions_of(hand_in, labs)
        except NothingToGrade as nothing:
            without.setdefault(hand_in.student, (hand_in, f'{nothing} has no exercises'))
            continue
        except (Malformed, MemoryError) as error:
            without[hand_in.path] = hand_in, str(error) or 'it is too large'
            continue
        others.add(hand_in.student)
        for submission in submissions:
            if record := _stored(settings, submission, version):
                records[submission.key] = record
            else:
                todo.setdefault(submission.lab, []).append(submission)
    for name, (hand_in, reason) in without.items():
        if name == hand_in.path or name not in others:  # a student with nothing else has a row
            sha256 = hashlib.sha256(reason.encode('utf-8', 'replace')).hexdigest()
            records[hand_in.path] = plain_record(hand_in, sha256, version, 'malformed', reason,
                                                 lab_by_name(hand_in.path, labs))
            _save(settings, hand_in.path, records[hand_in.path])
    return records, todo


def _graded(labs, todo, settings, seed, version):
    """Yield (key, record) as they come."""
    if settings.plain:
        for name, submissions in sorted(todo.items()):
            yield from graded_plain(submissions, labs[name], settings.labs, settings.deadlines,
                                    settings.workers or 1, version)
        return
    jobs = [(each, labs[name]) for name in sorted(todo) for each in todo[name]]
    how = settings.deadlines, seed, version
    if settings.dask:
        yield from _on_cluster(jobs, settings.dask, *how)
    elif settings.workers:
        yield from _on_this_machine(jobs, settings.workers, *how)
    else:
        yield from (_grade(how, job) for job in jobs)


def _on_this_machine(jobs, n_workers, *how):
    again, seconds = [], how[0].notebook + TO_READ
    with workspace() as folder:
        work = partial(_grade, (*how, folder))
        for job, done in side_by_side(work, jobs, n_workers, seconds):
            if done:
                yield done
            else:
                again.append(job)
        for (submission, lab), done in side_by_side(work, again, 1, seconds):  # nothing beside it
            yield done or (submission.key, plain_record(
                submission, submission.sha256, how[-1], 'crashed', TWICE, lab))


def _on_cluster(jobs, address, *how):
    from joblib import Parallel, delayed

    with cluster(address):
        work = Parallel(n_jobs=max(1, len(jobs)), return_as='generator_unordered',
                        pre_dispatch='all')
        yield from work(delayed(_on_a_worker)(library_digest(), job, *how) for job in jobs)


def _on_a_worker(digest, job, *how):
    """What ``_grade`` gives, made by a worker of a cluster."""
    if digest != library_digest():
        raise Refused('a worker has another version of the kit than this machine: install the '
                      'same one on both')
    return _grade(how, job)


def _grade(how, job):
    """(key, record) of a submission and its lab, graded in this process."""
    from nndl.grading.worker import graded_here  # imports torch, which the driver does without

    return job[0].key, graded_here(*job, *how)


def _save(settings, key, record):
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + '\n'
    write_whole(result_path(settings.out, key), lambda file: file.write(text.encode()))


def _stored(settings, submission, version):
    """The record of an earlier run; None if there is none for this file and this grader."""
    try:
        path = result_path(settings.out, submission.key)
        record = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return None
    same = all(record.get(name) == value for name, value in (
        ('path', submission.path), ('version', version), ('sha256', submission.sha256)))
    failed = any(exercise['status'] == 'grader_error' for exercise in record.get('exercises', []))
    return record if same and not failed else None


def _version(labs, settings):
    """Changes with the library, the labs and their points, and the deadlines."""
    content = hashlib.sha256(repr((labs, settings.deadlines, settings.plain)).encode())
    content.update(library_digest().encode())
    return content.hexdigest()[:16]
