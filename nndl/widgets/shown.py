"""Display of a widget: live where a kernel runs, a still picture on a web page."""

import base64
import io
from html import escape

from PIL import Image

from nndl.lab.figures import describe
from nndl.plot import GREY, label
from nndl.widgets.toolkit import HTML, interactive

__all__ = ['Controls', 'Shown', 'figure_tag', 'grey_levels', 'png_address']

ALIVE = 'application/vnd.jupyter.widget-view+json'


class Shown:
    """Base class, to inherit first, of widgets whose output holds a picture as well.

    A page without a kernel shows ``picture()``.
    """

    _ipython_display_ = None  # by which ipywidgets 7 would show the widget alone

    def picture(self):
        """The matplotlib ``Figure`` that stands for the widget."""
        raise NotImplementedError(f'{type(self).__name__} has no picture')

    def _repr_mimebundle_(self, **kwargs):
        missing = getattr(self, 'missing', None)  # the package without which this is all
        figure = self.picture()
        alt = {'image/png': {'alt': describe(figure)}}
        figure.supxlabel(
            label('a still picture: pip install {0}, restart the kernel to use it', missing)
            if missing else label('a still picture: run this cell to use it'),
            fontsize=8, color=GREY)
        data = {'text/plain': type(self).__name__,
                'image/png': base64.b64encode(figure._repr_png_()).decode()}
        if not missing:
            data[ALIVE] = {'version_major': 2, 'version_minor': 0, 'model_id': self.model_id}
        # anywidget tells Colab where its widget manager is; ipywidgets 7 has no such method
        inherited = getattr(super(), '_repr_mimebundle_', dict)(**kwargs)
        return data, {**(inherited[1] if isinstance(inherited, tuple) else {}), **alt}


class Controls(Shown, interactive):
    """Base class of controls with a page of HTML below that follows them.

    Args:
        words: as ``chosen_words`` returns them; the label of each control among them.
        controls: the widgets by name; they become attributes.
    """

    def __init__(self, words, **controls):
        self.words, self.page = words, HTML(layout={'overflow': 'hidden'})
        for name, control in controls.items():
            setattr(self, name, control)
            control.description, control.style.description_width = words[name], '9em'
            control.layout.width = 'min(32em, 98%)'
        super().__init__(lambda **values: self.html(), clear_output=False, **controls)
        self.children = [*self.children, self.page]
        if self.result is None:  # ipywidgets 7 does not update before the widget is displayed
            self.update()

    def html(self):
        """The HTML for the present values of the controls."""
        raise NotImplementedError(f'{type(self).__name__} has no page')

    def update(self, *args):
        """Renew the page; an error is shown between the controls and the page."""
        super().update(*args)
        self.page.value = (f'<div lang="{self.words["language"]}" style="line-height:1.4">'
                           f'{self.result or ""}</div>')


def grey_levels(values):
    """A tensor of values in [-1, 1], black to white, as a uint8 array of the same shape."""
    return (127.5 * (values + 1)).round().clamp(0, 255).byte().numpy()


def png_address(picture):
    """The address, for an ``<img>``, of a uint8 picture (H, W) as PNG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format='png')
    return 'data:image/png;base64,' + base64.b64encode(file.getvalue()).decode()


def figure_tag(figure, alt=''):
    """The ``<img>`` of a ``Figure``; its alternative text, by default what it shows."""
    picture = base64.b64encode(figure._repr_png_()).decode()
    return (f'<img src="data:image/png;base64,{picture}" alt="{escape(alt or describe(figure))}" '
            'style="max-width:100%;height:auto">')
