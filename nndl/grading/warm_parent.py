"""The grader's end of the process that kernels are forked from, see ``warm``."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

from nndl.grading.view import MEGABYTE

__all__ = ['WarmParent', 'IsolationError', 'LIMITS', 'DISK']

LIMITS = {'memory': 2500 * MEGABYTE, 'processes': 64, 'files': 512, 'file_size': 200 * MEGABYTE}
DISK = 200 * MEGABYTE
START = """\
import sys
sys.path.insert(0, sys.argv[1])
from nndl.grading.warm import serve
serve(sys.argv[2:])
"""


class IsolationError(RuntimeError):
    """A kernel could not be started as it should be."""


class WarmParent:
    """A process from which kernels are forked.

    Args:
        library: folder with the kernel's copy of the library.
        workspace: folder for what kernels need on disk; its path must be short (sockets).
        sandbox: whether kernels are isolated.
        extra: modules to import beside those that every lab needs.
        hidden: packages of this environment that kernels must not see.
        seconds: of processor time that a kernel may take.

    Raises:
        IsolationError: if it cannot be started.
    """

    def __init__(self, library, workspace, sandbox=True, extra=(), hidden=(), seconds=300):
        self.library, self.workspace = Path(library), Path(workspace)
        self.sandbox, self.hidden = sandbox, hidden
        self.limits = LIMITS | {'cpu': seconds}
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, '-I', '-c', START, str(library), *extra], stdin=theirs, cwd='/',
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_environment())
        theirs.close()
        self.line = ours.makefile('rwb')
        ours.close()
        if not self.line.readline():
            reason = self.process.stderr.read().decode()[-2000:]
            self.close()
            raise IsolationError('the process that kernels are forked from did not start:\n'
                                 + reason)

    def fork(self, connection, folder):
        """Process id of a new kernel.

        Args:
            connection: its connection information.
            folder: with the folders ``root`` (empty) and ``sockets``.

        Raises:
            IsolationError: if it cannot be had.
        """
        request = {'connection': connection, 'sandbox': self.sandbox, 'root': f'{folder}/root',
                   'sockets': f'{folder}/sockets', 'limits': self.limits, 'disk': DISK,
                   'readable': _readable(self.library), 'hidden': _hidden(self.hidden)}
        try:
            self.line.write(json.dumps(request).encode() + b'\n')
            self.line.flush()
            reply = json.loads(self.line.readline() or '{"error": "its parent has ended"}')
        except OSError as error:
            reply = {'error': str(error)}
        if 'error' in reply:
            raise IsolationError(f'no kernel: {reply["error"]}')
        return reply['pid']

    def close(self):
        """End it; its kernels end with it."""
        with contextlib.suppress(OSError):  # what it did not take in
            self.line.close()
        self.process.stderr.close()
        self.process.kill()
        self.process.wait()


def _environment():
    """Nothing of the grader's own, which may hold secrets."""
    return {'PATH': '/usr/bin:/bin', 'HOME': '/tmp', 'LANG': 'C.UTF-8', 'NNDL_PROGRESS': '0',
            'OMP_NUM_THREADS': '1', 'OPENBLAS_NUM_THREADS': '1', 'MKL_NUM_THREADS': '1',
            'MPLBACKEND': 'module://matplotlib_inline.backend_inline', 'MPLCONFIGDIR': '/tmp',
            **{name: os.environ[name] for name in ('OPENBLAS_CORETYPE',) if name in os.environ}}


def _readable(library):
    return [*dict.fromkeys([sys.base_prefix, sys.prefix]), str(library)]


def _hidden(packages):
    """The kit as it may be installed here, and packages that would answer an exercise."""
    places = dict.fromkeys(sysconfig.get_path(kind) for kind in ('purelib', 'platlib'))
    return [f'{place}/{name}' for place in places for name in ('nndl', *packages)]
