"""Worker processes on this machine, forked from one that has imported what grading takes."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import forkserver

__all__ = ['prepare', 'results_of']

CONTEXT = multiprocessing.get_context('forkserver')
THREADS = 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'


def prepare(workers):
    """Have the process that workers are forked from import, while this one goes on."""
    if workers == 1:
        return
    CONTEXT.set_forkserver_preload(['nndl.grading.worker'])
    kept = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, '1'))
    try:
        forkserver.ensure_running()
    finally:
        for name, value in kept.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def results_of(function, calls, workers):
    """Results of ``function(*call)`` as they come; with one worker, made in this process.

    Raises:
        BrokenProcessPool: if a worker has ended before its result was there.
    """
    if workers == 1:
        yield from (function(*call) for call in calls)
        return
    with ProcessPoolExecutor(workers, CONTEXT) as pool:
        try:
            for done in as_completed([pool.submit(function, *call) for call in calls]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)
