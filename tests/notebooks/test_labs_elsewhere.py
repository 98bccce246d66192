"""The labs on another device than the digits, and with every cell run twice."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT
from test_labs import LABS, read

pytestmark = pytest.mark.labs
OFTEN = '00_start', '05_torchvision'  # those that were wrong on a GPU


def failures(notebook, folder, *options):
    path = folder / 'lab.ipynb'
    nbformat.write(notebook, path)
    done = subprocess.run([sys.executable, ROOT / 'tests' / 'helpers' / 'run_cells.py', path,
                           *options], cwd=folder, text=True, check=True, capture_output=True,
                          env=os.environ | {'TQDM_DISABLE': '1', 'IPYTHONDIR': str(folder)})
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize('lab', [
    pytest.param(lab, marks=[] if lab in OFTEN else pytest.mark.long) for lab in LABS])
def test_on_a_second_device(lab, tmp_path):
    assert failures(read('en', lab), tmp_path, '--second-device') == []


@pytest.mark.long
@pytest.mark.parametrize('lab', LABS)
def test_every_cell_can_be_run_again(lab, tmp_path):
    assert failures(read('en', lab), tmp_path, '--twice') == []


def test_planted_mistakes_are_seen(tmp_path):
    """Answers that stay on the device, compared with labels on the CPU; a name that is deleted."""
    cells = ['import torch\nfrom nndl.device import choose_device',
             'answers = torch.ones(3, device=choose_device())', 'assert 0 == answers.sum().item()',
             'answers != torch.ones(3)']
    notebook = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, cells)])
    (number, kind, text), = failures(notebook, tmp_path, '--second-device')
    assert (number, kind) == (3, 'RuntimeError')
    assert 'lazy' in text
    notebook.cells = [*map(nbformat.v4.new_code_cell, ['x = 1', 'del x'])]
    assert [number for number, *_ in failures(notebook, tmp_path, '--twice')] == [1]
