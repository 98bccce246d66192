"""The labs: one source, two languages, two editions; and the same code as the library."""

import ast
import base64
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
from itertools import groupby
from xml.etree import ElementTree

import build
import jupytext
import nbformat
import pytest
from cases.inputs import labs
from cases.texts import sources
from conftest import ROOT

from nndl import check

LABS = [source.stem for source in build.sources()]
UNSET = {'repository': '', 'hub': ''}
FOLDERS = 'en', 'zh', 'student/en', 'student/zh'


def read(folder, lab):
    return nbformat.read(ROOT / 'notebooks' / folder / f'{lab}.ipynb', as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == 'code']


def without_words(code):
    """The code without comments and texts, but with the values that are put into the texts."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = sorted((each for each in node.values
                                  if isinstance(each, ast.FormattedValue)), key=ast.dump)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ''
    return ast.dump(tree)


def test_every_edition_is_what_its_source_gives(capsys):
    assert build.main(['--check']) == 0, capsys.readouterr().err


@pytest.mark.parametrize('lab', LABS)
def test_both_languages_have_the_same_code_ids_and_metadata(lab):
    for english, chinese in (('en', 'zh'), ('student/en', 'student/zh')):
        one, other = code_of(read(english, lab)), code_of(read(chinese, lab))
        assert [without_words(cell.source) for cell in one] == [
            without_words(cell.source) for cell in other]
        assert [(cell.id, cell.metadata) for cell in one] == [
            (cell.id, cell.metadata) for cell in other]


@pytest.mark.parametrize('lab', LABS)
def test_prose_is_in_its_language(lab):
    for folder in FOLDERS:
        texts = [cell.source for cell in read(folder, lab).cells if cell.cell_type == 'markdown']
        assert texts[0].startswith('# ')
        for text in texts:
            chinese = len(re.findall('[\u4e00-\u9fff]', text))
            assert (chinese > 0) == folder.endswith('zh'), text[:80]


@pytest.mark.parametrize('lab', LABS)
def test_editions(lab):
    for folder in FOLDERS:
        notebook = read(folder, lab)
        code = code_of(notebook)
        if folder.startswith('student'):
            assert all(not cell.outputs and cell.execution_count is None for cell in code)
        else:
            assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
            assert all(output.output_type != 'error' for cell in code for output in cell.outputs)
        assert notebook.metadata.language_info.file_extension == '.py'  # for nbconvert --to script
        assert len(json.dumps(notebook)) < 1_500_000, f'{folder}/{lab}'
        assert '/tmp/' not in json.dumps([cell.get('outputs', []) for cell in notebook.cells])


def comments_of(code):
    """Pairs of what consecutive comments say, English and Chinese."""
    found = re.findall(r'#\[(en|zh)\] ?(.*)', code)
    runs = [(language, ' '.join(text for _, text in run))
            for language, run in groupby(found, key=lambda pair: pair[0])]
    return [(one, other) for (_, one), (_, other) in zip(runs[::2], runs[1::2], strict=True)]


def figures_in(text):
    """Numbers of more than one digit, sorted: those of one may be words in the other language."""
    return sorted(re.findall(r'\d[\d,.]*\d(?:e-?\d+)?|\de-?\d+', text))


@pytest.mark.parametrize('lab', LABS)
def test_comments_state_the_same_figures_in_both_languages(lab):
    cells = jupytext.read(ROOT / 'notebooks' / 'source' / f'{lab}.md', fmt='md:myst').cells
    for cell in cells:
        if cell.cell_type == 'code':
            for english, chinese in comments_of(cell.source):
                assert figures_in(english) == figures_in(chinese), (english, chinese)


def test_another_figure_in_one_language_is_seen():
    (english, chinese), = comments_of('#[en] 2.3 to 3.6 over 5\n#[zh] 5 个种子 2.5 到 3.6')
    assert figures_in(english) == ['2.3', '3.6'] != figures_in(chinese)


FORMULA = re.compile(r'\$\$.+?\$\$|\$[^$\n]+\$', re.DOTALL)


def facts_in(text):
    """What both languages have to state alike: displayed formulas, names of code, and numbers.

    Numbers of one digit may be words; the units differ (4.2 million is 420 万), so zeros at the
    ends do not count.
    """
    text = re.sub(r'!\[[^]]*\]\([^)]*\)|\{\{.*?\}\}', '', text)
    displayed = {re.sub(r'\\text\{[^}]*\}|[\s.,。，]|\\q?quad|\\,', '', formula)
                 for formula in FORMULA.findall(text) if formula.startswith('$$')}
    text = re.sub(r'```.*?```', '', FORMULA.sub('', text), flags=re.DOTALL)
    numbers = {re.sub(r'[.,]', '', number).strip('0') for number in re.findall(
        r'\d+(?:[.,]\d+)+|\d\d+', re.sub('`[^`]*`', '', text))}
    return displayed, set(re.findall(r'`([^`\n]+)`', text)), numbers


def drift(english, chinese):
    """The facts that only one of two texts states."""
    return set().union(*(one ^ other for one, other in zip(facts_in(english), facts_in(chinese),
                                                          strict=True)))


@pytest.mark.parametrize('lab', LABS)
def test_the_languages_state_the_same_facts(lab):
    cells = jupytext.read(ROOT / 'notebooks' / 'source' / f'{lab}.md', fmt='md:myst').cells
    texts = [cell.source for cell in cells if cell.cell_type == 'markdown']
    for english, chinese in zip(texts[::2], texts[1::2], strict=True):
        assert drift(english, chinese) - labs.ONE_LANGUAGE == set(), english[:80]


def test_a_number_a_name_or_a_formula_of_one_language_is_seen():
    alike = 'It has 4.2 million, see `net`:\n$$x + 1$$', '有 420 万个，见 `net`：\n$$x + 1 。$$'
    assert drift(*alike) == set()
    assert drift(alike[0].replace('4.2', '4.3'), alike[1]) == {'42', '43'}
    assert drift(alike[0], alike[1].replace('net', 'nets')) == {'net', 'nets'}
    assert drift(alike[0].replace('+', '-'), alike[1]) == {'$$x-1$$', '$$x+1$$'}


@pytest.mark.parametrize('lab', LABS)
def test_exercises_are_nbgraders(lab):
    """Schema 3, ids once, each exercise with a check that gives points."""
    cells = [cell.metadata.nbgrader for cell in read('student/en', lab).cells
             if 'nbgrader' in cell.metadata]
    ids = [cell.grade_id for cell in cells]
    assert len(ids) == len(set(ids))
    assert all(cell.schema_version == 3 for cell in cells)
    solutions = {cell.grade_id for cell in cells if cell.solution}
    checks = {cell.grade_id: cell for cell in cells if cell.grade}
    assert {name.removesuffix('_check') for name in checks} == solutions
    assert all(cell.locked and cell.points > 0 for cell in checks.values())
    for cell in read('student/en', lab).cells:
        if cell.metadata.get('nbgrader', {}).get('solution'):
            assert 'raise NotImplementedError' in cell.source


def bare(node):
    """A definition without its docstrings."""
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(part):
            part.body = part.body[1:]
    return ast.dump(node)


def public_names():
    """{name: thing} of all that the modules of the core and of ``study`` export."""
    names = [module.name for package in ('nndl', 'nndl.study')
             for module in pkgutil.iter_modules([ROOT / package.replace('.', '/')], f'{package}.')
             if not module.ispkg and not module.name.endswith('__main__')]
    modules = [importlib.import_module(name) for name in names]
    return {name: getattr(module, name) for module in modules
            for name in getattr(module, '__all__', ())}


HOMES = public_names()
assert {'ResBlock', 'RunnerV3', 'gradient_norms', 'copy_initial_tensors'} <= HOMES.keys()
# Lab 04 measures every parameter, the library the blocks only.
NAMESAKES = {'gradient_norms'}


@pytest.mark.parametrize('lab', LABS)
def test_the_labs_teach_the_code_of_the_library(lab):
    """What a solution defines under a name of the library is the library's code."""
    matched = set()
    for cell in read('en', lab).cells:
        if not cell.metadata.get('nbgrader', {}).get('solution'):
            continue
        for node in ast.parse(cell.source).body:
            if getattr(node, 'name', None) in HOMES.keys() - NAMESAKES:
                matched.add(node.name)
                library = ast.parse(inspect.getsource(HOMES[node.name])).body[0]
                assert bare(node) == bare(library), f'{lab}: {node.name} is not as in the library'
    expected = {'01_residual_block': {'ResBlock'}, '02_resnet18': {
        'make_first_module', 'resnet_module', 'make_modules', 'Model_ResNet18'}}
    assert matched >= expected.get(lab, set())


