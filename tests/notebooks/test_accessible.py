"""Pages of the labs for readers who do not see them, or see little: axe, on the rendered labs."""

import pytest
from browser import chromium_path, serious_faults
from nbconvert import HTMLExporter
from test_labs import LABS, code_of, read

from nndl.lab.figures import LONGEST

pytest.importorskip('playwright.sync_api', reason='Playwright is not installed')
if chromium_path() is None:
    pytest.skip('Chromium is not there: apt-get install chromium', allow_module_level=True)

pytestmark = pytest.mark.browser


def faults_of(browser, notebook, theme, folder, alt=' alt='):
    page = browser.new_page(viewport={'width': 1280, 'height': 900})
    page.route('http*://**', lambda request: request.abort())  # MathJax and the like
    path = folder / 'page.html'
    text, _ = HTMLExporter(theme=theme).from_notebook_node(notebook)
    path.write_text(text.replace(' alt=', alt), encoding='utf-8')
    page.goto(path.as_uri())
    faults = serious_faults(page)
    page.close()
    return faults


@pytest.mark.parametrize(('lab', 'language', 'theme'), [
    pytest.param(lab, language, theme, marks=[pytest.mark.long] * ((n + shown) % 2))
    for n, lab in enumerate(LABS)
    for shown, (language, theme) in enumerate((('zh', 'light'), ('en', 'dark')))])
def test_axe_finds_no_serious_fault(browser, lab, language, theme, tmp_path):
    assert faults_of(browser, read(language, lab), theme, tmp_path) == []


def test_a_picture_without_text_is_seen(browser, tmp_path):
    found = faults_of(browser, read('en', LABS[1]), 'light', tmp_path, alt=' data-alt=')
    assert 'image-alt' in {name for name, *_ in found}


@pytest.mark.parametrize('lab', LABS)
def test_every_picture_has_a_text(lab):
    for folder in ('en', 'zh'):
        for cell in code_of(read(folder, lab)):
            for output in cell.outputs:
                if 'image/png' in output.get('data', ()):
                    text = output.metadata['image/png']['alt']
                    assert 15 < len(text) <= LONGEST, cell.id
                    assert any('\u4e00' <= c <= '\u9fff' for c in text) == (folder == 'zh'), text
