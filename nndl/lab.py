"""The first cell of every lab."""

import os
import tempfile
from pathlib import Path

from nndl.language import set_language
from nndl.machine import give_back_freed_memory, tidy_memory
from nndl.progress import in_notebook

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
    if in_notebook():
        from IPython import get_ipython

        give_back_freed_memory()
        get_ipython().events.register('post_run_cell', _tidy)
    folder = _writable_folder(lab)
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    print(SAYS[language].format(folder=f'{shown}/'))
    return folder


def _tidy(result=None):
    """What is done after each cell."""
    tidy_memory()


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
