"""What is no stroke of a drawing."""

NO_STROKES = [
    {}, {'width': 20}, {'width': 20, 'points': []}, {'width': 20, 'points': [[1]]},
    {'width': 20, 'points': [[1, float('nan')]]}, {'width': 0, 'points': [[1, 1]]},
    {'width': 999, 'points': [[1, 1]]}, {'width': 'x', 'points': [[1, 1]]}, None, 3,
]
