"""Links of the READMEs; what they say of results is tested with the stored results."""

import re

import pytest
from conftest import ROOT
from test_labs import LABS

READMES = 'README.md', 'README.zh-CN.md'


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
