"""The code of a cell as Python: IPython's magics and question marks are turned into calls."""

import ast
from contextlib import suppress

__all__ = ['as_python', 'UNREADABLE']

UNREADABLE = SyntaxError, ValueError, RecursionError, MemoryError  # of ast.parse
LONGEST = 10_000  # characters; IPython reads a cell again for each of its magics


def as_python(source):
    """A cell as IPython runs it; unchanged if it is Python, or if it cannot be read."""
    with suppress(*UNREADABLE):
        ast.parse(source)
        return source
    with suppress(*UNREADABLE):
        if len(source) <= LONGEST:
            from IPython.core.inputtransformer2 import TransformerManager

            first, _, rest = source.lstrip().partition('\n')
            # What stands below a magic for the whole cell would become a text.
            cell = f'{first[1:]}\n{rest}' if first.startswith('%%') else source
            made = TransformerManager().transform_cell(cell)
            return source if made.rstrip() == source.rstrip() else made
    return source
