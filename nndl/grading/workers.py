"""Worker processes on this machine, forked from one that has imported what grading takes."""

import multiprocessing
import os
import resource
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import forkserver

from nndl.study.cluster import without_interrupts

__all__ = ['prepare', 'results_of']

CONTEXT = multiprocessing.get_context('forkserver')
MEMORY = 4_000_000_000  # bytes of a worker; it takes about 700 MB
THREADS = 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'


def prepare(workers):
    """Have the process that workers are forked from import, while this one goes on."""
    if not workers:
        return
    CONTEXT.set_forkserver_preload(['nndl.grading.worker'])
    kept = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, '1'))
    try:
        with without_interrupts():
            forkserver.ensure_running()
    finally:
        for name, value in kept.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def results_of(function, calls, workers):
    """Results of ``function(*call)`` as they come; with no workers, made in this process.

    Raises:
        BrokenProcessPool: if a worker has ended before its result was there.
    """
    if not workers:
        yield from (function(*call) for call in calls)
        return
    with ProcessPoolExecutor(workers, CONTEXT, initializer=_limit_memory) as pool:
        try:
            for done in as_completed([pool.submit(function, *call) for call in calls]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _limit_memory():
    """A submission that makes its worker grow ends that worker, not the machine's memory."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
