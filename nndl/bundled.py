"""Where the files are that the kit brings along."""

from pathlib import Path

__all__ = ['DIGITS', 'RESULTS', 'bundled_path']

DIGITS, RESULTS = 'mnist_5k.npz', 'results'  # a file, and a folder


def bundled_path(name):
    """Path of something in ``data/``: there in a checkout, a copy beside the code if installed."""
    here = Path(__file__).resolve().parent
    installed = here / '_data' / name
    return installed if installed.exists() else here.parent / 'data' / name
