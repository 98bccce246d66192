"""Make the editions of every lab from its one source.

    python notebooks/build.py                 # build what has changed
    python notebooks/build.py 01 03           # only these labs
    python notebooks/build.py --check         # fail if an edition is not what its source gives
    python notebooks/build.py --set-repository  # with the links of the repository on GitHub

A source is a MyST notebook, ``source/NN_name.md``. Its code stands once; its prose stands twice,
in Markdown cells marked ``+++ {"lang": "en"}`` and ``+++ {"lang": "zh"}`` side by side. In code:

    #[en] a comment for English readers       kept in the English editions only
    #[zh] 给中文读者的注释                      kept in the Chinese editions only
    ### BEGIN SOLUTION ... ### END SOLUTION   left out of the student editions
    {{setup}}  {{badges}}                     first cell and launch links, stamped by the build
    ![what it shows](figures/name.svg)        a picture, put into the notebook in its language
    «the loss|损失»                             in code: a text that the cell prints or draws

In prose, an answer under its question, which the student editions replace by an empty cell, and
a text that is folded in all editions:

    :::{answer}                               :::{fold} What it is about
    The answer.                               The text.
    :::                                       :::

Cell options: ``:exercise: name`` marks the cell that the student fills in, ``:practice: true`` one
that asserts itself what it needs and gives no points, ``:checks: name`` with
``:points: n`` the locked cell that checks it, ``:compare: true`` a cell whose output is the same
everywhere and is compared by nbval, ``:folded: true`` a cell whose code is folded, as it only
draws.

The complete editions are executed once; their outputs stay until the code changes.
"""

import argparse
import base64
import hashlib
import html
import json
import os
import re
import sys
import tempfile
import unicodedata
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

import jupytext
import launch
import nbformat
from launch import SourceError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

HERE = Path(__file__).resolve().parent
LANGUAGES = 'en', 'zh'
BEGIN, END = '### BEGIN SOLUTION', '### END SOLUTION'
STUB = {'en': '# your code here', 'zh': '# 在这里写你的代码'}
ANSWER = {'en': 'Answer', 'zh': '参考答案'}
OWN_ANSWER = {'en': '*Your answer:*', 'zh': '*你的回答：*'}
BLOCK = re.compile(r'^:::\{(answer|fold)\}(.*)\n((?:(?!:::).*\n)*):::$\n*', re.MULTILINE)
TEXT = re.compile('«([^«»|]*)\\|([^«»|]*)»')
LARGEST_OUTPUT = 300_000  # bytes of one cell
LONGEST_LINE = 100  # of code, in columns
LANGUAGE_INFO = {'name': 'python', 'file_extension': '.py'}
ALIVE = 'application/vnd.jupyter.widget-view+json'
ElementTree.register_namespace('', 'http://www.w3.org/2000/svg')


# The first cell of every lab; what it does is in nndl.lab.
SETUP = """\
try: import nndl.lab
except ImportError as error: import sys; print(f'{{missing}}')
else: OUTPUTS = nndl.lab.start('{{lab}}', language='{{language}}')"""
MISSING = {
    'en': '{sys.executable} cannot import nndl: {error}.\\nIf the kit is installed, this notebook '
          'runs on another Python: open it with python -m nndl start. Otherwise install the kit as '
          'its README says and restart the kernel. If another file or folder here is called nndl, '
          'rename it.',
    'zh': '{sys.executable} 无法导入 nndl：{error}。\\n如果实验包已经安装，说明本笔记本用的是'
          '另一个 Python：请用 python -m nndl start 打开。'
          '否则请按 README 的说明安装，然后重启内核。'
          '如果本文件夹里另有名为 nndl 的文件或文件夹，请将其改名。',
}


# ---- source -> editions ---------------------------------------------------------------------

def editions(source):
    """{folder: notebook without outputs} of one lab."""
    cells = jupytext.read(source, fmt='md:myst').cells
    check_languages(cells, source.stem)
    made = {}
    for language in LANGUAGES:
        complete = notebook(cells, source.stem, language, student=False)
        student = notebook(cells, source.stem, language, student=True)
        check_no_leak(cells, student, source.stem)
        made[language] = complete
        made[f'student/{language}'] = student
    return made


