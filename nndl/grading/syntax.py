"""The code of a cell as Python: IPython's magics and question marks are turned into calls."""

import ast

__all__ = ['as_python', 'UNREADABLE']

UNREADABLE = SyntaxError, ValueError, RecursionError, MemoryError  # of ast.parse
LONGEST = 10_000  # characters; IPython reads a cell again for each of its magics


def as_python(source):
    """What a kernel makes of a cell; the cell itself if it is Python, or if that is not told."""
    try:
        ast.parse(source)
        return source
    except SyntaxError:
        pass
    except UNREADABLE:
        return source
    if len(source) > LONGEST:
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    first, _, rest = source.lstrip().partition('\n')
    # What stands below a magic for the whole cell would become a text.
    cell = f'{first[1:]}\n{rest}' if first.startswith('%%') else source
    try:
        made = TransformerManager().transform_cell(cell)
    except UNREADABLE:
        return source
    return source if made.rstrip() == source.rstrip() else made
