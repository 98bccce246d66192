"""Children, which run the code of students, and the process that they are forked from.

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
from nndl.grading.edition import hidden_packages, make_edition
from nndl.grading.frames import HEAD, LARGEST, READY
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
    """The process that children are forked from; it imports while others go on.

    Args:
        library: folder with the children's library.
        modules: for it to import.
        hidden: packages of this environment that a child must not see.
    """

    def __init__(self, library, modules=(), hidden=()):
        self.line, theirs = socket.socketpair()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the process)
        self.view = {'root': f'{library}.root', 'disk': DISK, 'hidden': _hidden(hidden),
                     'readable': [*dict.fromkeys([sys.base_prefix, sys.prefix]), str(library)]}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, '-I', '-c', START, str(library), str(theirs.fileno()), *modules],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors, cwd='/',
                env=_environment(), pass_fds=[theirs.fileno()])

    def fork(self, line, seconds):
        """A handle of a new child's process; ``line`` is its end of a connection.

        Raises:
            IsolationError: if there is no child; says why.
            Gone: if this process has ended; says what it wrote.
        """
        request = {'view': self.view, 'limits': LIMITS | {'cpu': seconds}}
        try:
            socket.send_fds(self.line, [json.dumps(request).encode()], [line.fileno()])
            told, handles, _, _ = socket.recv_fds(self.line, 1000, 1)
        except OSError:
            told, handles = b'', []
        if handles:
            return handles[0]
        if told:
            raise IsolationError(f'no isolation: {told.decode(errors="replace")}')
        self.process.wait()
        self.errors.seek(0)
        raise Gone('the process that children are forked from has ended:\n'
                   + self.errors.read()[-2000:].decode(errors='replace'))

    def close(self):
        """End it, and with it its children."""
        self.line.close()
        self.process.kill()
        self.process.wait()
        self.errors.close()


def start_warm(lab, library):
    """``Warm`` for the children of a lab, with their library in a new folder."""
    modules = make_edition(lab.exercises, library)
    preloaded = {name for grade_id in lab.exercises
                 for name in getattr(about(grade_id), 'PRELOADED', ())}
    return Warm(library, [*modules, *sorted(preloaded)], hidden_packages(lab.exercises))


class Child:
    """A process with a student's code in it.

    Args:
        warm: ``Warm``.
        seconds: of processor time that it may take.
        until: time (``time.monotonic``) by which it has to be there.

    Raises:
        IsolationError: if it is not isolated as it should be.
        Gone: if the process that it is forked from has ended.
        Lost: if it is not there in time.
    """

    def __init__(self, warm, seconds, until):
        self.line, theirs = socket.socketpair()
        self.handle, self.number = None, READY
        try:
            with theirs:
                self.handle = warm.fork(theirs, seconds)
            if told := self._receive(until):
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
            with suppress(ProcessLookupError):  # its parent has taken note of its end
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


def _hidden(packages):
    """The kit as it may be installed here, and packages that would answer an exercise."""
    roots = dict.fromkeys([sys.prefix, sys.base_prefix, '/usr', '/usr/local'])
    return [str(place / name) for root in roots for kind in ('site-packages', 'dist-packages')
            for place in Path(root).glob(f'lib*/python*/{kind}') for name in ('nndl', *packages)]