def notebook(cells, lab, language, student):
    """One edition; an exercise and its check bear its name as id, other cells their number."""
    made = []
    of_language = (cell for cell in cells if cell.metadata.get('lang', language) == language)
    for number, cell in enumerate(of_language):
        identity = f'{lab[:2]}-{number:02d}'
        if cell.cell_type == 'markdown':
            for part, text in enumerate(texts_of(cell.source, language, student)):
                text = with_pictures(stamp(text, lab, language, student), lab, language)
                made.append(new_markdown_cell(text, id=identity + (f'-{part}' if part else '')))
        else:
            code = stamp(localised(cell.source, language), lab, language, student)
            code = without_solutions(code, language) if student else without_marks(code)
            marks = metadata_of(cell)
            identity = marks.get('nbgrader', {}).get('grade_id', identity)
            made.append(new_code_cell(code, id=identity, metadata=marks))
    content = json.dumps([(c.cell_type, c.source) for c in made if c.cell_type == 'code'])
    metadata = {
        'kernelspec': {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'},
        'language_info': LANGUAGE_INFO,
        'nndl': {'lab': lab, 'language': language, 'edition': 'student' if student else 'complete',
                 'code_sha256': hashlib.sha256(content.encode()).hexdigest()},
    }
    return new_notebook(cells=made, metadata=metadata)


def texts_of(text, language, student):
    """The Markdown cells that a text becomes: one, and in student editions a cell per answer."""
    put_together = joined if language == 'zh' else str
    cells, last = [''], 0
    for block in BLOCK.finditer(text):
        cells[-1] += put_together(text[last:block.start()])
        last, (kind, title, content) = block.end(), block.groups()
        if kind == 'answer' and student:
            cells += [OWN_ANSWER[language], '']
        else:
            title = re.sub('`(.*?)`', r'<code>\1</code>', title.strip()) or ANSWER[language]
            cells[-1] += (f'<details><summary>{title}</summary>\n\n'
                          f'{put_together(content.strip())}\n\n</details>\n\n')
    cells[-1] += put_together(text[last:])
    return [cell.strip('\n') for cell in cells if cell.strip()]


def metadata_of(cell):
    """nbgrader's metadata (schema 3) for exercises and their checks; tags for nbval and folding."""
    made = {}
    if exercise := cell.metadata.get('exercise'):
        made['nbgrader'] = {'grade_id': exercise, 'solution': True, 'grade': False,
                            'locked': False, 'task': False, 'schema_version': 3}
    if checked := cell.metadata.get('checks'):
        made['nbgrader'] = {'grade_id': f'{checked}_check', 'solution': False, 'grade': True,
                            'locked': True, 'points': cell.metadata['points'], 'task': False,
                            'schema_version': 3}
    if cell.metadata.get('compare'):
        made['tags'] = ['nbval-check-output']
    if cell.metadata.get('practice'):
        made['tags'] = ['practice']
    if cell.metadata.get('folded'):
        made['jupyter'] = {'source_hidden': True}
    return made


def joined(text):
    """Chinese lines joined where the source breaks them: Markdown would put a space there."""
    lines, fenced = [], False
    for line in text.split('\n'):
        fenced ^= line.startswith('```')
        goes_on = (lines and not fenced and not lines[-1].startswith('#') and (
            re.search(r'[\u3001-\u9fff\uff00-\uffef]$', lines[-1])
            and re.match(r' *[\u4e00-\u9fff（“]', line)
            or re.search(r'[，。：；、！？）”]$', lines[-1])
            and re.match(r' *(?!\d+\. |\$\$|\* )[A-Za-z0-9$*`(]', line)))
        if goes_on:
            lines[-1] += line.strip()
        else:
            lines.append(line)
    return '\n'.join(lines)


def localised(code, language):
    """Keep the comments and texts of one language, without their marks.

    A comment alone on its line takes the place of the other language's at the end of the line
    before; where the line gets too long by that, it stands above.
    """
    lines, beside = [], None  # beside: code whose comment was left out
    code = TEXT.sub(lambda found: found[1 + LANGUAGES.index(language)], code)
    code = re.sub(r"(?<=\()f?''\n\s*(?=f?')", '', code)  # left of a | at a line's end
    for line in code.splitlines():
        match = re.match(r'(.*?)#\[(en|zh)\] ?(.*)', line)
        before, marked, text = match.groups() if match else (line, None, None)
        if marked not in (None, language):
            beside = before.rstrip() or None
            if beside:
                lines.append(beside)
            continue
        if marked and beside and not before.strip():
            indent = beside[:len(beside) - len(beside.lstrip())]
            lines[-1:] = ([f'{beside}  # {text}'] if width(f'{beside}  # {text}') <= LONGEST_LINE
                          else [f'{indent}# {text}', beside])
        else:
            lines.append(f'{before}# {text}'.rstrip() if marked else line)
        beside = None
    return '\n'.join(lines)


def width(text):
    """Columns on the screen: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


def without_marks(code):
    return '\n'.join(line for line in code.splitlines() if line.strip() not in (BEGIN, END))


def without_solutions(code, language):
    """Each solution region becomes a stub that raises NotImplementedError."""
    lines, inside = [], False
    for line in code.splitlines():
        if line.strip() == BEGIN:
            inside = True
            indent = line[:len(line) - len(line.lstrip())]
            lines += [f'{indent}{STUB[language]}', f'{indent}raise NotImplementedError']
        elif line.strip() == END:
            inside = False
        elif not inside:
            lines.append(line)
    return '\n'.join(lines)


def stamp(text, lab, language, student):
    install = launch.install()
    values = {'setup': install + SETUP, 'language': language, 'lab': lab,
              'missing': MISSING[language] + launch.KAGGLE[language] * bool(install)}
    for name, value in values.items():
        text = text.replace('{{' + name + '}}', value)
    return text.replace('{{badges}}', launch.badges(lab, language, student)).strip('\n')


def with_pictures(text, lab, language):
    """Each picture inside the text, where it is seen offline, untrusted and in a copy too."""
    # JupyterLab shows no SVG attachment, markdown-it no SVG in a data URL but that of an <img>.
    return re.sub(r'!\[([^]]*)\]\((figures/[^)]*)\)', lambda found: (
        f'<img alt="{html.escape(found[1])}" src="data:image/svg+xml;base64,'
        f'{base64.b64encode(picture(found[2], lab, language)).decode()}">'), text)


def picture(name, lab, language):
    """An SVG with the texts of one language; its file has each in English and then in Chinese."""
    try:
        root = ElementTree.parse(HERE / name).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise SourceError(f'{lab}: the picture {name} cannot be read: {error}') from error
    for parent in list(root.iter()):
        texts = [child for child in parent if child.get('class') in LANGUAGES]
        if [text.get('class') for text in texts] != [*LANGUAGES] * (len(texts) // 2):
            raise SourceError(f'{lab}: the picture {name} has a text in one language only, among '
                              f'{["".join(text.itertext()) for text in texts]}')
        for text in texts[1 - LANGUAGES.index(language)::2]:  # those of the other language
            parent.remove(text)
    return ElementTree.tostring(root, 'unicode').encode()


# ---- what can be wrong with a source --------------------------------------------------------

def check_languages(cells, lab):
    """Every text in both languages, side by side, with the same headings."""
    for is_markdown, group in groupby(cells, key=lambda cell: cell.cell_type == 'markdown'):
        group = list(group)
        if is_markdown:
            check_prose(group, lab)
        else:
            for cell in group:
                check_comments(cell.source, lab)
                check_solution(cell, lab)


def check_prose(group, lab):
    for cell in group:
        if cell.metadata.get('lang') not in LANGUAGES:
            raise SourceError(f'{lab}: a text is not marked with its language, '
                              f'+++ {{"lang": "en"}}: {cell.source[:60]!r}')
    if len(group) % 2:
        raise SourceError(f'{lab}: a text is there in one language only, '
                          f'near {group[-1].source[:60]!r}')
    for first, second in zip(group[::2], group[1::2], strict=True):
        if (first.metadata['lang'], second.metadata['lang']) != LANGUAGES:
            raise SourceError(f'{lab}: a text is not there in English and then in Chinese: '
                              f'{first.source[:60]!r}')
        if headings(first.source) != headings(second.source):
            raise SourceError(f'{lab}: the languages have other headings: {first.source[:60]!r}')
        if found := [bold for bold in re.findall(r'\*\*([^*\n]+)\*\*(?=\w)', second.source)
                     if bold[-1] in '。，：；！？']:
            raise SourceError(f'{lab}: Markdown shows the stars of **{found[0]}**: put the '
                              'punctuation behind them')
        for text in (first.source, second.source):
            if ':::' in BLOCK.sub('', text):
                raise SourceError(f'{lab}: a ::: is not that of a :::{{answer}} or :::{{fold}} '
                                  f'and its end: {text[:60]!r}')
        if [b[1] for b in BLOCK.finditer(first.source)] != [
                b[1] for b in BLOCK.finditer(second.source)]:
            raise SourceError(f'{lab}: the languages have other answers and folded texts: '
                              f'{first.source[:60]!r}')


def headings(text):
    return re.findall(r'^#+(?= )', text, re.MULTILINE)


def check_comments(code, lab):
    """A cell with comments has them in both languages."""
    counts = [len(re.findall(rf'#\[{language}\]', code)) for language in LANGUAGES]
    if (counts[0] > 0) != (counts[1] > 0):
        raise SourceError(f'{lab}: a cell has comments in one language only: {code[:60]!r}')


def check_solution(cell, lab):
    """An exercise has solutions between marks, in order; other cells have no marks."""
    marks = [line.strip() for line in cell.source.splitlines() if 'SOLUTION' in line]
    if marks != [BEGIN, END] * (len(marks) // 2):
        raise SourceError(f'{lab}: the marks of a solution are not {BEGIN!r} and then {END!r}: '
                          f'{cell.source[:60]!r}')
    if ('checks' in cell.metadata) != ('points' in cell.metadata):
        raise SourceError(f'{lab}: a cell has only one of :checks: and :points:: '
                          f'{cell.source[:60]!r}')
    if bool(marks) != ('exercise' in cell.metadata or 'practice' in cell.metadata):
        raise SourceError(f'{lab}: a cell has :exercise: or a solution, but not both: '
                          f'{cell.source[:60]!r}')


def said(line):
    """A line of code without its comment and indentation."""
    return re.sub(r'(^|\s)#.*', '', line).strip()


def solution_lines(code):
    """The lines of a solution that say something, stripped."""
    inside, lines = False, set()
    for line in code.splitlines():
        if line.strip() in (BEGIN, END):
            inside = line.strip() == BEGIN
        elif inside and len(said(line)) > 12:
            lines.add(said(line))
    return lines


def sentences(text):
    """The sentences of an answer, without very short ones."""
    return {sentence for part in re.split(r'(?<=[.?!]) |[。？！]|\n+', text)
            if len(re.findall('[a-z]', sentence := part.strip())) > 20
            or len(re.findall('[\u4e00-\u9fff]', sentence)) > 7}


def check_no_leak(cells, student, lab):
    """No line of a solution and no sentence of an answer stands in the student edition."""
    answers = ''.join(block[3] for cell in cells if cell.cell_type == 'markdown'
                      for block in BLOCK.finditer(cell.source) if block[1] == 'answer')
    shown = '\n'.join(cell.source for cell in student.cells)
    for sentence in sentences(answers):
        if sentence in shown:
            raise SourceError(f'{lab}: the student edition gives away the answer {sentence!r}')
    secret = set().union(*(solution_lines(cell.source) for cell in cells))
    for cell in student.cells:
        for line in cell.source.splitlines():
            if said(line) in secret or line.strip() in (BEGIN, END):
                raise SourceError(f'{lab}: the student edition gives away {line.strip()!r} '
                                  f'in cell {cell.id}')


# ---- outputs --------------------------------------------------------------------------------

def execute(content, lab):
    """Run all cells in an empty folder; small outputs, nothing that differs without need."""
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {'TQDM_DISABLE': '1'}
        NotebookClient(content, timeout=600, kernel_name='python3',
                       store_widget_state=False,
                       resources={'metadata': {'path': folder}}).execute()
    content.metadata['language_info'] = LANGUAGE_INFO
    for cell in content.cells:
        cell.metadata.pop('execution', None)
        for output in cell.get('outputs', []):
            output.get('data', {}).pop(ALIVE, None)  # its kernel is gone: the picture stays
            size = len(json.dumps(output))
            if size > LARGEST_OUTPUT:
                raise SourceError(f'{lab}: the output of cell {cell.id} has {size} bytes')


def outputs_of(path):
    """The stored notebook if its outputs are there, else None."""
    if not path.exists():
        return None
    stored = nbformat.read(path, as_version=4)
    code = [cell for cell in stored.cells if cell.cell_type == 'code']
    return stored if all(cell.execution_count for cell in code) else None


def with_stored_outputs(content, path):
    """Put the stored outputs into a new build if the code is the same; whether it is."""
    stored = outputs_of(path)
    wanted = content.metadata['nndl']['code_sha256']
    if stored is None or stored.metadata.nndl.code_sha256 != wanted:
        return False
    kept = [cell for cell in stored.cells if cell.cell_type == 'code']
    for cell, old in zip((c for c in content.cells if c.cell_type == 'code'), kept, strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    return True


# ---- the command ----------------------------------------------------------------------------

def sources(numbers=()):
    found = sorted((HERE / 'source').glob('[0-9][0-9]_*.md'))
    if unknown := sorted(set(numbers) - {path.name[:2] for path in found}):
        raise SourceError(f'there is no lab {", ".join(unknown)}: the labs are '
                          f'{", ".join(path.name[:2] for path in found)}')
    return [path for path in found if not numbers or path.name[:2] in numbers]


def build(source):
    """Write the editions of one lab that have changed."""
    for folder, content in editions(source).items():
        path = HERE / folder / f'{source.stem}.ipynb'
        if not folder.startswith('student') and not with_stored_outputs(content, path):
            print(f'executing {folder}/{source.stem}', flush=True)
            execute(content, source.stem)
        write(content, path)


def write(content, path):
    write_text(as_text(content), path)


def write_text(text, path):
    if not path.exists() or path.read_text(encoding='utf-8') != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix('.part')
        part.write_text(text, encoding='utf-8')
        part.replace(path)


def as_text(content):
    nbformat.validate(content)
    return nbformat.writes(content, version=4) + '\n'


def drift(source):
    """What is not as the source gives it, as messages."""
    for folder, content in editions(source).items():
        path = HERE / folder / f'{source.stem}.ipynb'
        where = f'{folder}/{path.name}'
        if not path.exists():
            yield f'{where} is missing'
        elif not folder.startswith('student') and not with_stored_outputs(content, path):
            yield f'{where} was not executed with the code of its source'
        elif path.read_text(encoding='utf-8') != as_text(content):
            yield f'{where} differs from its source'


def readmes():
    """{path: text with the table of labs as it should be}."""
    return {path: launch.with_table(path.read_text(encoding='utf-8'),
                                    launch.lab_table(sources(), language))
            for language, name in launch.READMES.items()
            if (path := HERE.parent / name).exists()}


def strays():
    """Notebooks without a source."""
    known = {path.stem for path in sources()}
    for folder in ('en', 'zh', 'student/en', 'student/zh'):
        for path in sorted((HERE / folder).glob('*.ipynb')):
            if path.stem not in known:
                yield f'{folder}/{path.name} has no source'


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('labs', nargs='*', metavar='NN', help='numbers of labs; default: all')
    parser.add_argument('--check', action='store_true', help='change nothing, fail on drift')
    parser.add_argument('--set-repository', action='store_true', help='first write OWNER/REPO of '
                        "git's origin into pyproject.toml, for the links to Binder and Colab")
    options = parser.parse_args(arguments)
    try:
        if options.set_repository:
            print(f'the labs are launched from {launch.set_repository()}')
        chosen = sources(options.labs)
        if not options.check:
            readmes()  # a source that says no time is found before all are executed
            for source in chosen:
                build(source)
            for path, text in readmes().items():
                write_text(text, path)
            return 0
        faults = [*(fault for source in chosen for fault in drift(source)), *strays(),
                  *(f'the table of labs in {path.name} is not up to date'
                    for path, text in readmes().items()
                    if path.read_text(encoding='utf-8') != text)]
    except SourceError as error:
        faults = [str(error)]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        print('mend the source, then run: python notebooks/build.py', file=sys.stderr)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
