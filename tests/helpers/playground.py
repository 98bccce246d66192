"""The networks of lab 07, trained by the lab's own cells."""

import build
from conftest import ROOT

FOLDER = ROOT / 'outputs' / '07_playground'  # kept from one time to the next


def playground(folder=FOLDER):
    """(networks by name, test digits) as the cells leave them."""
    folder.mkdir(parents=True, exist_ok=True)
    lab = build.editions(ROOT / 'notebooks' / 'source' / '07_playground.md')['en']
    names = {'OUTPUTS': folder}
    for cell in lab.cells:
        if cell.cell_type == 'code' and 'sweep(' in cell.source:
            exec(cell.source, names)
    return names['networks'], names['test']
