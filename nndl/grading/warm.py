"""The process that kernels are forked from: it has imported what a lab needs, and knows nothing.

Started by ``warm_parent.WarmProcess`` with the kernel's copy of the library first on its path. For
each worker that connects it forks a process that serves it: requests, one JSON a line, each
answered with a line, {'pid': ...} or {'error': ...}. No torch operation runs here, and there is
one thread, so that forking is safe.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from nndl.check.catalog import EXERCISES
from nndl.grading.sandbox import set_limits, start_keeper
from nndl.grading.view import View

__all__ = ['serve']

# What a kernel would spend seconds on.
PRELOADED = ('torch', 'torch.utils.data', 'numpy', 'matplotlib.pyplot',
             'matplotlib_inline.backend_inline', 'ipykernel.kernelapp', 'ipykernel.zmqshell',
             'ipykernel.debugger', 'IPython.extensions.storemagic', 'tornado.platform.asyncio',
             'tqdm.auto', 'PIL.Image', 'nndl.check.feedback', 'nndl.data', 'nndl.fast', 'nndl.lab',
             'nndl.plot', 'nndl.resnet', 'nndl.runner', 'nndl.study.stats', 'nndl.weights',
             'nndl.grading.inside', *(f'nndl.check.exercises.{name}.probe' for name in EXERCISES))


def serve(listening, extra=()):
    """Import, then serve every worker that connects, until the standard input ends.

    Args:
        listening: file descriptor of the socket that workers connect to.
        extra: further modules to import.
    """
    os.environ['TQDM_DISABLE'] = '1'  # read when tqdm is imported
    for name in (*PRELOADED, *extra):
        import_module(name)
    if (threads := len(list(Path('/proc/self/task').iterdir()))) > 1:
        raise RuntimeError(f'an import has started {threads - 1} threads: forking is not safe')
    gc.collect()
    gc.freeze()  # so that collections in the kernels do not copy these pages
    owner = os.dup(0)  # ends when the grader does
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    with socket.socket(fileno=listening) as listener:
        while owner not in (ready := select.select([owner, listening], [], [])[0]):
            if listening in ready:
                worker, _ = listener.accept()
                if os.fork() == 0:
                    listener.close()
                    _serve_worker(worker, owner)
                worker.close()
                _reap()


def _serve_worker(worker, owner):
    """Fork a kernel for each of its requests until it, or the grader, has ended."""
    line = worker.makefile('rwb')

    def send(reply):
        line.write(json.dumps(reply).encode() + b'\n')
        line.flush()

    try:
        send({'pid': os.getpid()})
        while owner not in select.select([owner, worker], [], [])[0] and (text := line.readline()):
            send(_answer(json.loads(text), [owner, worker.fileno()]))
            _reap()
    finally:
        os._exit(0)


def _answer(request, own_ends):
    def run(ready):
        for end in own_ends:
            os.close(end)
        _be_a_kernel(request['connection'], ready)

    try:
        if request['sandbox']:
            view = View(request['root'], request['readable'], request['hidden'],
                        request['sockets'], request['disk'])
            return {'pid': start_keeper(view, request['limits'], run)}
        return {'pid': _fork_only(request, run)}
    except OSError as error:
        return {'error': str(error)}


def _fork_only(request, run):
    """Without isolation: a folder and limits of its own, that is all."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.chdir(request['root'])
            set_limits(request['limits'] | {'processes': 4096})
            run(lambda: None)
        finally:
            os._exit(1)
    return pid


def _be_a_kernel(connection, ready):
    import random

    import numpy as np
    import torch
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_WRONLY)  # the warm process's own would fill up
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.environ['HOME'] = os.environ['TMPDIR'] = os.environ['IPYTHONDIR'] = str(Path.cwd())
    tempfile.tempdir = None
    random.seed()
    np.random.seed()
    torch.seed()
    Path('connection.json').write_text(json.dumps(connection))
    sys.path.insert(0, '')
    app = IPKernelApp.instance()
    app.initialize(['-f', str(Path('connection.json').resolve()), '--log-level=CRITICAL',
                    '--HistoryManager.enabled=False', '--IPKernelApp.parent_handle=1'])
    ready()
    app.start()


def _reap():
    """Take note of keepers that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
