"""How much memory a child takes, with all that it started."""

import contextlib
from pathlib import Path

import psutil

from nndl.grading.view import MEGABYTE

__all__ = ['TOGETHER', 'memory_of', 'takes_too_much']

TOGETHER = 3000 * MEGABYTE  # of all processes of a submission, what they share counted once


def takes_too_much(pid):
    """True if a process and all that it started take more than ``TOGETHER``."""
    left = TOGETHER - _in_nameless_files(_family(pid))
    # Resident memory counts what is shared many times, but is quick to read: it goes first.
    return memory_of(pid, 'rss') > left and memory_of(pid, 'pss') > left


def memory_of(pid, kind):
    """Bytes of a process and all that it started, by 'rss' or 'pss' (shared pages in parts)."""
    return sum(_bytes(process, kind) for process in _family(pid))


def _family(pid):
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except (psutil.Error, ValueError):  # it has ended
        return []


def _in_nameless_files(processes):
    """Bytes in files that lie in memory and in no folder (memfd_create), each counted once."""
    found = {}
    for process in processes:
        with contextlib.suppress(OSError):  # it has ended, or closed the file
            for file in Path(f'/proc/{process.pid}/fd').iterdir():
                if str(file.readlink()).startswith('/memfd:'):
                    status = file.stat()
                    found[status.st_ino] = 512 * status.st_blocks
    return sum(found.values())


def _bytes(process, kind):
    try:
        info = process.memory_info() if kind == 'rss' else process.memory_full_info()
    except psutil.Error:  # it has ended
        return 0
    return getattr(info, kind)
