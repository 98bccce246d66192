"""Drawings as a person's hand would make them, from the strokes of real digits."""

import numpy as np
from skimage.morphology import skeletonize


def strokes_of(image, seed=0, width=24):
    """The strokes of a digit: its middle lines, drawn larger, shifted, turned and a bit shaky.

    Args:
        image: uint8 (S, S), a digit as MNIST has them, enlarged or not.
        seed: of size, place, turn and shakiness.
        width: of the brush, in units of the pad.

    Returns:
        Strokes as the drawing pad sends them.
    """
    random = np.random.RandomState(seed)
    lines = middle_lines(skeletonize(image > 100))
    side = len(image)
    height = random.uniform(168, 294)  # units, of the whole image; the ink has 20 / 28 of them
    turn = np.deg2rad(random.uniform(-8, 8))
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    middle = 140 + random.uniform(-25, 25, size=2)
    strokes = []
    for line in lines:
        points = (smooth(line) - (side - 1) / 2) * height / side @ turned + middle
        points += random.normal(0, 1, size=points.shape)
        strokes.append({'width': width, 'points': points.clip(2, 278).round(1).tolist()})
    return strokes


def middle_lines(skeleton):
    """Paths (x, y) along a skeleton: from its ends, straight on where lines cross."""
    left = {tuple(place) for place in np.argwhere(skeleton)}
    seen, lines = set(), []
    while left:
        touching = [place for place in left if neighbours(place) & seen]
        start = min(touching or left, key=lambda place: (len(neighbours(place) & left), place))
        line = [*sorted(neighbours(start) & seen)[:1], start]
        left.remove(start)
        while onward := neighbours(line[-1]) & left:
            line.append(min(onward, key=lambda place: (bend(line, place), place)))
            left.remove(line[-1])
        closed = neighbours(line[-1]) & (seen | set(line[:-2]))
        seen |= set(line)
        if len(line) > 2 or not lines:
            lines.append(np.array(line + sorted(closed)[:1], dtype=float)[:, ::-1])
    return lines


def neighbours(place):
    row, column = place
    return {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} - {place}


def bend(line, place):
    """How much a path turns on its way to a place; straight on is 0."""
    if len(line) < 2:
        return abs(line[-1][0] - place[0]) + abs(line[-1][1] - place[1])
    (a, b), (c, d) = line[max(-4, -len(line))], line[-1]
    before, after = np.array([c - a, d - b]), np.array([place[0] - c, place[1] - d])
    return 1 - before @ after / np.linalg.norm(before) / np.linalg.norm(after)


def smooth(line):
    """Without the steps of the pixels; the ends stay."""
    padded = np.pad(line, ((2, 2), (0, 0)), mode='edge')
    middle = sum(padded[i:i + len(line)] for i in range(5)) / 5
    middle[0], middle[-1] = line[0], line[-1]
    return middle
