"""Workers side by side on this machine, forked from one process that has imported their modules."""

import contextlib
import multiprocessing
import os
import tempfile
import time
from multiprocessing import connection, forkserver

from nndl.grading.servers import Gone
from nndl.study.cluster import without_interrupts

__all__ = ['ENDED', 'GONE', 'Pool', 'prepare']

CONTEXT = multiprocessing.get_context('forkserver')
THREADS = 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'
LONGEST_PATH = 60  # bytes; with its own name the path of a socket has at most 107
MOST_STARTS = 3  # of the process that children are forked from, without a grade between them
ENDED, GONE = 'the worker ended', 'its server ended'


def prepare():
    """Have the process that workers are forked from import, while this one goes on."""
    CONTEXT.set_forkserver_preload(['nndl.grading.worker'])
    kept = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, '1'))
    folder = tempfile.tempdir
    try:
        if len(os.fsencode(tempfile.gettempdir())) > LONGEST_PATH:
            tempfile.tempdir = '/tmp'
        with without_interrupts():
            forkserver.ensure_running()
    finally:
        tempfile.tempdir = folder
        for name, value in kept.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


class Pool:
    """Workers of one lab, and the process that their children are forked from.

    Args:
        start_warm: gives (``Warm``, its library).
        seconds: after which a worker that still has a submission is ended.
        settings: for ``worker.work``: the lab, the deadlines, the seed, the version.
    """

    def __init__(self, start_warm, seconds, *settings):
        self.start_warm, self.seconds, self.settings = start_warm, seconds, settings
        self.warm, self.library = start_warm()
        self.starts = 1

    def close(self):
        """End what children are forked from, and with it the children."""
        self.warm.close()

    def grade(self, submissions, n_workers):
        """Yield (submission, its record, or ``ENDED`` or ``GONE``) as they come.

        Raises:
            Gone: if the process that children are forked from ends again and again.
        """
        todo, busy, idle = list(reversed(submissions)), {}, []
        try:
            while todo or busy:
                while todo and len(busy) < n_workers:
                    worker, submission = idle.pop() if idle else self._worker(), todo.pop()
                    busy[worker.line] = worker, submission
                    worker.send(submission)
                ready = connection.wait(list(busy), timeout=1)
                late = [line for line, (worker, _) in busy.items() if worker.is_late(self.seconds)]
                for line in {*ready, *late}:
                    worker, submission = busy.pop(line)
                    outcome = worker.receive() if line in ready else ENDED
                    if outcome in (ENDED, GONE):
                        worker.close()
                    else:
                        idle.append(worker)
                        self.starts = 0
                    yield submission, outcome
        finally:
            for worker, _ in busy.values():
                worker.close()
            for worker in idle:
                worker.close(seconds=5)

    def _worker(self):
        try:
            server = self.warm.server()
        except Gone:
            if self.starts >= MOST_STARTS:
                raise
            self.warm.close()
            self.warm, self.library = self.start_warm()
            self.starts += 1
            return self._worker()
        with server:
            return _Worker(server, self.library, self.settings)


class _Worker:
    """A process and the connection to it."""

    def __init__(self, server, library, settings):
        self.line, theirs = CONTEXT.Pipe()
        with theirs:  # Ctrl-C is not for the process: what it is forked from ignores it
            self.process = CONTEXT.Process(
                target=_work, args=(theirs, server, library, *settings), daemon=True)
            self.process.start()

    def send(self, submission):
        """Send a ``Submission``; if the process has ended, ``receive`` tells."""
        self.begin = time.monotonic()
        with contextlib.suppress(OSError):
            self.line.send(submission)

    def is_late(self, seconds):
        """True if the last submission was sent longer ago."""
        return time.monotonic() > self.begin + seconds

    def receive(self):
        """A record, ``ENDED`` or ``GONE``."""
        try:
            return self.line.recv() or GONE
        except (EOFError, OSError):
            return ENDED

    def close(self, seconds=0):
        """End it, if it is idle within so many seconds by itself."""
        self.send(None)
        self.process.join(seconds)
        self.process.kill()
        self.process.join()
        self.line.close()


def _work(*arguments):
    from nndl.grading.worker import work  # imports torch, which the driver does without

    work(*arguments)
