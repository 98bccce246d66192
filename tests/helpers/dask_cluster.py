"""A real Dask cluster on loopback, for the tests that use one."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

__all__ = ['a_scheduler', 'stop', 'worker']


def dask(*arguments, **environment):
    return subprocess.Popen([sys.executable, '-m', 'distributed.cli.' + arguments[0],
                             *arguments[1:]], start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**os.environ, 'OMP_NUM_THREADS': '1', **environment})


def stop(process):
    """The process and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def a_scheduler():
    """Its address."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    process = dask('dask_scheduler', '--host', '127.0.0.1', '--port', str(port), '--no-dashboard')
    try:
        yield f'tcp://127.0.0.1:{port}'
    finally:
        stop(process)


def worker(address, folder, threads=1):
    return dask('dask_worker', address, '--nthreads', str(threads), '--no-dashboard',
                '--no-nanny', '--host', '127.0.0.1', '--local-directory', str(folder))
