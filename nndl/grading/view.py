"""The files of a child: the system read-only, a folder in memory, and nothing else."""

import os
from pathlib import Path

from nndl.grading.linux import detach_old_root, mount, mount_proc, read_only

__all__ = ['View', 'MEGABYTE']

SYSTEM = ('/usr', '/lib', '/lib32', '/lib64', '/bin', '/sbin', '/etc/ld.so.cache',
          '/etc/ld.so.conf', '/etc/ld.so.conf.d', '/etc/fonts', '/etc/localtime',
          '/etc/alternatives')
DEVICES = 'null', 'zero', 'full', 'random', 'urandom'
MEGABYTE = 1 << 20


class View:
    """The files that a child can see.

    Args:
        root: an empty folder, where the new root is put together; nothing of it is left.
        readable: paths beside the system's that can be read, at their own place.
        hidden: folders beneath those that look empty.
        disk: bytes that can be written to /tmp, in memory.
    """

    def __init__(self, root, readable, hidden, disk):
        self.root, self.readable, self.hidden, self.disk = Path(root), readable, hidden, disk

    def enter(self):
        """Mount it and make it the root of this process."""
        mount(None, '/', 'private')
        _memory(self.root, 'size=1m,mode=755')
        (self.root / 'tmp').mkdir()
        _memory(self.root / 'tmp', f'size={self.disk},nr_inodes=20000,mode=1777')
        (self.root / 'tmp' / 'lab').mkdir()
        (self.root / 'tmp' / 'lab').chmod(0o777)
        for path in (*SYSTEM, *self.readable):
            self._bind(path)
        for path in self.hidden:
            if Path(path).is_dir():
                _memory(self._inside(path), 'size=4k')
                read_only(self._inside(path))
        self._devices()
        detach_old_root(self.root)
        os.chdir('/tmp/lab')
        read_only('/', recursive=False)

    def _inside(self, path):
        return self.root / str(path).lstrip('/')

    def _bind(self, path):
        path, target = Path(path), self._inside(path)
        if path.is_symlink() and path.parent == Path('/'):
            target.symlink_to(path.readlink())
        elif path.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.mkdir(exist_ok=True) if path.is_dir() else target.touch()
            mount(path, target, 'bind')
            read_only(target)

    def _devices(self):
        (self.root / 'dev' / 'shm').mkdir(parents=True)
        for name in DEVICES:
            (self.root / 'dev' / name).touch()
            mount(f'/dev/{name}', self.root / 'dev' / name, 'bind')
        _memory(self.root / 'dev' / 'shm', f'size={64 * MEGABYTE},mode=1777')
        (self.root / 'proc').mkdir()
        mount_proc(self.root / 'proc')


def _memory(target, options):
    """A file system in memory."""
    mount('tmpfs', target, 'new', 'tmpfs', options)
