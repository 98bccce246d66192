"""The grader's ends of the processes that children are forked from, and of the children.

A child may do anything: hang, die, shout, lie. Whatever it does, a call here returns by its
deadline, and takes no more than ``frames.LARGEST`` bytes.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nndl.check.catalog import about
from nndl.grading.edition import make_edition
from nndl.grading.frames import HEAD, LARGEST, READY, STARTED
from nndl.grading.memory import TOGETHER, takes_too_much
from nndl.grading.sandbox import IsolationError
from nndl.grading.view import MEGABYTE

__all__ = ['Child', 'Deadlines', 'Gone', 'Lost', 'Warm', 'start_warm']

LIMITS = {'memory': 2500 * MEGABYTE, 'processes': 64, 'files': 512, 'file_size': 200 * MEGABYTE}
DISK = 200 * MEGABYTE
LOOK_SECONDS = 0.5  # between two looks at the memory
START_SECONDS = 30
START = """\
import sys
sys.path.insert(0, sys.argv[1])
from nndl.grading.warm import run
run(int(sys.argv[2]), sys.argv[3:])
"""


@dataclass(frozen=True)
class Deadlines:
    """Seconds for a cell, for an answer to a probe, and for a whole submission."""

    cell: float = 60
    answer: float = 30
    notebook: float = 240

    def why(self, kind):
        """The sentence for a limit that was hit."""
        return {'cell': f'the cell ran for more than {self.cell:g} s (--cell-seconds)',
                'answer': f'one call of it took more than {self.answer:g} s',
                'notebook': f'the whole notebook took more than {self.notebook:g} s '
                            '(--notebook-seconds)'}[kind]


class Gone(RuntimeError):
    """The process that children are forked from has ended."""


class Lost(Exception):
    """A child gave no answer: ``Lost('timeout' or 'crashed', why)``."""


class Warm:
    """The process that servers are forked from; it imports while others go on.

    Args:
        library: folder with the children's library.
        modules: for it to import.
    """

    def __init__(self, library, modules=()):
        self.line, theirs = socket.socketpair()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the process)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, '-I', '-c', START, str(library), str(theirs.fileno()), *modules],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors, cwd='/',
                env=_environment(), pass_fds=[theirs.fileno()])

    def server(self):
        """A socket to a new server, for ``Child``.

        Raises:
            Gone: if the process has ended; says what it wrote.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self.line, [b'1'], [theirs.fileno()])
            except OSError:
                ours.close()
                self.process.wait()
                self.errors.seek(0)
                told = self.errors.read()[-2000:].decode(errors='replace')
                raise Gone(f'the process that children are forked from has ended:\n{told}'
                           ) from None
        return ours

    def close(self):
        """End it, and with it its servers and their children."""
        self.line.close()
        self.process.kill()
        self.process.wait()
        self.errors.close()


def start_warm(lab, folder):
    """(``Warm``, its library) for the children of a lab, in a folder of the run."""
    library = folder / lab.name
    modules = make_edition(lab.exercises, library)
    preloaded = {name for grade_id in lab.exercises
                 for name in getattr(about(grade_id), 'PRELOADED', ())}
    return Warm(library, [*modules, *sorted(preloaded)]), library


class Child:
    """A process with a student's code in it.

    Args:
        server: socket of ``Warm.server``.
        library: folder with the children's library.
        hidden: packages of this environment that it must not see.
        seconds: of processor time that it may take.
        until: time (``time.monotonic``) by which it has to be there.

    Raises:
        IsolationError: if it is not isolated as it should be.
        Gone: if the server has ended.
        Lost: if it is not there in time.
    """

    def __init__(self, server, library, hidden, seconds, until):
        self.line, theirs = socket.socketpair()
        self.handle, self.number = None, READY
        request = {'root': f'{library}.root', 'limits': LIMITS | {'cpu': seconds}, 'disk': DISK,
                   'readable': _readable(library), 'hidden': _hidden(hidden)}
        try:
            with theirs:
                socket.send_fds(server, [json.dumps(request).encode()], [theirs.fileno()])
            told, handles, _, _ = socket.recv_fds(server, 1000, 1)
        except OSError:
            told, handles = b'', []
        try:
            if not told:
                raise Gone('the server has ended')
            if told == STARTED:
                self.handle, = handles
                told = self._receive(until)
            if told:
                raise IsolationError(f'no isolation: {told.decode(errors="replace")}')
        except BaseException:
            self.close()
            raise

    def ask(self, request, until):
        """The answer to a request of ``inside``, as bytes.

        Raises:
            Lost: if there is none by this time (``time.monotonic``).
        """
        self.number += 1
        try:
            self.line.settimeout(max(0.01, until - time.monotonic()))
            self.line.sendall(HEAD.pack(self.number, len(request)) + request)
        except TimeoutError:
            raise Lost('timeout') from None
        except OSError:
            raise Lost('crashed', 'the process ended') from None
        return self._receive(until)

    def close(self):
        """End it and all that it started; when this returns, nothing of it is left."""
        if self.handle is not None:
            with suppress(ProcessLookupError):  # the server has taken note of its end
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            select.select([self.handle], [], [], 10)
            os.close(self.handle)
            self.handle = None
        self.line.close()

    def _receive(self, until):
        number, size = HEAD.unpack(self._exactly(HEAD.size, until))
        if number != self.number or size > LARGEST:
            raise Lost('crashed', 'it wrote to the line to the grader')
        return self._exactly(size, until)

    def _exactly(self, size, until):
        """So many bytes; meanwhile the child's memory is looked at."""
        data, look = bytearray(), time.monotonic() + LOOK_SECONDS
        while len(data) < size:
            if (left := until - time.monotonic()) <= 0:
                raise Lost('timeout')
            ready = select.select([self.line, self.handle], [], [], min(left, LOOK_SECONDS))[0]
            if self.line in ready:
                data += (part := self.line.recv(min(size - len(data), 1 << 20)))
                if not part:
                    raise Lost('crashed', 'the process ended')
            elif ready:
                raise Lost('crashed', 'the process ended')
            if time.monotonic() > look:
                if takes_too_much(self._pid()):
                    raise Lost('crashed', f'more than {TOGETHER >> 20} MB of memory')
                look = time.monotonic() + LOOK_SECONDS
        return bytes(data)

    def _pid(self):
        text = Path(f'/proc/self/fdinfo/{self.handle}').read_text()
        return int(text.partition('Pid:')[2].split()[0])


def _environment():
    """Nothing of the grader's own, which may hold secrets."""
    return {'PATH': '/usr/bin:/bin', 'HOME': '/tmp', 'LANG': 'C.UTF-8', 'TQDM_DISABLE': '1',
            'OMP_NUM_THREADS': '1', 'OPENBLAS_NUM_THREADS': '1', 'MKL_NUM_THREADS': '1',
            'PIP_NO_INDEX': '1', 'IPYTHONDIR': '/tmp', 'MPLCONFIGDIR': '/tmp',
            'MPLBACKEND': 'module://matplotlib_inline.backend_inline',
            **{name: os.environ[name] for name in ('OPENBLAS_CORETYPE',) if name in os.environ}}


def _readable(library):
    return [*dict.fromkeys([sys.base_prefix, sys.prefix]), str(library)]


def _hidden(packages):
    """The kit as it may be installed here, and packages that would answer an exercise."""
    roots = dict.fromkeys([sys.prefix, sys.base_prefix, '/usr', '/usr/local'])
    return [str(place / name) for root in roots for kind in ('site-packages', 'dist-packages')
            for place in Path(root).glob(f'lib*/python*/{kind}') for name in ('nndl', *packages)]