def test_every_check_is_used_in_a_lab():
    used = ' '.join(cell.source for lab in LABS for cell in read('en', lab).cells)
    assert [name for name in check.EXERCISES if f'check.{name}(' not in used] == []


# ---- the build refuses what it must ----------------------------------------------------------

def source(tmp_path, text):
    path = tmp_path / '09_test.md'
    path.write_text(sources.HEADER + text, encoding='utf-8')
    return path


@pytest.mark.parametrize(('code', 'language', 'expected'), labs.COMMENTS)
def test_a_comment_stands_with_its_code(code, language, expected):
    """Beside it, as in the other language, or above it where the line would get too long."""
    assert build.localised(code, language) == expected


@pytest.mark.parametrize(('text', 'expected'), labs.JOINED)
def test_chinese_lines_are_joined_without_a_space(text, expected):
    assert build.joined(text) == expected


def test_editions_of_a_good_source(tmp_path):
    made = build.editions(source(tmp_path, sources.GOOD))
    assert list(made) == ['en', 'student/en', 'zh', 'student/zh']
    assert made['zh'].cells[0].source == '# 标题'
    assert made['en'].cells[1].source == "def answer():\n    return 'the answer to everything'"
    assert made['student/zh'].cells[1].source == (
        'def answer():\n    # 在这里写你的代码\n    raise NotImplementedError')
    assert made['en'].cells[2].source == 'print(answer())  # a comment'
    assert made['zh'].cells[2].source == 'print(answer())  # 注释'
    assert [cell.id for cell in made['en'].cells] == ['09-00', 'x', 'x_check']
    assert made['en'].cells[2].metadata['nbgrader']['points'] == 2


