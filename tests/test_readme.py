"""What the README says is what is stored, and what is stored says where it comes from."""

import json
import re

import pytest
from conftest import ROOT
from test_labs import LABS

from nndl.ablation import RunConfig, RunResult, check_pair
from nndl.report import table, verdict

READMES = 'README.md', 'README.zh-CN.md'


def stored_results():
    content = json.loads((ROOT / 'data' / 'results' / 'main_job.json').read_text())
    return content['command'], [
        RunResult(**{**result, 'config': RunConfig(**result['config'])})
        for result in content['results']]


@pytest.mark.parametrize('name', READMES)
def test_the_table_is_the_stored_one(name):
    command, results = stored_results()
    text = (ROOT / name).read_text(encoding='utf-8')
    assert table(results) in text
    assert verdict(results) in text
    assert command in text
    assert '@@' not in text


def test_stored_results_are_fair_pairs_and_name_their_origin():
    command, results = stored_results()
    assert command == 'python -m nndl ablation --seeds 5'
    for plain, residual in zip(results[::3], results[1::3], strict=True):
        check_pair(plain, residual)
    assert [r.config.seed for r in results[::3]] == [0, 1, 2, 3, 4]
    for result in results:
        assert result.date
        assert result.versions['torch']
        assert result.machine['processor']
        assert result.machine['cores']


@pytest.mark.parametrize('name', READMES)
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding='utf-8')
    for target in re.findall(r'\]\(([^)#]+)\)', text):
        if not target.startswith('http'):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize('name', READMES)
def test_every_lab_is_listed(name):
    text = (ROOT / name).read_text(encoding='utf-8')
    for lab in LABS:
        for folder in ('en', 'zh', 'student/en', 'student/zh'):
            assert f'notebooks/{folder}/{lab}.ipynb' in text
