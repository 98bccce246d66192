"""The program of a child: it runs cells in IPython's shell, and the exercises' probes.

It lies open to the student's code, which may change it; what counts is whether the values that
come back are those that the grader expects.
"""

import contextlib
import os
import sys
from functools import partial

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nndl.check.line import answer
from nndl.grading.frames import receive, send

__all__ = ['ASK', 'RUN', 'make_shell', 'serve']

RUN, ASK = b'r', b'a'  # first byte of a request


class Shell(InteractiveShell):
    """Runs cells; shows nothing, asks nobody, and has no terminal."""

    system = InteractiveShell.system_raw

    def enable_gui(self, gui=None):
        """There is none."""

    def ask_exit(self):
        """``quit()`` ends the cell, as in a notebook; the exercises further down still run."""

    def showtraceback(self, *args, **kwargs):
        """Nobody reads it."""

    showsyntaxerror = showindentationerror = showtraceback


def make_shell():
    """The shell, made before the fork; there is one in a process."""
    config = Config({'HistoryManager': {'enabled': False}})  # it would start a thread
    shell = Shell.instance(config=config, cache_size=0)
    shell.user_ns['__name__'] = '__main__'
    return shell


def serve(line):
    """Answer requests until the other end is closed.

    Args:
        line: socket. A request is ``RUN`` and a cell's source, answered with the error that
            it raised, as text; or ``ASK`` and the bytes that ``nndl.check.line.answer`` takes.
    """
    shell, own = Shell.instance(), os.getpid()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')
    while True:
        number, request = receive(line)
        told = (_run(shell, request[1:].decode()) if request[:1] == RUN
                else answer(request[1:], partial(_found, shell)))
        if os.getpid() != own:  # a process that the student's code forked
            os._exit(0)
        send(line, number, told)


def _run(shell, source):
    """Run a cell; returns what it raised."""
    try:
        result = shell.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
    except BaseException as raised:  # a student's code may break the shell
        error = raised
    text = '' if error is None or isinstance(error, SystemExit) else type(error).__name__
    with contextlib.suppress(Exception):  # __str__ is the student's code as well
        text = f'{text}: {error}' if text else ''
    return text[:1000].encode('utf-8', 'replace')


def _found(shell, request):
    name = request['name']
    if name not in shell.user_ns:
        raise NameError(f'name {name!r} is not defined')
    return shell.user_ns[name]