@pytest.mark.parametrize(('old', 'new', 'message'), sources.BAD)
def test_a_bad_source_is_refused(tmp_path, old, new, message):
    assert old in sources.GOOD
    with pytest.raises(build.SourceError, match=message):
        build.editions(source(tmp_path, sources.GOOD.replace(old, new)))


def test_an_answer_is_folded_and_in_the_student_edition_an_empty_cell(tmp_path):
    made = build.editions(source(tmp_path, sources.QUESTIONS))
    assert [cell.source for cell in made['student/zh'].cells] == [
        '1. 为什么？', '*你的回答：*',
        '2. 还有呢？\n\n<details><summary>补充</summary>\n\n折叠起来。\n\n</details>']
    complete, = made['zh'].cells
    assert '<summary>参考答案</summary>\n\n因为两者之和就是要学习的，即残差。\n' in complete.source


@pytest.mark.parametrize(('old', 'new', 'message'), sources.BAD_QUESTIONS)
def test_an_answer_that_is_given_away_or_not_closed_is_refused(tmp_path, old, new, message):
    assert old in sources.QUESTIONS
    with pytest.raises(build.SourceError, match=message):
        build.editions(source(tmp_path, sources.QUESTIONS.replace(old, new)))


def with_picture(tmp_path, monkeypatch, svg):
    monkeypatch.setattr(build, 'HERE', tmp_path)
    (tmp_path / 'figures').mkdir()
    (tmp_path / 'figures' / 'p.svg').write_text(svg, encoding='utf-8')
    return source(tmp_path, sources.WITH_PICTURE)


def picture_in(cell):
    """(what stands for the picture, the words in it)."""
    (alt, content), = re.findall(r'^<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)">$',
                                 cell.source, re.MULTILINE)
    root = ElementTree.fromstring(base64.b64decode(content))
    return alt, ' '.join(' '.join(root.itertext()).split())


def test_a_picture_is_in_the_notebook_in_its_language(tmp_path, monkeypatch):
    made = build.editions(with_picture(tmp_path, monkeypatch, sources.PICTURE))
    for folder in FOLDERS:
        assert picture_in(made[folder].cells[0]) == (
            ('两个单元', '单元 残差单元 ReLU') if folder.endswith('zh')
            else ('Two &quot;blocks&quot;', 'Blocks a block ReLU'))


