"""The grader's ends of the process that kernels are forked from, see ``warm``."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

from nndl.check.catalog import about
from nndl.grading.view import MEGABYTE

__all__ = ['WarmProcess', 'WarmParent', 'IsolationError', 'warm_address', 'warm_process',
           'LIMITS', 'DISK']

LIMITS = {'memory': 2500 * MEGABYTE, 'processes': 64, 'files': 512, 'file_size': 200 * MEGABYTE}
DISK = 200 * MEGABYTE
START = """\
import sys
sys.path.insert(0, sys.argv[1])
from nndl.grading.warm import serve
serve(int(sys.argv[2]), sys.argv[3:])
"""


class IsolationError(RuntimeError):
    """A kernel could not be started as it should be."""


class WarmProcess:
    """The process itself; it starts while others go on, and those who connect wait for it.

    Args:
        library: folder with the kernel's copy of the library.
        address: path of the socket to make; it must be short.
        extra: modules to import beside those that every lab needs.
    """

    def __init__(self, library, address, extra=()):
        self.address = address
        with socket.socket(socket.AF_UNIX) as listener, errors_of(address).open('wb') as errors:
            Path(address).unlink(missing_ok=True)  # of one that has ended
            listener.bind(str(address))
            listener.listen(64)
            self.process = subprocess.Popen(
                [sys.executable, '-I', '-c', START, str(library), str(listener.fileno()), *extra],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, cwd='/',
                env=_environment(), pass_fds=[listener.fileno()])

    def close(self):
        """End it, and with it all kernels."""
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


class WarmParent:
    """A worker's connection to a ``WarmProcess``.

    Args:
        address: of its socket.
        workspace: folder for what kernels need on disk; its path must be short (sockets).
        library: folder with the kernel's copy of the library.
        sandbox: whether kernels are isolated.
        hidden: packages of this environment that kernels must not see.
        seconds: of processor time that a kernel may take.
        process: the ``WarmProcess`` if it is this worker's own, to be ended with the connection.

    Attributes:
        pid: of the process that serves this worker.
        has_ended: whether a request found that it serves no more.

    Raises:
        IsolationError: if the process has ended.
    """

    def __init__(self, address, workspace, library, sandbox=True, hidden=(), seconds=300,
                 process=None):
        self.workspace, self.library = Path(workspace), Path(library)
        self.sandbox, self.hidden, self.process = sandbox, hidden, process
        self.limits = LIMITS | {'cpu': seconds}
        self.line, self.has_ended = None, False
        try:
            with socket.socket(socket.AF_UNIX) as worker:
                worker.connect(str(address))
                self.line = worker.makefile('rwb')
            self.pid = json.loads(self.line.readline())['pid']
        except (OSError, ValueError):
            self.close()
            raise IsolationError('the process that kernels are forked from is not there:\n'
                                 + _read(errors_of(address))) from None

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
            reply = json.loads(self.line.readline())
        except (OSError, ValueError):
            self.has_ended = True
            reply = {'error': 'the process that it would be forked from has ended'}
        if 'error' in reply:
            raise IsolationError(f'no kernel: {reply["error"]}')
        return reply['pid']

    def close(self):
        """Leave it; the kernels that it forked for this worker end."""
        with contextlib.suppress(OSError):  # what it did not take in
            if self.line:
                self.line.close()
        if self.process:
            self.process.close()


def warm_address(edition):
    """Where the workers of a run find the process that all of them have kernels forked from."""
    return Path(f'{edition}.warm')


def warm_process(lab, edition, address):
    """A process to fork kernels of a lab from."""
    preloaded = {name for grade_id in lab.exercises
                 for name in getattr(about(grade_id), 'PRELOADED', ())}
    return WarmProcess(edition, address, sorted(preloaded))


def errors_of(address):
    """The file that the process at this address writes its errors to."""
    return Path(f'{address}.errors')


def _read(path):
    with contextlib.suppress(OSError):
        return path.read_text(encoding='utf-8', errors='replace')[-2000:]
    return ''


def _environment():
    """Nothing of the grader's own, which may hold secrets."""
    return {'PATH': '/usr/bin:/bin', 'HOME': '/tmp', 'LANG': 'C.UTF-8', 'TQDM_DISABLE': '1',
            'OMP_NUM_THREADS': '1', 'OPENBLAS_NUM_THREADS': '1', 'MKL_NUM_THREADS': '1',
            'MPLBACKEND': 'module://matplotlib_inline.backend_inline', 'MPLCONFIGDIR': '/tmp',
            **{name: os.environ[name] for name in ('OPENBLAS_CORETYPE',) if name in os.environ}}


def _readable(library):
    return [*dict.fromkeys([sys.base_prefix, sys.prefix]), str(library)]


def _hidden(packages):
    """The kit as it may be installed here, and packages that would answer an exercise."""
    places = dict.fromkeys(sysconfig.get_path(kind) for kind in ('purelib', 'platlib'))
    return [f'{place}/{name}' for place in places for name in ('nndl', *packages)]
