"""A worker that needs no torch, for tests of the pool."""

import os
import time

__all__ = ['Job', 'fake_work']


class Job:
    """Stands for a submission; what the worker does with it is its name."""

    def __init__(self, name):
        self.name = name


def fake_work(line, server, library, *settings):
    """End at 'dies', go on for ever at 'late', say that the server has ended at 'gone'."""
    while (job := line.recv()) is not None:
        if job.name == 'dies':
            os._exit(1)
        time.sleep(99 if job.name == 'late' else 0)
        line.send(None if job.name == 'gone' else job.name)
