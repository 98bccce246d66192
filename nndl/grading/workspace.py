"""The folder of one run of the grader; what a killed grader left behind goes first."""

import fcntl
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

__all__ = ['workspace']

PREFIX = 'nndl-grade-'
YOUNG = 60  # seconds in which a folder may not be locked yet


@contextmanager
def workspace(parent=None):
    """A folder that is gone afterwards, readable by everybody.

    It is locked as long as its process lives, so that the next run can tell a folder in use from
    one whose grader was killed, and removes the latter.

    Args:
        parent: folder to make it in; None: that for temporary files.
    """
    parent = Path(parent or tempfile.gettempdir())
    parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    folder.chmod(0o755)
    try:
        with (folder / 'lock').open('w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(parent):
    for folder in parent.glob(f'{PREFIX}*'):
        try:
            if time.time() - folder.stat().st_mtime < YOUNG:
                continue
            with (folder / 'lock').open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # in use, another user's, or gone meanwhile
            continue
        shutil.rmtree(folder, ignore_errors=True)
