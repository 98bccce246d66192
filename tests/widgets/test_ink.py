"""Drawings become digits as MNIST has them; simulated drawings are read."""

import numpy as np
import pytest
from cases.inputs.drawings import NO_STROKES
from pen import strokes_of

from nndl.sources import bundled_digits
from nndl.widgets.ink import PAD, as_mnist, draw_strokes

STROKE = {'width': 20, 'points': [[140, 40], [140, 240]]}


def test_mnists_own_digits_come_out_as_they_go_in():
    images, _ = bundled_digits()
    changed = sum(not np.array_equal(as_mnist(image), image) for image in images)
    assert changed <= 2


def test_size_and_place_of_a_drawing_do_not_matter():
    images, _ = bundled_digits()
    for image in images[::250]:
        small = image.repeat(4, axis=0).repeat(4, axis=1)
        pad = np.zeros((PAD, PAD), np.uint8)
        pad[150:262, 9:121] = small
        again = as_mnist(pad).astype(int)
        assert abs(again - image).mean() < 6
        assert abs(np.roll(again, 2, axis=1) - image).mean() > 12  # two pixels off would be seen


def test_the_ink_fits_the_box_and_its_centre_of_mass_is_in_the_middle():
    strokes = [STROKE, {'width': 30, 'points': [[90, 230], [200, 230]]}]
    digit = as_mnist(draw_strokes(strokes)).astype(float)
    rows, columns = np.nonzero(digit.any(axis=1))[0], np.nonzero(digit.any(axis=0))[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    for axis in (0, 1):
        centre = (digit.sum(axis=1 - axis) * np.arange(28)).sum() / digit.sum()
        assert abs(centre - 14) <= 0.51


def test_strokes_are_drawn_where_they_are():
    picture = draw_strokes([STROKE])
    assert picture.shape == (PAD, PAD)
    assert picture[140, 140] == 255
    assert picture[140, 155] == 0  # half the width is 10
    assert picture[32, 140] == 255  # a round end
    assert picture[20, 140] == 0
    dot = draw_strokes([{'width': 20, 'points': [[50, 60]]}])
    assert 280 < (dot > 0).sum() < 360  # pi * 10 ** 2
    assert not draw_strokes([]).any()
    assert not as_mnist(draw_strokes([])).any()
    # beyond the edge of the pad
    assert draw_strokes([{'width': 9, 'points': [[-50, 10], [900, 10]]}])[10].all()


@pytest.mark.parametrize('stroke', NO_STROKES)
def test_a_stroke_that_is_none_is_refused_by_number(stroke):
    with pytest.raises(ValueError, match='stroke 1'):
        draw_strokes([STROKE, stroke])


def test_simulated_strokes_look_like_the_digit_that_they_are_from():
    images, _ = bundled_digits()
    for number in range(0, 5000, 125):
        strokes = strokes_of(images[number], seed=number)
        assert 1 <= len(strokes) <= 8
        drawn = as_mnist(draw_strokes(strokes)).astype(float).ravel()
        likeness = [np.corrcoef(drawn, image.ravel())[0, 1] for image in images[number % 7::7]]
        own = np.corrcoef(drawn, images[number].ravel())[0, 1]
        assert own > 0.35
        assert own > np.median(likeness) + 0.15
