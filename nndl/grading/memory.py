"""How much memory a kernel takes, with all that it started."""

import psutil

from nndl.grading.view import MEGABYTE

__all__ = ['TOGETHER', 'memory_of', 'takes_too_much']

TOGETHER = 3000 * MEGABYTE  # of all processes of a submission, what they share counted once


def takes_too_much(pid):
    """Whether a process and all that it started take more than ``TOGETHER``."""
    # Resident memory counts what is shared many times, but is quick to read: it goes first.
    return memory_of(pid, 'rss') > TOGETHER and memory_of(pid, 'pss') > TOGETHER


def memory_of(pid, kind):
    """Bytes of a process and all that it started, by 'rss' or 'pss' (shared pages in parts)."""
    try:
        processes = [psutil.Process(pid)]
        processes += processes[0].children(recursive=True)
    except psutil.Error:
        return 0
    return sum(_bytes(process, kind) for process in processes)


def _bytes(process, kind):
    try:
        info = process.memory_info() if kind == 'rss' else process.memory_full_info()
    except psutil.Error:  # it has ended
        return 0
    return getattr(info, kind)
