"""Run one cell in a kernel that may do anything: hang, die, shout, lie.

Values come with the reply to a request, on a channel that loses nothing. What a cell prints or
shows is not asked for at all: the kernel has nobody to send it to, so no flood can drown a grade.
"""

import contextlib
import time
from dataclasses import dataclass

import zmq
from nbval.kernel import RunningKernel

from nndl.grading.memory import TOGETHER, takes_too_much
from nndl.grading.provisioner import close_manager, warm_manager

__all__ = ['GradingKernel', 'Outcome']

LARGEST_MESSAGE = 16_000_000  # bytes
START_SECONDS = 30
LOOK_SECONDS = 0.5  # between two looks at the memory
QUERY = '__import__("nndl.grading.inside", fromlist=["told"]).told({!r}, get_ipython().user_ns)'


@dataclass(frozen=True)
class Outcome:
    """How a cell ended.

    Attributes:
        status: 'ok', 'error' (it raised), 'timeout', or 'crashed' (the kernel died, or sent what
            is no message).
        error: what it raised, as text.
        answer: what a query gave, as text, if it gave something.
    """

    status: str
    error: str = ''
    answer: str | None = None


class GradingKernel(RunningKernel):
    """A warm kernel and the channel to it."""

    def __init__(self, warm):
        self.km = warm_manager(warm)
        self.km.context = _context()
        try:
            self.km.start_kernel()
            self.kc = self.km.client()
            self.kc.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
            self.started = self._wait(self.kc.kernel_info(), START_SECONDS).status == 'ok'
        except BaseException:
            close_manager(self.km)
            raise

    def run(self, source, seconds):
        """Run code; returns its ``Outcome``, at the latest after so many seconds."""
        return self._execute(seconds, source, silent=False)

    def query(self, request, seconds):
        """Have ``nndl.grading.inside`` answer a request; returns an ``Outcome``."""
        return self._execute(seconds, '', silent=True,
                             user_expressions={'answer': QUERY.format(request)})

    def is_alive(self):
        """Whether the kernel has not ended."""
        return hasattr(self, 'km') and self.km.provisioner.has_process

    def stop(self):
        """End the kernel and all that it started; no trace is left."""
        if hasattr(self, 'km'):
            with contextlib.suppress(Exception):  # a socket may be in any state
                self.kc.stop_channels()
            close_manager(self.km)
            del self.km

    def _execute(self, seconds, code, **options):
        try:
            message = self.kc.execute(code, store_history=False, allow_stdin=False,
                                      stop_on_error=False, **options)
            return self._wait(message, seconds)
        except Exception as error:  # whatever a hostile kernel makes the client raise
            return Outcome('crashed', f'{type(error).__name__}: {error}'[:300])

    def _wait(self, message, seconds):
        """Until the reply, the kernel's end, or the deadline."""
        until, look = time.monotonic() + seconds, time.monotonic() + LOOK_SECONDS
        channel, pidfd = self.kc.shell_channel.socket, self.km.provisioner.pidfd
        poller = zmq.Poller()
        poller.register(channel, zmq.POLLIN)
        poller.register(pidfd, zmq.POLLIN)
        while (left := until - time.monotonic()) > 0:
            ready = dict(poller.poll(1000 * min(left, LOOK_SECONDS)))
            if channel in ready:
                _, reply = self.kc.session.recv(channel, mode=zmq.NOBLOCK)
                if reply and reply['parent_header'].get('msg_id') == message:
                    return _outcome(reply['content'])
            elif pidfd in ready:
                return Outcome('crashed', 'the kernel died')
            if time.monotonic() > look:
                if takes_too_much(self.km.provisioner.pid):
                    return Outcome('crashed', f'more than {TOGETHER >> 20} MB of memory')
                look = time.monotonic() + LOOK_SECONDS
        return Outcome('timeout', f'no end within {seconds:.0f} seconds')


def _outcome(content):
    if content.get('status') != 'ok':
        text = f'{content.get("ename", "?")}: {content.get("evalue", "")}'
        return Outcome('error', text[:500])
    told = content.get('user_expressions') or {}
    answer = told.get('answer', {}).get('data', {}).get('text/plain')
    return Outcome('ok', answer=answer if isinstance(answer, str) else None)


def _context():
    """Sockets that take no message beyond a size."""
    context = zmq.Context.instance()
    context.maxmsgsize = LARGEST_MESSAGE
    return context
