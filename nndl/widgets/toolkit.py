"""ipywidgets and anywidget; where one is not installed, a widget is its still picture."""

from types import SimpleNamespace

from traitlets import Any, HasTraits

__all__ = ['AnyWidget', 'Dropdown', 'FloatSlider', 'HTML', 'IntSlider', 'interactive']


class StillControl(HasTraits):
    """A control that keeps its first value."""

    missing, value = 'ipywidgets', Any()

    def __init__(self, value=None, *limits, options=(), **settings):
        first = options[0] if options else value
        self.label, value = first if isinstance(first, tuple) else (str(first), first)
        super().__init__(value=value)
        self.options, self.layout, self.style = options, SimpleNamespace(), SimpleNamespace()


class StillPage:
    """In place of ``interactive``: controls that nobody moves."""

    missing, children, result = 'ipywidgets', (), None

    def __init__(self, function, **controls):
        pass

    def update(self, *args):
        """Do nothing: no control has changed."""


class StillWidget(HasTraits):
    """In place of ``AnyWidget``: nothing is sent."""

    missing = 'anywidget'


try:
    from ipywidgets import HTML, Dropdown, FloatSlider, IntSlider, interactive
except Exception:  # missing, or broken in any way
    HTML = Dropdown = FloatSlider = IntSlider = StillControl
    interactive = StillPage
try:
    from anywidget import AnyWidget
except Exception:  # as above
    AnyWidget = StillWidget
