"""Worker processes side by side on this machine; where one ends, the others go on."""

import math
import multiprocessing
import signal
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

from nndl.study.cluster import without_interrupts

__all__ = ['side_by_side']

CONTEXT = multiprocessing.get_context('spawn')


def side_by_side(call, things, n_workers, seconds):
    """Yield (thing, what ``call`` gives for it) as they come, (thing, None) if its process ended.

    Args:
        call: function, run in worker processes that import its module anew; what it raises is
            raised here, and ends them all.
        things: for ``call``, one a time.
        n_workers: processes at once.
        seconds: after which a call ends its process.
    """
    todo = [*reversed(things)]
    while todo:  # a pool in which a process has ended takes nothing more
        running, pool = {}, ProcessPoolExecutor(n_workers, CONTEXT)
        try:
            with suppress(BrokenProcessPool):
                while todo or running:
                    while todo and len(running) < n_workers:
                        with without_interrupts():
                            running[pool.submit(_in_time, seconds, call, todo[-1])] = todo[-1]
                        todo.pop()
                    for done in wait(running, return_when=FIRST_COMPLETED).done:
                        yield running[done], done.result()
                        del running[done]
        except BaseException:
            for process in multiprocessing.active_children():
                process.kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        yield from ((thing, None) for thing in running.values())


def _in_time(seconds, call, thing):
    from nndl.grading.worker import begin  # imports torch, which the driver does without

    begin()
    signal.alarm(math.ceil(seconds))
    try:
        return call(thing)
    finally:
        signal.alarm(0)
