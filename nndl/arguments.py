"""Checks of arguments that many functions share."""

__all__ = ['check_whole']


def check_whole(name, value, least, of=''):
    """Whether an argument is a whole number.

    Args:
        name, value: of the argument.
        least: the smallest number allowed.
        of: what is counted, for example 'digits'.

    Raises:
        ValueError: naming all of these, if it is not.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        counted = f' of {of}' if of else ''
        raise ValueError(f'{name} is {value!r}: give a whole number{counted}, at least {least}')
