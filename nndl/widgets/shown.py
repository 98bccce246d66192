"""How a widget is shown: alive where there is a kernel, as a picture on a web page."""

import base64
import io
from pathlib import Path

from nndl.plot import GREY

__all__ = ['Shown', 'grey_levels', 'png', 'png_address', 'script', 'style']

JS = Path(__file__).parent / 'js'
ALIVE = 'application/vnd.jupyter.widget-view+json'


class Shown:
    """For a widget class to inherit first from: its output holds a picture beside the widget.

    Who reads the notebook without a kernel, on a web page, sees ``picture()``.
    """

    _ipython_display_ = None  # by which ipywidgets 7 would show the widget alone
    note = 'a still picture: run this cell to use it'  # below ``picture()``

    def picture(self):
        """The matplotlib ``Figure`` that stands for the widget."""
        raise NotImplementedError(f'{type(self).__name__} has no picture')

    def _repr_mimebundle_(self, **kwargs):
        view = {'version_major': 2, 'version_minor': 0, 'model_id': self.model_id}
        figure = self.picture()
        if self.note:
            figure.supxlabel(self.note, fontsize=8, color=GREY)
        picture = base64.b64encode(figure._repr_png_()).decode()
        data = {'text/plain': type(self).__name__, ALIVE: view, 'image/png': picture}
        # anywidget tells Colab where its widget manager is; ipywidgets 7 has no such method
        inherited = getattr(super(), '_repr_mimebundle_', dict)(**kwargs)
        return data, inherited[1] if isinstance(inherited, tuple) else {}


def grey_levels(values):
    """A tensor of values in [-1, 1], black to white, as a uint8 array of the same shape."""
    return (127.5 * (values + 1)).round().clamp(0, 255).byte().numpy()


def png(picture):
    """A picture, uint8 (H, W), as the bytes of a PNG file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, format='png')
    return file.getvalue()


def png_address(content):
    """The bytes of a PNG file as an address that an ``<img>`` takes."""
    return 'data:image/png;base64,' + base64.b64encode(content).decode()


def script(*names):
    """The text of some JavaScript files, one after the other: anywidget takes one module."""
    return '\n'.join((JS / f'{name}.js').read_text(encoding='utf-8') for name in names)


def style():
    """The style sheet of all widgets."""
    return (JS / 'style.css').read_text(encoding='utf-8')
