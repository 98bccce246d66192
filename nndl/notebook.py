"""Whether this Python is the kernel of a notebook."""

import sys

__all__ = ['in_notebook']


def in_notebook():
    """Whether cells are run by a kernel, in JupyterLab, Colab or anywhere else."""
    ipython = sys.modules.get('IPython')
    return ipython is not None and hasattr(ipython.get_ipython(), 'kernel')
