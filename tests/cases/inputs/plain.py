"""Hand-ins of lab 01 for grading with nbval: how each is made, and what becomes of it."""

import json
from pathlib import Path

from cases.inputs.submissions import WRONG

NOTEBOOKS = Path(__file__).resolve().parents[3] / 'notebooks'
CHECK = 'check.resblock(ResBlock).require()'
NO_REQUIRE = 'from nndl import check\n\ncheck.resblock(ResBlock)'
ALWAYS_RIGHT = 'from nndl import check\n\ntry:\n    check.resblock(ResBlock).require()\nexcept: 0'
LOOP = WRONG.replace('return F.relu', 'while True: pass\n        return F.relu')
# Right, but for a loop that it takes an interrupt to end.
CAUGHT = """

def slow(self, inputs, seen=[], forward=ResBlock.forward):
    try:
        while not seen: pass
    except BaseException:
        seen.append(1)
    return forward(self, inputs)

ResBlock.forward = slow"""
# It prints without an end and catches everything: it cannot be interrupted.
STUBBORN = 'while True:\n  try:\n    while True: print("x" * 1000)\n  except BaseException: pass'
CHANGED = 'The cell that checks this exercise is missing, or was changed.'


def lab(code='right', check=None, more=''):
    """The bytes of a lab 01 whose metadata are lost; each of its cells asks nbval to skip it.

    Args:
        code: in the exercise's cell; 'right' for the solution, None for what is handed out.
        check: in the cell that checks it; None for the kit's own.
        more: below the code of the exercise's cell.
    """
    path = NOTEBOOKS / ('student' if code is None else '') / 'en' / '01_residual_block.ipynb'
    made = json.loads(path.read_text(encoding='utf-8'))
    for cell in made['cells']:
        name = cell['metadata'].get('nbgrader', {}).get('grade_id')
        new = {'resblock': None if code == 'right' else code, 'resblock_check': check}.get(name)
        cell['source'] = cell['source'] if new is None else new
        cell['source'] += more if name == 'resblock' else ''
        cell['metadata'] = {'tags': ['nbval-skip', 'raises-exception']}
    made['metadata']['kernelspec'] = {'name': 'nowhere', 'display_name': 'not here'}
    return json.dumps(made).encode()


def three():
    """The bytes of a lab 02: an endless loop, a right answer, and an answer without its check."""
    made = json.loads((NOTEBOOKS / 'en' / '02_resnet18.ipynb').read_text(encoding='utf-8'))
    made['cells'] = [cell for cell in made['cells'] if cell['cell_type'] == 'code'][:6]
    made['cells'][1]['source'] += '\ndef make_first_module(in_channels):\n    while True: pass'
    return json.dumps(made).encode()


def write(contents, folder):
    """A folder for each student, with modules in it that must not be imported."""
    for name, content in contents.items():
        (folder / name).mkdir(parents=True)
        (folder / name / 'lab.ipynb').write_bytes(content)
        for module in ('__init__.py', 'test_x.py'):
            (folder / name / module).write_text('raise SystemExit("imported")')


# {name: (content, (points, status, what is told) of each exercise)}
RUN = {
    'right': (lab(), (4, 'graded', '')),
    'wrong': (lab(WRONG), (0, 'wrong', 'ResBlock(4, 6) behaves')),
    'unedited': (lab(None), (0, 'wrong', 'Nothing is written in ResBlock yet')),
    'dead': (lab('import os\nos._exit(1)'), (0, 'crashed', 'the kernel died')),
    'edited': (lab(check=NO_REQUIRE), (0, 'malformed', CHANGED)),
    'broken': (b'{"cells": [', (0, 'malformed', 'this is not a notebook')),
    'three': (three(), (0, 'timeout', 'stopped after'), (3, 'graded', ''),
              (0, 'malformed', CHANGED)),
}
LONG = {
    'silenced': (lab(WRONG, ALWAYS_RIGHT), (0, 'malformed', CHANGED)),
    'deleted': (lab(check=''), (0, 'malformed', CHANGED)),
    'syntax': (lab('class ResBlock(:'), (0, 'wrong', 'SyntaxError')),
    'loop': (lab(LOOP), (0, 'timeout', 'stopped after')),
    'loop in the cell': (lab('while True: pass'), (0, 'timeout', 'stopped after')),
    'stubborn': (lab(STUBBORN), (0, 'timeout', 'stopped after')),
    'too large': (lab(more='\n#' * 60_000), (0, 'malformed', '')),
    'caught': (lab(more=CAUGHT), (0, 'timeout', 'stopped after')),
}

# {name: (code cells, {place of a check that is the kit's own: exercise}, exercises without one)}
KIT = f'from nndl import check\n\n{CHECK}'
CELLS = {
    'as handed out': ([KIT], {0: 'resblock'}, []),
    'blank space': ([f'\n\nfrom nndl import check   \n\n \n\n{CHECK}  \n'], {0: 'resblock'}, []),
    'twice': ([KIT, 'x = 1', KIT], {2: 'resblock'}, []),
    'deleted': ([], {}, ['resblock']), 'commented': ([f'# {KIT}'], {}, ['resblock']),
    'without require': ([NO_REQUIRE], {}, ['resblock']),
    'silenced': ([ALWAYS_RIGHT], {}, ['resblock']),
    'one line': ([KIT.replace('\n\n', ' ')], {}, ['resblock']),
    'indented': ([f'if False:\n    {CHECK}'], {}, ['resblock']),
    'more': ([f'{KIT}\nx = 1'], {}, ['resblock']), 'magic': ([f'%%capture\n{KIT}'], {}, ['resblock']),
}

# Grades the folder that is named first.
PROGRAM = """\
import signal, sys
from pathlib import Path
from nndl.grading.run import Settings, grade

signal.signal(signal.SIGINT, signal.default_int_handler)
grade(Settings(Path(sys.argv[1]), Path(sys.argv[2]), workers=2, plain=True))
"""
