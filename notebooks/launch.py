"""Where a lab can be opened: links, badges, and the table of labs in the READMEs.

OWNER/REPO stands in one place, ``[tool.nndl] repository`` in pyproject.toml. While it is empty
there is no address to launch from, and only links within the repository are shown.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READMES = {'en': 'README.md', 'zh': 'README.zh-CN.md'}
MARKS = '<!-- labs: made by notebooks/build.py -->', '<!-- end of labs -->'
WORDS = {
    'en': ('lab', 'minutes', 'for students', 'complete', 'English', 'Chinese'),
    'zh': ('实验', '分钟', '学生版', '完整版', '英文', '中文'),
}


class SourceError(Exception):
    """A lab's source, or a README, is not what it should be."""


def project_repository():
    """OWNER/REPO, or '' while it is not set."""
    return tomllib.loads((ROOT / 'pyproject.toml').read_text())['tool']['nndl']['repository']


def notebook_path(lab, language, student):
    return f'notebooks/{"student/" if student else ""}{language}/{lab}.ipynb'


def badges(lab, language, student):
    """Binder and Colab badges; nothing while the repository is not set."""
    links = launch_links(lab, language, student)
    images = {'Binder': 'https://mybinder.org/badge_logo.svg',
              'Colab': 'https://colab.research.google.com/assets/colab-badge.svg'}
    return ' '.join(f'[![{name}]({images[name]})]({link})' for name, link in links.items())


def launch_links(lab, language, student):
    repository, path = project_repository(), notebook_path(lab, language, student)
    if not repository:
        return {}
    return {
        'Binder': (f'https://mybinder.org/v2/gh/{repository}/main'
                   f'?labpath={path.replace("/", "%2F")}'),
        'Colab': f'https://colab.research.google.com/github/{repository}/blob/main/{path}',
    }


def lab_table(sources, language):
    """A Markdown table: each lab with minutes, languages, editions and links."""
    lab_word, minutes_word, student, complete, english, chinese = WORDS[language]
    lines = [f'| {lab_word} | {minutes_word} | {student} | {complete} |', '|---|---|---|---|']
    for source in sources:
        text = source.read_text(encoding='utf-8')
        cells = [f'{cell_links(source.stem, "en", edition, english)} · '
                 f'{cell_links(source.stem, "zh", edition, chinese)}' for edition in (True, False)]
        lines.append(f'| {title(text, language)} | {minutes(text)} | {" | ".join(cells)} |')
    return '\n'.join(lines)


def cell_links(lab, language, student, word):
    links = launch_links(lab, language, student)
    launch = ''.join(f' [{name}]({link})' for name, link in links.items())
    return f'[{word}]({notebook_path(lab, language, student)}){launch}'


def title(text, language):
    """The lab's heading in one language."""
    headings = re.findall(r'^# (.+)$', prose(text), re.MULTILINE)
    if len(headings) != 2:
        raise SourceError('a lab has one heading in each language (# Lab ..., # 实验 ...), '
                          f'and not {headings}')
    return headings[language == 'zh']


def minutes(text):
    found = re.search(r'\*\*Time:\*\* about (\d+) minutes', text)
    if found is None:
        raise SourceError('a lab says how long it takes, in an English text: '
                         f'**Time:** about 30 minutes. Missing after {title(text, "en")!r}')
    return found.group(1)


def prose(text):
    """The source without its code cells, in which # begins a comment."""
    return re.sub(r'^```\{code-cell\}.*?^```$', '', text, flags=re.MULTILINE | re.DOTALL)


def with_table(readme, table):
    """The README's text with the table between its marks."""
    if not 0 <= readme.find(MARKS[0]) < readme.find(MARKS[1]):
        raise SourceError(f'the README has no place for the table of labs: {MARKS[0]} and then '
                         f'{MARKS[1]}')
    before, _, rest = readme.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f'{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}'
