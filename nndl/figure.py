"""A matplotlib figure that a notebook shows by itself, without pyplot."""

import io

from matplotlib.figure import Figure

__all__ = ['ShownFigure']


class ShownFigure(Figure):
    """Shown once, as the last value of a cell; pyplot keeps no second copy of it."""

    def _repr_png_(self):
        file = io.BytesIO()
        self.savefig(file, format='png', dpi=80)
        return file.getvalue()
