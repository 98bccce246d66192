"""Interactive parts of the labs; a page without a kernel shows a picture of each."""

from importlib import import_module

_HOME = {'DrawDigit': 'pad', 'LivePlot': 'live', 'LookInside': 'inside', 'WhereItErrs': 'errors'}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f'nndl.widgets has no {name!r}; it has {", ".join(__all__)}')
    return getattr(import_module(f'nndl.widgets.{_HOME[name]}'), name)
