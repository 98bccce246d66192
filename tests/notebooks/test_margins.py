"""Where the labs' "measured over 5 seeds" comes from: other seeds, ranges of what is printed."""

import json

import margins
import pytest
import torch
from cases.inputs.labs import TWO_CELLS
from conftest import ROOT, run_python


def executed(path, shift):
    code = ('import json, pathlib, sys\nimport margins\n'
            f'print(json.dumps(margins.execute(pathlib.Path({str(path)!r}), {shift})))')
    return json.loads(run_python(code, cwd=ROOT / 'notebooks').stdout.splitlines()[-1])


@pytest.mark.labs
def test_every_seed_is_shifted_and_a_failing_cell_is_named(tmp_path):
    path = tmp_path / '09_test.md'
    path.write_text(TWO_CELLS, encoding='utf-8')
    for shift in (0, 3):
        printed, fault = executed(path, shift)
        (cell, text), = printed
        first, second = (torch.rand(1, generator=torch.Generator().manual_seed(seed)).item()
                         for seed in (1000 * shift, 1000 * shift + 2))
        assert text == f'two {first} and {second}\n'
        assert (cell, fault) == ('09-00', '09-01: ValueError: no')


def test_ranges_of_the_numbers_of_a_line():
    runs = [([['a', 'loss 0.5 in step 1,015: -0.2\nno number']], None),
            ([['a', 'loss 0.25 in step 1,015: +1.5e-3\nno number']], None)]
    (key, columns), = margins.ranges(runs).items()
    assert key[:2] == ('a', 0)
    assert columns == [(0.5, 0.25), (1015, 1015), (-0.2, 0.0015)]
