"""Drawings of the network, made by code and shown as SVG: the block, and the six modules."""

import io
from functools import cached_property

from nndl.plot import BLUE, GREY, new_figure

__all__ = ['Drawing', 'residual_block', 'resnet18']

# Blue is what the residual network has and the plain one has not, as in all figures of runs.
PALE = {BLUE: '#d6e8f3', GREY: '#ececec'}


class Drawing:
    """A figure that a notebook shows as SVG, with its words kept as words.

    A notebook that is not trusted yet, that is one just downloaded, shows no SVG: there the PNG
    stands in.
    """

    def __init__(self, width, height):
        self.figure = new_figure((width, height))
        self.axes = self.figure.subplots()
        self.axes.set_axis_off()
        self.axes.set_aspect('equal')

    def box(self, x, y, text, width=3.2, height=0.8, colour=GREY):
        """A box with its centre at (x, y)."""
        from matplotlib.patches import FancyBboxPatch

        self.axes.add_patch(FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, boxstyle='round,pad=0.02',
            facecolor=PALE[colour], edgecolor=colour))
        self.text(x, y, text)

    def circle(self, x, y, text):
        from matplotlib.patches import Circle

        self.axes.add_patch(Circle((x, y), 0.35, facecolor='white', edgecolor='black'))
        self.text(x, y, text, size=14)

    def text(self, x, y, text, size=10, align='center', colour='black'):
        self.axes.text(x, y, text, ha=align, va='center', fontsize=size, color=colour)

    def arrow(self, *points, colour='black', style='-'):
        """A line through the points with a head at the last."""
        xs, ys = zip(*points, strict=True)
        self.axes.plot(xs, ys, color=colour, linestyle=style, linewidth=1.2)
        self.axes.annotate('', points[-1], points[-2],
                           arrowprops={'arrowstyle': '-|>', 'color': colour, 'linestyle': style,
                                       'shrinkA': 0, 'shrinkB': 0})

    def __repr__(self):
        return 'drawing'

    def _repr_png_(self):
        self.axes.autoscale_view()
        return self.figure._repr_png_()

    def _repr_svg_(self):
        return self._svg

    @cached_property
    def _svg(self):
        import matplotlib

        self.axes.autoscale_view()
        with matplotlib.rc_context({'svg.fonttype': 'none', 'svg.hashsalt': 'nndl'}):
            file = io.StringIO()
            self.figure.savefig(file, format='svg', metadata={'Date': None})
        return file.getvalue()


def residual_block():
    """Figure 5.14: f(x) on the left, the shortcut on the right, their sum, ReLU."""
    drawing = Drawing(6.4, 6.4)
    names = 'conv 3×3, stride s', 'batch norm', 'ReLU', 'conv 3×3', 'batch norm'
    for i, name in enumerate(names):
        drawing.box(0, -1.25 * i, name)
        drawing.arrow((0, -1.25 * i + 0.83), (0, -1.25 * i + 0.42))
    drawing.text(0, 1.05, 'x', size=13)
    drawing.arrow((0, -5.42), (0, -6.0))
    drawing.circle(0, -6.35, '+')
    drawing.arrow((0, -6.7), (0, -7.2))
    drawing.box(0, -7.6, 'ReLU', width=2)
    drawing.arrow((0, -8.0), (0, -8.6))
    drawing.text(0, -8.85, 'ReLU(f(x) + x)', size=12)
    drawing.arrow((0, 0.65), (4.6, 0.65), (4.6, -1.95), colour=BLUE)
    drawing.box(4.6, -2.5, 'as it is, or\nconv 1×1, stride s,\nbatch norm', height=1.5,
                colour=BLUE)
    drawing.arrow((4.6, -3.25), (4.6, -6.35), (0.35, -6.35), colour=BLUE)
    drawing.text(-2.6, -2.5, 'f(x)', size=13, colour=GREY)
    drawing.text(4.75, -4.8, 'shortcut', size=11, align='left', colour=BLUE)
    return drawing


def resnet18(size=32):
    """Figure 5.16: the six modules with the shapes for one image of size x size."""
    drawing = Drawing(11.4, 2.3)
    sizes = [size // 4, size // 4, size // 8, size // 16, size // 32]
    modules = [('1', 'conv 7×7 / 2\nbatch norm\nReLU\nmax pool 3×3 / 2', 64, GREY),
               ('2', '2 residual\nblocks', 64, BLUE), ('3', '2 residual\nblocks / 2', 128, BLUE),
               ('4', '2 residual\nblocks / 2', 256, BLUE),
               ('5', '2 residual\nblocks / 2', 512, BLUE)]
    drawing.text(-3.8, 0, f'image\n1×{size}×{size}', size=10)
    drawing.arrow((-2.6, 0), (-1.77, 0))
    for i, (number, text, channels, colour) in enumerate(modules):
        x = 4.2 * i
        drawing.box(x, 0, '', width=3.5, height=2.4, colour=colour)
        drawing.text(x, 0, text, size=9 if i == 0 else 10)
        drawing.text(x, 1.7, f'module {number}', size=11)
        drawing.text(x, -1.7, f'{channels}×{sizes[i]}×{sizes[i]}', size=11)
        drawing.arrow((x + 1.77, 0), (x + 2.43, 0))
    drawing.box(21, 0, '', width=3.5, height=2.4)
    drawing.text(21, 0, 'mean over\nthe map,\nlinear', size=10)
    drawing.text(21, 1.7, 'module 6', size=11)
    drawing.text(21, -1.7, '10 logits', size=11)
    return drawing
