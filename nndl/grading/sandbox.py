"""Namespaces and limits around one child.

    init     process 1 of its namespace: mounts what the child may see, waits for it, and when it
             ends, all else in the namespace ends too
      child  without privileges; runs the student's code
"""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from nndl.grading.frames import READY, receive, send
from nndl.grading.linux import (
    NEEDED_RELEASE,
    SUPPORTED,
    die_with_parent,
    fork_isolated,
    give_up_privileges,
)
from nndl.grading.view import View

__all__ = ['IsolationError', 'set_limits', 'start', 'unavailable', 'NOBODY']

NOBODY = 65534


class IsolationError(RuntimeError):
    """A child could not be started as it should be."""


def start(view, limits, line, run):
    """Fork ``run(line)`` into new namespaces.

    Args:
        view: ``View``.
        limits: see ``set_limits``.
        line: socket, on which the first message says that the isolation is complete: its number is
            ``READY``, and it is empty, or says what is wrong.
        run: what the child does.

    Returns:
        The process id of init; when it ends, nothing of the child is left.

    Raises:
        OSError: if the namespaces cannot be had.
    """
    mapped, told = os.pipe()
    init = fork_isolated()
    if init == 0:
        _or_tell(line, lambda: _init(view, limits, line, run, mapped, told))
    os.close(mapped)
    try:
        _map_users(init)
        os.write(told, b'1')
    except OSError:
        os.kill(init, signal.SIGKILL)
        raise
    finally:
        os.close(told)
    return init


def set_limits(limits):
    """Limits of this process and its children.

    Args:
        limits: {'memory': bytes beyond what is there now, 'processes': number, 'files': open
            files, 'file_size': bytes, 'cpu': seconds}.
    """
    for what, value in ((resource.RLIMIT_DATA, _data_size() + limits['memory']),
                        (resource.RLIMIT_NPROC, limits['processes']),
                        (resource.RLIMIT_NOFILE, limits['files']),
                        (resource.RLIMIT_FSIZE, limits['file_size']),
                        (resource.RLIMIT_CPU, limits['cpu']), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (value, value))


@cache
def unavailable():
    """Why isolation cannot be had here, or None if it can; tried once, in a process of its own."""
    if sys.platform != 'linux' or os.uname().machine not in SUPPORTED:
        return f'it needs Linux on {" or ".join(SUPPORTED)}'
    if tuple(map(int, os.uname().release.split('.')[:2])) < NEEDED_RELEASE:
        return f'it needs Linux {".".join(map(str, NEEDED_RELEASE))}, this is {os.uname().release}'
    root = Path(__file__).resolve().parents[2]
    program = (f'import sys; sys.path.insert(0, {str(root)!r}); '
               'from nndl.grading.sandbox import _attempt; sys.exit(_attempt())')
    done = subprocess.run([sys.executable, '-I', '-c', program], capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def _attempt():
    """Isolate a process that does nothing; returns what is wrong, or None."""
    ours, theirs = socket.socketpair()
    ours.settimeout(60)
    limits = {'memory': 1 << 30, 'processes': 8, 'files': 64, 'file_size': 1 << 20, 'cpu': 5}
    with tempfile.TemporaryDirectory(prefix='nndl-try-') as folder:
        try:
            start(View(folder, [], [], 1 << 20), limits, theirs, lambda line: None)
            theirs.close()
            return receive(ours)[1].decode(errors='replace') or None
        except (EOFError, OSError) as error:
            return str(error) or 'the process ended'


def _init(view, limits, line, run, mapped, told):
    die_with_parent()
    os.close(told)
    if not os.read(mapped, 1):
        os._exit(1)
    os.close(mapped)
    os.setsid()
    with contextlib.suppress(OSError):  # of one's own there could be more memory as a disk
        Path('/proc/sys/user/max_user_namespaces').write_text('0')
    view.enter()
    child = os.fork()
    if child == 0:
        _or_tell(line, lambda: _without_privileges(limits, line, run))
    line.close()
    while os.wait()[0] != child:
        pass


def _without_privileges(limits, line, run):
    with contextlib.suppress(OSError):  # the first to go where memory runs out
        Path('/proc/self/oom_score_adj').write_text('1000')
    set_limits(limits)
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    give_up_privileges()
    send(line, READY, b'')
    run(line)


def _or_tell(line, work):
    """In a forked process: never comes back; says what went wrong."""
    try:
        work()
        os._exit(0)
    except BaseException as error:
        with contextlib.suppress(OSError):
            send(line, READY, f'{type(error).__name__}: {error}'.encode())
    finally:
        os._exit(1)


def _map_users(init):
    """In the namespace: root for the mounts and nobody, or just the user who grades."""
    process = Path('/proc') / str(init)
    if os.getuid() == 0:
        users = groups = f'0 0 1\n{NOBODY} {NOBODY} 1\n'
    else:
        users, groups = (f'{n} {n} 1\n' for n in (os.getuid(), os.getgid()))
        (process / 'setgroups').write_text('deny')
    (process / 'uid_map').write_text(users)
    (process / 'gid_map').write_text(groups)


def _data_size():
    """Bytes of this process that count against its limit of memory; 0 without /proc."""
    with contextlib.suppress(OSError):
        for line in Path('/proc/self/status').read_text().splitlines():
            if line.startswith('VmData:'):
                return int(line.split()[1]) * 1024
    return 0
