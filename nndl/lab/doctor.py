"""python -m nndl doctor: the packages, the device and the digits that the kit needs."""

import os
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from nndl.lab.language import chosen_language

__all__ = ['examine', 'requirements']

DISTRIBUTION = 'nndl-resnet-lab'
NEEDED_PYTHON = 3, 11
PURPOSES = {
    'labs': {'en': 'the labs', 'zh': '各个实验'},
    'grading': {'en': 'grading', 'zh': '评分'},
    'dask': {'en': 'many runs on a cluster', 'zh': '在集群上进行多次运行'},
}
SAYS = {
    'healthy': {'en': 'Everything that the kit needs is there.', 'zh': '实验包需要的东西都齐了。'},
    'ill': {'en': 'The kit cannot work here:', 'zh': '实验包在这里还不能用：'},
    'old_python': {
        'en': 'Python {needed} or newer is needed, this is {found}: make a new .venv with a newer '
              'Python',
        'zh': '需要 Python {needed} 或更新的版本，这里是 {found}：'
              '请用新版本的 Python 重新建立 .venv',
    },
    'missing': {'en': 'missing', 'zh': '没有安装'},
    'install': {'en': '{name} is missing: pip install -r requirements.txt',
                'zh': '没有安装 {name}：请运行 pip install -r requirements.txt'},
    'optional': {'en': 'not installed (optional, for {purpose}: pip install {name})',
                 'zh': '没有安装（可选，用于{purpose}；安装：pip install {name}）'},
    'broken_torch': {
        'en': 'torch does not work ({error}): install it again, pip install --force-reinstall '
              'torch',
        'zh': 'torch 不能正常工作（{error}）：请重新安装，pip install --force-reinstall torch',
    },
    'device': {'en': 'device', 'zh': '计算设备'},
    'threads': {'en': 'threads', 'zh': '线程数'},
    'of_cores': {'en': '{threads} of {cores} cores', 'zh': '{threads}（共 {cores} 个核）'},
    'digits': {'en': 'digits', 'zh': '手写数字'},
    'whole': {'en': '{n} in {file}, sha256 as expected',
              'zh': '{file} 中有 {n} 个，sha256 校验无误'},
}


def examine(say=print):
    """Report in the chosen language; returns 1 if the kit cannot work here, else 0."""
    faults = [*_python(say), *_packages(say)]
    if _version('torch'):
        faults += _torch(say)
    if _version('numpy'):
        faults += _digits(say)
    if faults:
        say('\n' + _words('ill'))
        for fault in faults:
            say(f'  - {fault}')
        return 1
    say('\n' + _words('healthy'))
    return 0


def requirements():
    """{extra, or None for what the kit always needs: [names of packages]}.

    As the installed package says; as pyproject.toml says in a checkout that is not installed.
    """
    try:
        lines = metadata.requires(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        path = Path(__file__).resolve().parents[2] / 'pyproject.toml'
        project = tomllib.loads(path.read_text(encoding='utf-8'))['project']
        lines = project['dependencies'] + [
            f'{line}; extra == "{extra}"'
            for extra, lines in project['optional-dependencies'].items() for line in lines]
    found = {}
    for line in lines:
        extra = re.search(r'extra == [\'"](\w+)', line)
        name = re.match(r'[\w.-]+', line).group()
        found.setdefault(extra and extra[1], []).append(name)
    return found


def _python(say):
    found = sys.version.split()[0]
    say(_row('Python', found))
    if sys.version_info < NEEDED_PYTHON:
        yield _words('old_python', needed='{}.{}'.format(*NEEDED_PYTHON), found=found)


def _packages(say):
    packages, told = requirements(), set()
    for name in packages[None]:
        found = _version(name)
        say(_row(name, found or _words('missing')))
        if not found:
            yield _words('install', name=name)
    for extra, purpose in PURPOSES.items():
        for name in packages[extra]:
            if name not in told:
                advice = _words('optional', purpose=purpose[chosen_language()], name=name)
                say(_row(name, _version(name) or advice))
                told.add(name)


def _torch(say):
    try:
        import torch

        from nndl.device import choose_device
        device = choose_device('auto')
        torch.ones(2, device=device).sum().item()
    except Exception as error:  # whatever is broken in it, the remedy is the same
        yield _words('broken_torch', error=error)
        return
    say(_row(_words('device'), device))
    threads = _words('of_cores', threads=torch.get_num_threads(), cores=os.cpu_count())
    say(_row(_words('threads'), threads))


def _digits(say):
    from nndl.sources import DIGITS, DataError, bundled_digits

    try:
        _, labels = bundled_digits()
    except DataError as error:
        yield str(error)
        return
    say(_row(_words('digits'), _words('whole', n=len(labels), file=DIGITS)))


def _version(name):
    """Version of an installed package, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _words(what, **details):
    return SAYS[what][chosen_language()].format(**details)


def _row(label, value):
    """In columns; without, if the label is Chinese, since few fonts keep them."""
    return f'{label:16s} {value}' if label.isascii() else f'{label}：{value}'
