"""Values on the command line, checked; what is wrong is named together with what is right."""

from argparse import ArgumentTypeError

__all__ = ['count', 'rate', 'source']


def count(text):
    """A whole number, at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'{text!r}: give a whole number, at least 1')
    return int(text)


def rate(text):
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float('inf'):
        raise ArgumentTypeError(f'{text!r}: give a number above 0, for example 0.01')
    return value


def source(text):
    """Where the digits come from, as in ``load_mnist``."""
    if text not in ('bundled', 'full') and not text.endswith('.json.gz'):
        raise ArgumentTypeError(
            f"{text!r}: give bundled, full, or the path of the textbook's mnist.json.gz")
    return text
