"""The pictures on the instructors' page: a class of 40 is graded, and its pages are photographed.

    PYTHONPATH=tests:tests/helpers python notebooks/figures/draw_pages.py

Most of the submissions are honest, some are wrong, a few are broken or hostile. Needs Chromium.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import workshop
from browser import chromium_path
from conftest import ROOT

from nndl.grading.pages import page_of

FIGURES = ROOT / 'notebooks' / 'figures'
CHANGES = {  # number of the student: what is changed in the kit's own solution
    3: ('in_channels != out_channels or stride != 1', 'stride != 1'),
    8: ('in_channels != out_channels or stride != 1', 'stride != 1'),
    11: ('return F.relu(y)', 'return y'),
    14: ('if self.use_residual:', 'if False:'),
    17: ('out_channels, 1, stride=stride', 'out_channels, 1'),
    20: ('F.relu(self.bn1(self.conv1(inputs)))', 'self.bn1(self.conv1(inputs))'),
    23: ('in_channels != out_channels or stride != 1', 'False'),
    26: ('bias=False', 'bias=True'),
}
WHOLE = {  # the whole cell
    5: 'while True:\n    pass',
    9: 'import os\nos._exit(0)',
    15: 'from nndl import ResBlock',
    21: '{stub}',
    27: '{stub}',
    30: 'get_ipython().ast_transformers.append(None)\n{right}',
    33: 'class ResBlock(nn.Module:\n    pass',
}
BROKEN, SHOWN = 36, 8


def cell(number):
    if number in WHOLE:
        return workshop.fill(WHOLE[number])
    code = workshop.solution('resblock')
    if number in CHANGES:
        return code.replace(*CHANGES[number])
    own = f'h{number % 7}'  # a name of one's own
    return code.replace('y = ', f'{own} = ').replace('(y)', f'({own})').replace('y + ', f'{own} + ')


def write_class(folder):
    for number in range(1, 41):
        name = f'student {number:02}'
        notebook = workshop.submission({'resblock': cell(number)})
        workshop.write('{"cells": [' if number == BROKEN else notebook,
                       folder / name / f'{workshop.LAB}.ipynb')


def photograph(page, picture, width, height):
    subprocess.run([chromium_path(), '--headless', '--no-sandbox', '--hide-scrollbars',
                    f'--window-size={width},{height}', f'--screenshot={picture}', page.as_uri()],
                   check=True, capture_output=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        submissions, grades = Path(folder) / 'submissions', Path(folder) / 'grades'
        write_class(submissions)
        subprocess.run([sys.executable, '-m', 'nndl', 'grade', submissions, '--out', grades,
                        '--cell-seconds', '10'], check=True)
        photograph(grades / 'class.html', FIGURES / 'grading_class.png', 1100, 1080)
        page = grades / 'feedback' / page_of(f'student {SHOWN:02}')
        photograph(page, FIGURES / 'grading_feedback.png', 1000, 480)


if __name__ == '__main__':
    main()
