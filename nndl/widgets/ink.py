"""Conversion of pen strokes to digits of MNIST: 28x28, in a 20x20 box, centred by mass.

A pad is 280 units wide and high, x to the right and y down.
"""

import math

import numpy as np
from PIL import Image, ImageDraw

__all__ = ['PAD', 'draw_strokes', 'as_mnist']

PAD = 280  # units; and pixels of the picture that ``draw_strokes`` makes
SIDE, BOX = 28, 20  # pixels of an MNIST digit, and of the box that holds its ink


def draw_strokes(strokes):
    """The picture of some strokes: white ink on black.

    Args:
        strokes: a list of ``{'width': units, 'points': [[x, y], ...]}``; one point makes a dot.

    Returns:
        uint8 (280, 280).

    Raises:
        ValueError: naming the stroke, if a width or a point is not what it should be.
    """
    picture = Image.new('L', (PAD, PAD))
    pen = ImageDraw.Draw(picture)
    for number, stroke in enumerate(strokes):
        width, points = _checked(stroke, number)
        pen.line(points, fill=255, width=round(width), joint='curve')
        for x, y in (points[0], points[-1]):  # round ends
            pen.circle((x, y), width / 2, fill=255)
    return np.array(picture)


def as_mnist(picture):
    """Scale the ink to fit a box of 20x20 pixels and put its centre of mass in the middle.

    That is how the digits of MNIST were made: those that the kit brings along come out of this
    function as they go in, but for 2 of 5000.

    Args:
        picture: uint8 (H, W), bright ink on black.

    Returns:
        uint8 (28, 28); all 0 if there is no ink.
    """
    picture, digit = Image.fromarray(np.asarray(picture)), Image.new('L', (SIDE, SIDE))
    if box := picture.getbbox():
        ink = picture.crop(box)
        scale = BOX / max(ink.size)
        ink = ink.resize([max(1, round(scale * side)) for side in ink.size],
                         Image.Resampling.BICUBIC)
        digit.paste(ink, tuple(_place(np.sum(ink, axis=axis, dtype=float)) for axis in (0, 1)))
    return np.array(digit)


def _checked(stroke, number):
    """(width, points as tuples) of a stroke that came from a browser."""
    try:
        width = float(stroke['width'])
        points = [(float(x), float(y)) for x, y in stroke['points']]
    except (TypeError, KeyError, ValueError):
        points = []
    if not points or not np.isfinite(points).all() or not 1 <= width <= PAD:
        raise ValueError(f'stroke {number}: expected a width of 1 to {PAD} units and one finite '
                         f'point [x, y] or more, got {str(stroke):.80}')
    return width, points


def _place(mass):
    """Where ink with this mass along one axis begins, so that its centre is that of the digit."""
    centre = (mass * np.arange(len(mass))).sum() / mass.sum()
    place = math.floor(SIDE / 2 - centre + 0.5)
    return min(max(place, 0), SIDE - len(mass))
