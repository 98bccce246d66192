"""The few calls of the Linux kernel that isolation needs, from the standard library alone."""

import ctypes
import os
import signal

__all__ = ['NEEDED_RELEASE', 'SUPPORTED', 'detach_old_root', 'die_with_parent', 'fork_isolated',
           'give_up_privileges', 'mount', 'mount_proc', 'read_only']

NEEDED_RELEASE = 5, 14  # process limits count per user namespace from there on
NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
FLAGS = {'bind': MS_BIND | MS_REC, 'private': MS_REC | MS_PRIVATE, 'new': MS_NOSUID | MS_NODEV}
AT_FDCWD, AT_RECURSIVE, MNT_DETACH = -100, 0x8000, 2
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MOUNT_SETATTR = 442
CLONE = {'x86_64': 56, 'aarch64': 220}
PIVOT_ROOT = {'x86_64': 155, 'aarch64': 41}
CAPSET = {'x86_64': 126, 'aarch64': 91}
KEYCTL, JOIN_SESSION_KEYRING = {'x86_64': 250, 'aarch64': 219}, 1
SUPPORTED = tuple(PIVOT_ROOT)
libc = ctypes.CDLL(None, use_errno=True)


def fork_isolated():
    """Fork into new user, mount, process, IPC, host-name and network namespaces.

    Returns as ``os.fork``; the child is process 1 of its namespace and may do everything there.

    Raises:
        OSError: here as in all functions below, if the kernel says no; names the call.
    """
    flags = NEWUSER | NEWNS | NEWPID | NEWIPC | NEWUTS | NEWNET | signal.SIGCHLD
    pid = libc.syscall(CLONE[os.uname().machine], flags, 0, 0, 0, 0)
    _check(min(pid, 0), 'clone')
    return pid


def mount(source, target, how, kind=None, options=None):
    """Mount; ``how`` is 'bind', 'private' (nothing goes back to the outside), or 'new'."""
    words = [None if word is None else os.fsencode(str(word)) for word in (source, target, kind)]
    _check(libc.mount(*words, FLAGS[how], options.encode() if options else None),
           f'mount {target}')


def mount_proc(target):
    """A /proc of this namespace. Some containers forbid it; then there is none."""
    libc.mount(b'proc', os.fsencode(str(target)), b'proc', MS_NOSUID | MS_NODEV, None)


def read_only(path, recursive=True):
    """Make a mount read-only, without set-user-id programs and devices."""
    attributes = (ctypes.c_uint64 * 4)(0x1 | 0x2 | 0x4, 0, 0, 0)
    _system_call(MOUNT_SETATTR, AT_FDCWD, os.fsencode(str(path)),
                 AT_RECURSIVE if recursive else 0, attributes, 32)


def detach_old_root(new_root):
    """Make a folder the root; what was the root is gone."""
    os.chdir(new_root)
    _system_call(PIVOT_ROOT[os.uname().machine], b'.', b'.')
    _check(libc.umount2(b'.', MNT_DETACH), 'umount2')


def give_up_privileges():
    """No capability, now or after any exec, and no keys of the process that forked this one."""
    _check(min(libc.syscall(KEYCTL[os.uname().machine], JOIN_SESSION_KEYRING, None), 0), 'keyctl')
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'prctl')
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _system_call(CAPSET[os.uname().machine], header, nothing)


def die_with_parent():
    """Have this process killed when its parent ends."""
    _check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), 'prctl')


def _system_call(number, *arguments):
    _check(libc.syscall(number, *arguments), f'system call {number}')


def _check(result, call):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{call}: {os.strerror(number)}')
