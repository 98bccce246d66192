"""python -m nndl doctor: what is there, what is missing, and how to get it."""

import importlib.util
import os
import sys
from importlib.metadata import PackageNotFoundError, version

__all__ = ['examine']

NEEDED_PYTHON = 3, 11
NEEDED = 'torch', 'numpy', 'tqdm', 'pillow', 'scipy', 'matplotlib'
OPTIONAL = {
    'torchvision': 'labs 05 and 06, and the full MNIST',
    'torchinfo': 'the second counter of lab 02',
    'thop': 'the third counter of lab 02',
    'jupyterlab': 'make lab',
    'ipywidgets': 'progress bars and interactive parts in notebooks',
    'anywidget': 'the interactive parts of labs 03 to 07',
    'nbval': 'running the labs as tests, and grading',
    'jupyter_client': 'grading',
    'jinja2': 'grading',
    'psutil': 'grading',
    'jupytext': 'building the labs from their sources',
    'nbclient': 'building the labs from their sources',
    'joblib': 'many runs side by side',
    'distributed': 'many runs on a cluster',
}


def examine(say=print):
    """Print what is there; 1 if the kit cannot work here, else 0."""
    faults = [*_python(say), *_packages(say)]
    if not any(fault.startswith('torch') for fault in faults):
        faults += _torch(say)
    if not any(fault.startswith('numpy') for fault in faults):
        faults += _digits(say)
    if faults:
        say('\nThe kit cannot work here:')
        for fault in faults:
            say(f'  - {fault}')
        return 1
    say('\nEverything that the kit needs is there.')
    return 0


def _python(say):
    say(f'{"Python":16s} {sys.version.split()[0]}')
    if sys.version_info < NEEDED_PYTHON:
        yield ('Python {}.{} or newer is needed'.format(*NEEDED_PYTHON)
               + f', this is {sys.version.split()[0]}: make a new .venv with a newer Python')


def _packages(say):
    for name in NEEDED:
        found = _version(name)
        say(f'{name:16s} {found or "missing"}')
        if not found:
            yield f'{name} is missing: pip install -r requirements.txt'
    for name, purpose in OPTIONAL.items():
        found = _version(name)
        say(f'{name:16s} {found or f"not there (optional: {purpose}; pip install {name})"}')


def _torch(say):
    try:
        import torch

        from nndl.device import choose_device
        device = choose_device('auto')
        torch.ones(2, device=device).sum().item()
    except Exception as error:  # whatever is broken in it, the mend is the same
        yield (f'torch does not work ({error}): install it again, '
               'pip install --force-reinstall torch')
        return
    say(f'{"device":16s} {device}')
    say(f'{"threads":16s} {torch.get_num_threads()} of {os.cpu_count()} cores')


def _digits(say):
    from nndl.bundled import DIGITS
    from nndl.sources import DataError, bundled_digits

    try:
        _, labels = bundled_digits()
    except DataError as error:
        yield str(error)
        return
    say(f'{"digits":16s} {len(labels)} in {DIGITS}, sha256 as expected')


def _version(name):
    """Version of a package; None where it cannot be imported."""
    if importlib.util.find_spec('PIL' if name == 'pillow' else name) is None:
        return None
    try:
        return version(name)
    except PackageNotFoundError:
        return 'version unknown'
