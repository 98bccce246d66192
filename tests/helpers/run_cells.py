"""Runs the cells of a notebook and prints, as JSON, which of them failed.

    python tests/helpers/run_cells.py NOTEBOOK [--second-device] [--twice]

Accuracies mean nothing on the second device (see second_device.py): there a failed assertion is no
failure.
"""

import json
import os
import sys

import nbformat


def main(path, *options):
    from IPython.core.interactiveshell import InteractiveShell

    ignored = ()
    if '--second-device' in options:
        import torch
        from second_device import SECOND, start_second_device

        start_second_device()
        torch.__future__.set_swap_module_params_on_conversion(True)
        os.environ['NNDL_DEVICE'] = SECOND
        ignored = AssertionError
    shell, failed = InteractiveShell.instance(), []
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        for _ in range((cell.cell_type == 'code') * (1 + ('--twice' in options))):
            result = shell.run_cell(cell.source)
            error = result.error_before_exec or result.error_in_exec
            if error is not None and not isinstance(error, ignored):
                failed.append((number, type(error).__name__, str(error)[:500]))
    print('\n' + json.dumps(failed))


if __name__ == '__main__':
    main(*sys.argv[1:])
