"""Namespaces and limits around one kernel.

    keeper   (outside)  unshares, waits for init, kills it on SIGTERM
      init   (process 1) mounts what the kernel may see, waits for the kernel
        kernel           without privileges; when it ends, init ends and all else with it
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

from nndl.grading.linux import (
    NEEDED_RELEASE,
    SUPPORTED,
    die_with_parent,
    give_up_privileges,
    unshare,
)
from nndl.grading.view import View

__all__ = ['start_keeper', 'unavailable', 'set_limits', 'NOBODY']

NOBODY = 65534


def start_keeper(view, limits, run):
    """Fork ``run(ready)`` into new namespaces.

    Args:
        view: ``View``.
        limits: see ``set_limits``.
        run: what the kernel process does; calls ``ready()`` once, when its sockets are there.

    Returns:
        The process id of the keeper; when it ends, nothing of the kernel is left.

    Raises:
        OSError: if the namespaces cannot be had; says at which call.
    """
    ours, theirs = socket.socketpair()
    ours.settimeout(60)
    keeper = os.fork()
    if keeper == 0:
        ours.close()
        _run_or_die(lambda: _keep(view, limits, run, theirs), theirs)
    theirs.close()
    with ours:
        try:
            _expect(ours, b'unshared')
            _map_users(keeper)
            ours.sendall(b'go')
            _expect(ours, b'ready')
        except OSError:
            os.kill(keeper, signal.SIGKILL)
            os.waitpid(keeper, 0)
            raise
    return keeper


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
    """Isolate a process that does nothing; what is wrong, or None."""
    with tempfile.TemporaryDirectory(prefix='nndl-try-') as folder:
        root, sockets = Path(folder) / 'root', Path(folder) / 'sockets'
        root.mkdir()
        sockets.mkdir()
        limits = {'memory': 1 << 30, 'processes': 8, 'files': 64, 'file_size': 1 << 20, 'cpu': 5}
        try:
            os.waitpid(start_keeper(View(root, [], [], sockets, 1 << 20), limits,
                                    lambda ready: ready()), 0)
        except OSError as error:
            return str(error)
    return None


def _keep(view, limits, run, line):
    die_with_parent()
    os.setsid()
    unshare()
    line.sendall(b'unshared')
    _expect(line, b'go')
    init = os.fork()
    if init == 0:
        _run_or_die(lambda: _init(view, limits, run, line), line)
    line.close()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(init, signal.SIGKILL))
    os.waitpid(init, 0)


def _init(view, limits, run, line):
    die_with_parent()
    with contextlib.suppress(OSError):  # of one's own there could be more memory as a disk
        Path('/proc/sys/user/max_user_namespaces').write_text('0')
    view.enter()
    ours, theirs = socket.socketpair()
    kernel = os.fork()
    if kernel == 0:
        ours.close()
        _run_or_die(lambda: _run_without_privileges(limits, run, theirs, line), theirs)
    theirs.close()
    _expect(ours, b'ready')
    view.close_sockets()
    line.sendall(b'ready')
    ours.sendall(b'go')
    line.close()
    while os.wait()[0] != kernel:
        pass


def _run_without_privileges(limits, run, line, outer):
    outer.close()
    with contextlib.suppress(OSError):  # the first to go where memory runs out
        Path('/proc/self/oom_score_adj').write_text('1000')
    set_limits(limits)
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    give_up_privileges()

    def ready():
        line.sendall(b'ready')
        _expect(line, b'go')
        line.close()

    run(ready)


def _run_or_die(work, line):
    """In a child: never comes back; tells what went wrong."""
    try:
        work()
        os._exit(0)
    except BaseException as error:
        with contextlib.suppress(OSError):
            line.sendall(f'{type(error).__name__}: {error}'.encode())
    finally:
        os._exit(1)


def _expect(line, word):
    got = line.recv(1000)
    if got != word:
        raise OSError(f'no isolation: {got.decode(errors="replace") or "the child died"}')


def _map_users(keeper):
    """In the namespace: root for the mounts and nobody, or just the user who grades."""
    process = Path('/proc') / str(keeper)
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
