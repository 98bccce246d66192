"""The first cell of every lab."""

import ctypes
import os
import platform
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from nndl.lab.imports import import_faults
from nndl.lab.language import set_language
from nndl.lab.threads import choose_threads

__all__ = ['CannotStart', 'start']

WITHOUT_TRAINING = '01', '02'
SAYS = {'en': 'What this lab writes goes to {folder}', 'zh': '本实验写出的文件都在 {folder}'}
NOWHERE = {'en': 'None of {folders} can be written to: set the environment variable NNDL_OUTPUTS '
                 'to a folder of your own, and run this cell again.',
           'zh': '以下文件夹都无法写入：{folders}。'
                 '请把环境变量 NNDL_OUTPUTS 设为一个自己的文件夹，然后重新运行本单元格。'}


class CannotStart(RuntimeError):
    """The lab cannot run here; a notebook shows the message instead of a traceback."""

    def _render_traceback_(self):
        return str(self).splitlines()


def start(lab, language):
    """Prepare a lab: language, threads, progress bars, and a folder for what it writes.

    The folder is the one that the environment variable ``NNDL_OUTPUTS`` names, else ``outputs``
    in the working directory, else (on a read-only checkout) one among the temporary files.

    Returns:
        The ``Path`` of the folder.

    Raises:
        CannotStart: naming what is wrong and the remedy.
    """
    set_language(language)
    _import_packages(trains=lab[:2] not in WITHOUT_TRAINING)
    import_module('nndl.lab.figures').prepare_figures(language)
    _return_freed_memory()
    choose_threads()
    folder = _writable_folder(lab, NOWHERE[language])
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    print(SAYS[language].format(folder=f'{shown.as_posix()}/'))
    return folder


def _import_packages(trains):
    """Import what every lab needs, with progress bars or, where outputs are compared, without."""
    silent = not {'PYTEST_VERSION', 'TQDM_DISABLE'}.isdisjoint(os.environ)
    if silent:
        os.environ['TQDM_DISABLE'] = '1'  # before torch imports tqdm
    if faults := import_faults(['torch', 'numpy', 'tqdm', 'joblib']):
        raise CannotStart(faults[0])
    if silent:
        import tqdm.auto

        tqdm.auto.tqdm = tqdm.std.tqdm  # the notebook's bar ignores the variable
    if trains:
        import_module('torch._dynamo')  # else the first optimizer takes a second or more


def _return_freed_memory():
    """Return freed blocks of 1 MB and more to the system at once, where malloc is glibc's.

    Otherwise glibc keeps them, 80 to 120 MB in lab 06, of the 2 GB that Binder has.
    """
    m_mmap_threshold = -3  # malloc.h
    if platform.libc_ver()[0] == 'glibc':
        ctypes.CDLL(None).mallopt(m_mmap_threshold, 1 << 20)


def _writable_folder(lab, nowhere):
    from tempfile import gettempdir  # may fail where import_faults says why

    candidates = [os.environ.get('NNDL_OUTPUTS'), 'outputs', Path(gettempdir()) / 'nndl-outputs']
    for candidate in filter(None, candidates):
        folder = Path(candidate).expanduser() / lab
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f'.{os.getpid()}.part'
            probe.touch()
            probe.unlink()
            return folder.resolve()
    raise CannotStart(nowhere.format(folders=', '.join(map(str, filter(None, candidates)))))
