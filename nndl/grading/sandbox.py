"""Namespaces and limits around one kernel, straight from the Linux kernel.

Imports nothing but the standard library: it also runs as a script, which says whether isolation
can be had here.

    keeper   (outside)  unshares, waits for init, kills it on SIGTERM
      init   (process 1) mounts what the kernel may see, waits for the kernel
        kernel           without privileges; when it ends, init ends and all else with it
"""

import ctypes
import os
import resource
import signal
import socket
import sys
from pathlib import Path

__all__ = ['View', 'start_keeper', 'unavailable', 'set_limits', 'NOBODY']

NOBODY = 65534
NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
MS_REC, MS_BIND, MS_PRIVATE, MS_NOSUID, MS_NODEV = 0x4000, 0x1000, 0x40000, 0x2, 0x4
AT_FDCWD, AT_RECURSIVE, MNT_DETACH = -100, 0x8000, 2
SYS_PIVOT_ROOT = {'x86_64': 155, 'aarch64': 41}
SYS_CAPSET = {'x86_64': 126, 'aarch64': 91}
SYS_MOUNT_SETATTR = 442
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SYSTEM = ('/usr', '/lib', '/lib32', '/lib64', '/bin', '/sbin', '/etc/ld.so.cache',
          '/etc/ld.so.conf', '/etc/ld.so.conf.d', '/etc/fonts', '/etc/localtime',
          '/etc/alternatives')
DEVICES = 'null', 'zero', 'full', 'random', 'urandom'
MEGABYTE = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)


class View:
    """What a kernel may see.

    Args:
        root: an empty folder, where the new root is put together; nothing of it is left.
        readable: paths beside the system's that can be read, at their own place.
        hidden: folders beneath those that look empty.
        sockets: folder that can be written to until the kernel is ready.
        disk: bytes that can be written to /tmp, in memory.
    """

    def __init__(self, root, readable, hidden, sockets, disk):
        self.root, self.readable, self.hidden = Path(root), readable, hidden
        self.sockets, self.disk = sockets, disk

    def enter(self):
        """Mount it and make it the root of this process."""
        _mount(None, '/', None, MS_REC | MS_PRIVATE)
        _mount('tmpfs', self.root, 'tmpfs', MS_NOSUID | MS_NODEV, 'size=1m,mode=755')
        (self.root / 'tmp').mkdir()
        _mount('tmpfs', self.root / 'tmp', 'tmpfs', MS_NOSUID | MS_NODEV,
               f'size={self.disk},nr_inodes=20000,mode=1777')
        (self.root / 'tmp' / 'lab').mkdir()
        (self.root / 'tmp' / 'lab').chmod(0o777)
        for path in (*SYSTEM, *self.readable):
            self._bind(path)
        for path in self.hidden:
            if Path(path).is_dir():
                _mount('tmpfs', self._inside(path), 'tmpfs', MS_NOSUID | MS_NODEV, 'size=4k')
                _read_only(self._inside(path))
        self._devices()
        self._bind(self.sockets, read_only=False)
        os.chdir(self.root)
        _system_call(SYS_PIVOT_ROOT[os.uname().machine], b'.', b'.')
        _check(libc.umount2(b'.', MNT_DETACH), 'umount2')
        os.chdir('/tmp/lab')
        _read_only('/', recursive=False)

    def close_sockets(self):
        """Nothing more can be written where the sockets are."""
        _read_only(self.sockets)

    def _inside(self, path):
        return self.root / str(path).lstrip('/')

    def _bind(self, path, read_only=True):
        path, target = Path(path), self._inside(path)
        if path.is_symlink() and path.parent == Path('/'):
            target.symlink_to(os.readlink(path))
        elif path.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.mkdir(exist_ok=True) if path.is_dir() else target.touch()
            _mount(path, target, None, MS_BIND | MS_REC)
            if read_only:
                _read_only(target)

    def _devices(self):
        (self.root / 'dev' / 'shm').mkdir(parents=True)
        for name in DEVICES:
            (self.root / 'dev' / name).touch()
            _mount(f'/dev/{name}', self.root / 'dev' / name, None, MS_BIND)
        _mount('tmpfs', self.root / 'dev' / 'shm', 'tmpfs', MS_NOSUID | MS_NODEV,
               f'size={64 * MEGABYTE},mode=1777')
        (self.root / 'proc').mkdir()
        # Some containers forbid a new /proc; then there is none.
        libc.mount(b'proc', bytes(self.root / 'proc'), b'proc', MS_NOSUID | MS_NODEV, None)


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


def unavailable():
    """Why isolation cannot be had here, or None if it can."""
    if sys.platform != 'linux' or os.uname().machine not in SYS_PIVOT_ROOT:
        return 'it needs Linux on x86_64 or aarch64'
    if tuple(map(int, os.uname().release.split('.')[:2])) < (5, 14):
        return f'it needs Linux 5.14 or newer, this is {os.uname().release}'
    import tempfile

    with tempfile.TemporaryDirectory(prefix='nndl-') as folder:
        (Path(folder) / 'root').mkdir()
        (Path(folder) / 'sockets').mkdir()
        view = View(Path(folder) / 'root', [], [], Path(folder) / 'sockets', MEGABYTE)
        limits = {'memory': 1 << 30, 'processes': 8, 'files': 64, 'file_size': MEGABYTE, 'cpu': 5}
        try:
            os.waitpid(start_keeper(view, limits, lambda ready: ready()), 0)
        except OSError as error:
            return str(error)
    return None


def _keep(view, limits, run, line):
    _die_with_parent()
    os.setsid()
    _check(libc.unshare(NEWUSER | NEWNS | NEWPID | NEWIPC | NEWUTS | NEWNET), 'unshare')
    line.sendall(b'unshared')
    _expect(line, b'go')
    init = os.fork()
    if init == 0:
        _run_or_die(lambda: _init(view, limits, run, line), line)
    line.close()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(init, signal.SIGKILL))
    os.waitpid(init, 0)


def _init(view, limits, run, line):
    _die_with_parent()
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
    Path('/proc/self/oom_score_adj').write_text('1000') if Path('/proc/self').exists() else None
    set_limits(limits)
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'prctl')
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _system_call(SYS_CAPSET[os.uname().machine], header, nothing)

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
        import contextlib

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
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith('VmData:'):
            return int(line.split()[1]) * 1024
    return 0


def _die_with_parent():
    _check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), 'prctl')


def _mount(source, target, kind, flags, options=None):
    words = [None if word is None else os.fsencode(str(word)) for word in (source, target, kind)]
    _check(libc.mount(*words, flags, options.encode() if options else None), f'mount {target}')


def _read_only(path, recursive=True):
    read_only_nosuid_nodev = (ctypes.c_uint64 * 4)(0x1 | 0x2 | 0x4, 0, 0, 0)
    _system_call(SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(str(path)),
                 AT_RECURSIVE if recursive else 0, read_only_nosuid_nodev, 32)


def _system_call(number, *arguments):
    _check(libc.syscall(number, *arguments), f'system call {number}')


def _check(result, call):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{call}: {os.strerror(number)}')


if __name__ == '__main__':
    print(unavailable() or 'isolation can be had')
