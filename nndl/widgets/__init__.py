"""Things to touch in a notebook, by ipywidgets and anywidget; each is also a picture on the page.

A widget knows nothing of the runner: it is given networks, digits, numbers.
"""

from importlib import import_module

_HOME = {
    'DepthExplorer': 'explorer',
    'DrawDigit': 'pad',
    'LivePlot': 'live',
    'LookInside': 'inside',
    'WhereItErrs': 'errors',
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f'nndl.widgets has no {name!r}; it has {", ".join(__all__)}')
    value = getattr(import_module(f'nndl.widgets.{_HOME[name]}'), name)
    globals()[name] = value
    return value
