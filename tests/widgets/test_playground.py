"""The networks of lab 07, and what they make of drawings."""

import numpy as np
from pen import strokes_of
from playground import playground

from nndl import widgets


def test_drawings_are_read():
    """200 drawings simulated from the strokes of test digits, through all that the pad does."""
    networks, digits = playground()
    pad = widgets.DrawDigit({'residual-18': networks['residual-18']}, digits)
    images = (127.5 * (digits.images[:200, 0].numpy() + 1)).round().astype(np.uint8)
    right = 0
    for number, (image, label) in enumerate(zip(images, digits.labels.tolist(), strict=False)):
        answer, = pad.read(strokes_of(image, seed=number, width=20))['answers']
        right += int(np.argmax(answer['shares'])) == label
    assert right >= 0.85 * 200