@pytest.mark.parametrize(('lab', 'english', 'chinese'), labs.PICTURES)
def test_the_figures_of_the_labs(lab, english, chinese):
    made = build.editions(ROOT / 'notebooks' / 'source' / f'{lab}.md')
    for folder in FOLDERS:
        cell, = (cell for cell in made[folder].cells if '<img ' in cell.source)
        _, words = picture_in(cell)
        here, there = (chinese, english) if folder.endswith('zh') else (english, chinese)
        assert all(word in words for word in here)
        assert not any(word in words for word in there)


@pytest.mark.parametrize('svg', sources.BAD_PICTURES)
def test_a_picture_in_one_language_only_is_refused(tmp_path, monkeypatch, svg):
    path = with_picture(tmp_path, monkeypatch, svg)
    with pytest.raises(build.SourceError, match='picture figures/p.svg has a text in one language'):
        build.editions(path)


def test_a_picture_that_is_missing_or_no_svg_is_refused(tmp_path, monkeypatch):
    path = with_picture(tmp_path, monkeypatch, 'no svg')
    with pytest.raises(build.SourceError, match='figures/p.svg cannot be read: syntax error'):
        build.editions(path)
    (tmp_path / 'figures' / 'p.svg').unlink()
    with pytest.raises(build.SourceError, match='figures/p.svg cannot be read: .*No such file'):
        build.editions(path)


def test_drift_is_seen(tmp_path, monkeypatch, capsys):
    (tmp_path / 'source').mkdir()
    path = source(tmp_path / 'source', sources.GOOD)
    monkeypatch.setattr(build, 'HERE', tmp_path)
    monkeypatch.setattr(build.launch, 'settings', lambda: UNSET)
    assert build.main([]) == 0
    before = {p: p.read_bytes() for p in tmp_path.rglob('*.ipynb')}
    assert len(before) == 4
    assert build.main(['--check']) == 0
    assert build.main([]) == 0
    assert before == {p: p.read_bytes() for p in tmp_path.rglob('*.ipynb')}
    path.write_text(path.read_text().replace('a comment', 'another comment'))
    assert build.main(['--check']) == 1
    assert 'en/09_test.ipynb was not executed with the code of its source' in (
        capsys.readouterr().err)
    build.main([])
    stored = tmp_path / 'student' / 'zh' / '09_test.ipynb'
    stored.write_text(stored.read_text().replace('raise NotImplementedError', 'return 1'))
    (tmp_path / 'en' / '10_stray.ipynb').write_text('{}')
    assert build.main(['--check']) == 1
    err = capsys.readouterr().err
    assert 'student/zh/09_test.ipynb differs from its source' in err
    assert '10_stray.ipynb has no source' in err


def test_badges_only_where_the_repository_is_set(monkeypatch):
    monkeypatch.setattr(build.launch, 'settings', lambda: UNSET)
    assert build.launch.badges('01_x', 'zh', True) == ''
    monkeypatch.setattr(build.launch, 'settings', lambda: {
        'repository': 'OWNER/REPO', 'hub': 'https://hub.example.edu/'})
    links = build.launch.badges('01_x', 'zh', True)
    assert [part for part in labs.LINKS if part not in links] == []


def test_the_repository_is_that_of_the_origin(monkeypatch, tmp_path):
    monkeypatch.setattr(build.launch, 'ROOT', tmp_path)
    (tmp_path / 'pyproject.toml').write_text('[tool.nndl]\nrepository = ""  # OWNER\nhub = ""')
    subprocess.run(['git', 'init', '-q', tmp_path], check=True)
    with pytest.raises(build.SourceError, match='not a repository on GitHub: git remote add'):
        build.launch.set_repository()
    for url in 'git@github.com:some-one/a.repo.git', 'https://github.com/some-one/a.repo':
        subprocess.run(['git', '-C', tmp_path, 'config', 'remote.origin.url', url], check=True)
        assert build.launch.set_repository() == 'some-one/a.repo'
    assert build.launch.settings() == {'repository': 'some-one/a.repo', 'hub': ''}


def test_an_unknown_lab_is_refused(capsys):
    assert build.main(['99']) == 1
    assert 'there is no lab 99: the labs are 00, 01' in capsys.readouterr().err
