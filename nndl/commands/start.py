"""python -m nndl start"""

import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from nndl.commands.arguments import Help, path
from nndl.lab.language import LANGUAGES

__all__ = ['add_to']

SAYS = {
    'en': {'copied': '{n} labs copied to {folder}; {kept} are there already and stay unchanged.',
           'open': 'JupyterLab opens now. To end it, save your work and press Ctrl-C here.',
           'missing': 'JupyterLab is missing: install the kit again with [labs], as its README '
                      'says, then run this command again.',
           'cannot': 'The labs cannot be copied to {folder} ({error}). Name a folder of your own: '
                     'python -m nndl start FOLDER'},
    'zh': {'copied': '已将 {n} 个实验复制到 {folder}；另有 {kept} 个原来就在那里，保持不变。',
           'open': '正在打开 JupyterLab。要结束时请先保存，再在本窗口按 Ctrl-C。',
           'missing': '没有安装 JupyterLab：请按 README 的说明连同 [labs] 重新安装实验包，'
                      '然后再运行同一条命令。',
           'cannot': '无法将实验复制到 {folder}（{error}）。请另外指定一个自己的文件夹：'
                     'python -m nndl start 文件夹 --lang zh'},
}


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        'start', help='for students: copy the labs into a folder and open JupyterLab there',
        formatter_class=Help)
    parser.add_argument('folder', nargs='?', type=path, help='by default nndl-labs-en or -zh, '
                        'in the working directory; what is there is not overwritten')
    parser.add_argument('--lang', choices=LANGUAGES, default='en', help='language of the labs')
    parser.add_argument('--no-browser', action='store_true', help='only copy the labs')
    parser.set_defaults(command=start)


def start(options):
    """Copy the labs and open the first one; returns the exit code."""
    says, folder = SAYS[options.lang], options.folder or Path(f'nndl-labs-{options.lang}')
    try:
        names, kept = _copy(options.lang, folder)
    except OSError as error:
        print(says['cannot'].format(folder=folder.absolute(), error=error), file=sys.stderr)
        return 1
    print(says['copied'].format(n=len(names) - kept, folder=folder.resolve(), kept=kept))
    if options.no_browser:
        return 0
    if find_spec('jupyterlab') is None:
        print(says['missing'], file=sys.stderr)
        return 1
    print(says['open'], flush=True)
    # -P: not the modules of the student's folder, which may have a random.py
    with subprocess.Popen([sys.executable, '-P', '-m', 'jupyterlab', names[0]], cwd=folder) as lab:
        while True:
            with suppress(KeyboardInterrupt):  # JupyterLab gets it too, and asks before it ends
                return lab.wait()


def _copy(language, folder):
    """(names of the labs, how many of them were in the folder already)."""
    from nndl.files import write_whole
    from nndl.sources import bundled_path

    labs = sorted((bundled_path('labs') / language).glob('*.ipynb'))
    if not labs:
        raise FileNotFoundError(f'there are no labs in {bundled_path("labs")}: install the kit '
                                'again')
    new = [lab for lab in labs if not (folder / lab.name).exists()]
    for lab in new:
        write_whole(folder / lab.name, lambda file, lab=lab: file.write(lab.read_bytes()))
    return [lab.name for lab in labs], len(labs) - len(new)
