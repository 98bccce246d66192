"""What the README says is what is stored, and what is stored says where it comes from."""

import re

import pytest
from conftest import ROOT
from draw_results import depth_rows
from test_labs import LABS

from nndl.study.report import table, verdict
from nndl.study.stored import stored_results

READMES = 'README.md', 'README.zh-CN.md'


@pytest.mark.parametrize('name', READMES)
def test_the_table_is_the_stored_one(name):
    text, results = (ROOT / name).read_text(encoding='utf-8'), stored_results('main_job')
    assert table(results) in text
    assert verdict(results) in text
    assert 'python -m nndl ablation --seeds 5' in text
    assert '@@' not in text


@pytest.mark.parametrize('name', READMES)
def test_the_table_of_depths_is_the_stored_one(name):
    assert depth_rows() in (ROOT / name).read_text(encoding='utf-8')


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
