"""Progress bars for people; none where output is compared or captured."""

import importlib.util
import os
import sys

from tqdm import tqdm

__all__ = ['in_notebook', 'progress_bar', 'say', 'somebody_watches']


def somebody_watches():
    """Whether a progress bar would be seen.

    The environment variable ``NNDL_PROGRESS`` (0 or 1) decides if set. Otherwise: not under
    pytest (nbval's kernels inherit its variables), yes in a notebook, else only on a terminal.
    """
    if setting := os.environ.get('NNDL_PROGRESS'):
        return setting != '0'
    if {'PYTEST_VERSION', 'PYTEST_CURRENT_TEST'} & os.environ.keys():
        return False
    return in_notebook() or sys.stderr.isatty()


def progress_bar(total, description='', unit='step', done=0):
    """A tqdm bar: a widget in a notebook, a line on a terminal, nothing where nobody watches."""
    return _kind()(total=total, desc=description, unit=unit, initial=done, leave=False,
                   dynamic_ncols=True, disable=not somebody_watches())


def in_notebook():
    """Whether cells are run by a kernel, in JupyterLab, Colab or anywhere else."""
    ipython = sys.modules.get('IPython')
    return ipython is not None and hasattr(ipython.get_ipython(), 'kernel')


def say(line):
    """Print a line, above a progress bar if there is one."""
    tqdm.write(line)


def _kind():
    if in_notebook() and importlib.util.find_spec('ipywidgets'):
        from tqdm.notebook import tqdm as notebook_bar
        return notebook_bar
    return tqdm
