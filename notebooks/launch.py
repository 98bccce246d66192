"""Where a lab can be opened: links, badges, and the table of labs in the READMEs.

OWNER/REPO stands in one place, ``[tool.nndl] repository`` in pyproject.toml, where
``build.py --set-repository`` writes it. While it is empty there is no address to launch from, and
only links within the repository are shown. ``hub`` there is the address of a JupyterHub with
nbgitpuller, for example https://hub.example.edu; without one there is no link to a hub.
"""

import re
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
READMES = {'en': 'README.md', 'zh': 'README.zh-CN.md'}
MARKS = '<!-- labs: made by notebooks/build.py -->', '<!-- end of labs -->'
WORDS = {
    'en': ('lab', 'minutes', 'core', 'for students', 'complete', 'English', 'Chinese'),
    'zh': ('实验', '分钟', '必做', '学生版', '完整版', '英文', '中文'),
}


class SourceError(Exception):
    """A lab's source, or a README, is not what it should be."""


KAGGLE = {'en': ' On Kaggle turn the internet on first.', 'zh': '在 Kaggle 上请先打开网络。'}


def settings():
    """{'repository': OWNER/REPO, 'hub': address}, each '' while it is not set."""
    return tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['tool']['nndl']


def set_repository():
    """Write OWNER/REPO of the checkout's ``origin`` into pyproject.toml.

    Raises:
        SourceError: if there is no origin on GitHub.
    """
    done = subprocess.run(['git', 'remote', 'get-url', 'origin'], cwd=ROOT, text=True,
                          capture_output=True, check=False)
    found = re.search(r'github\.com[:/]([\w.-]+/[\w.-]+?)(\.git)?/?$', done.stdout.strip())
    if found is None:
        raise SourceError(f'origin is {done.stdout.strip()!r}, not a repository on GitHub: '
                          'git remote add origin https://github.com/OWNER/REPO')
    path = ROOT / 'pyproject.toml'
    text = re.sub(r'^repository = "[^"]*"', f'repository = "{found[1]}"',
                  path.read_text(encoding='utf-8'), flags=re.MULTILINE)
    path.write_text(text, encoding='utf-8')
    return found[1]


def install():
    """The line that installs the kit where it is missing and leaves torch alone; '' if not set."""
    if not (repository := settings()['repository']):
        return ''
    packages = f'torchinfo thop anywidget psygnal git+https://github.com/{repository}'
    return ("from importlib.util import find_spec; find_spec('nndl') or get_ipython()"
            f".run_line_magic('pip', 'install -qqq --no-deps {packages}')\n")


def notebook_path(lab, language, student):
    return f'notebooks/{"student/" if student else ""}{language}/{lab}.ipynb'


def badges(lab, language, student):
    """Badges with links; nothing while the repository is not set."""
    links = launch_links(lab, language, student)
    images = {'Binder': 'https://mybinder.org/badge_logo.svg',
              'Colab': 'https://colab.research.google.com/assets/colab-badge.svg',
              'JupyterHub': 'https://img.shields.io/badge/launch-JupyterHub-orange'}
    return ' '.join(f'[![{name}]({images[name]})]({link})' for name, link in links.items())


def launch_links(lab, language, student):
    repository, path = settings()['repository'], notebook_path(lab, language, student)
    if not repository:
        return {}
    links = {
        'Binder': f'https://mybinder.org/v2/gh/{repository}/main?labpath={quote(path, safe="")}',
        'Colab': f'https://colab.research.google.com/github/{repository}/blob/main/{path}',
    }
    if hub := settings()['hub'].rstrip('/'):
        source = quote(f'https://github.com/{repository}', safe='')
        place = quote(f'lab/tree/{repository.partition("/")[2]}/{path}', safe='')
        links['JupyterHub'] = (f'{hub}/hub/user-redirect/git-pull?repo={source}&branch=main'
                               f'&urlpath={place}')
    return links


def lab_table(sources, language):
    """A Markdown table: each lab with minutes, languages, editions and links."""
    *header, english, chinese = WORDS[language]
    lines = [f'| {" | ".join(header)} |', '|---' * len(header) + '|']
    for source in sources:
        text = source.read_text(encoding='utf-8')
        cells = [f'{cell_links(source.stem, "en", edition, english)} · '
                 f'{cell_links(source.stem, "zh", edition, chinese)}' for edition in (True, False)]
        lines.append('| ' + ' | '.join([title(text, language), minutes(text), core_minutes(text),
                                        *cells]) + ' |')
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


def core_minutes(text):
    """Of a lab whose English text says **Core:** ... about 30 minutes; '–' if it is optional."""
    found = re.search(r'\*\*Core:\*\*.*?(?:about (\d+) minutes|\n\n)', text, re.DOTALL)
    return (found and found[1]) or '–'


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
