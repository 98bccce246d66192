"""The process that children are forked from: it has imported what a lab needs, and knows no answer.

Started by ``children.Warm`` with the library of ``edition`` first on its path. No torch operation
runs here, and there is one thread, so that forking is safe.
"""

import gc
import json
import os
import random
import signal
import socket
import tempfile
from importlib import import_module
from pathlib import Path

from nndl.grading.inside import make_shell, serve
from nndl.grading.linux import die_with_parent
from nndl.grading.sandbox import start
from nndl.grading.view import View

__all__ = ['run']

# Each would take a child seconds.
PRELOADED = ('torch', 'torch.utils.data', 'numpy', 'matplotlib.pyplot', 'IPython.core.magics',
             'matplotlib_inline.backend_inline', 'tqdm.auto', 'PIL.Image')


def run(line, modules):
    """Import, then fork a child for each request that comes, until the other end is closed.

    Args:
        line: file descriptor of a socket; each message brings the child's end of a connection.
        modules: to import beside those that every lab needs.
    """
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in (*PRELOADED, *modules):
        import_module(name)
    make_shell()
    if (threads := len(list(Path('/proc/self/task').iterdir()))) > 1:
        raise RuntimeError(f'an import has started {threads - 1} threads: forking is not safe')
    gc.collect()
    gc.freeze()  # so that collections in the children do not copy these pages
    with socket.socket(fileno=line) as grader:
        while (message := socket.recv_fds(grader, 1 << 16, 1))[0]:
            with socket.socket(fileno=message[1][0]) as theirs:
                _answer(grader, theirs, **json.loads(message[0]))
            _reap()


def _answer(grader, line, view, limits):
    """Send a handle of the child's process, or say why there is no child."""
    def run(line):
        grader.close()
        _be_a_child(line)

    try:
        handle = os.pidfd_open(start(View(**view), limits, line, run))
    except OSError as error:
        grader.sendall(str(error).encode())
    else:
        socket.send_fds(grader, [b'1'], [handle])
        os.close(handle)


def _be_a_child(line):
    import numpy as np
    import torch

    signal.signal(signal.SIGINT, signal.default_int_handler)
    nowhere = os.open(os.devnull, os.O_WRONLY)  # standard error would fill a file of the grader's
    os.dup2(nowhere, 2)
    os.environ['HOME'] = os.environ['TMPDIR'] = os.environ['IPYTHONDIR'] = str(Path.cwd())
    tempfile.tempdir = None
    random.seed()
    np.random.seed()
    torch.seed()
    serve(line)


def _reap():
    """Take note of processes that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
