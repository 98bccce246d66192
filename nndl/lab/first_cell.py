"""The first cell of every lab."""

import ctypes
import os
import platform
import tempfile
from pathlib import Path

from nndl.lab.language import set_language

__all__ = ['start']

SAYS = {'en': 'What this lab writes goes to {folder}', 'zh': '本实验写出的文件都在 {folder}'}


def start(lab, language):
    """Set the language of checks and widgets, and make a folder for what the lab writes.

    The folder is the one that the environment variable ``NNDL_OUTPUTS`` names, else ``outputs``
    in the working directory, else (on a read-only checkout) one among the temporary files.

    Returns:
        The ``Path`` of the folder.
    """
    set_language(language)
    if {'PYTEST_VERSION', 'TQDM_DISABLE'} & os.environ.keys():  # nbval compares outputs
        _silence_progress_bars()
    _return_freed_memory()
    folder = _writable_folder(lab)
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    print(SAYS[language].format(folder=f'{shown}/'))
    return folder


def _silence_progress_bars():
    """Let ``tqdm.auto`` mean the plain bar, which reads TQDM_DISABLE; the notebook's ignores it."""
    os.environ['TQDM_DISABLE'] = '1'  # before tqdm is imported
    import tqdm.auto

    tqdm.auto.tqdm = tqdm.std.tqdm


def _return_freed_memory():
    """Return freed blocks of 1 MB and more to the system at once, where malloc is glibc's.

    Otherwise glibc keeps them, 80 to 120 MB in lab 06, of the 2 GB that Binder has.
    """
    m_mmap_threshold = -3  # malloc.h
    if platform.libc_ver()[0] == 'glibc':
        ctypes.CDLL(None).mallopt(m_mmap_threshold, 1 << 20)


def _writable_folder(lab):
    candidates = [os.environ.get('NNDL_OUTPUTS'), 'outputs',
                  Path(tempfile.gettempdir()) / 'nndl-outputs']
    for candidate in filter(None, candidates):
        folder = Path(candidate) / lab
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder.resolve()
        except OSError:
            continue
    raise OSError(f'none of {", ".join(map(str, filter(None, candidates)))} can be written to: '
                  'set the environment variable NNDL_OUTPUTS to a folder of your own')
