"""python -m nndl doctor: the packages, the device and the digits that the kit needs."""

import os
import re
import sys
import tomllib
import warnings
from importlib import metadata
from pathlib import Path

from nndl.lab.imports import import_faults
from nndl.lab.language import chosen_language

__all__ = ['examine', 'requirements']

DISTRIBUTION = 'nndl-resnet-lab'
SAYS = {
    'healthy': {'en': 'Everything that the kit needs is there.', 'zh': '实验包需要的东西都齐了。'},
    'ill': {'en': 'The kit cannot work here:', 'zh': '实验包在这里还不能用：'},
    'missing': {'en': 'missing', 'zh': '没有安装'},
    'incomplete': {'en': 'The library works; for the labs install as well: python -m pip install '
                         '{names}',
                   'zh': '库可以使用；要做实验，还需安装：python -m pip install {names}'},
    'no_device': {'en': 'nothing can be computed ({error}): python -m pip install '
                        '--force-reinstall torch torchvision',
                  'zh': '无法进行计算（{error}）：请重新安装，'
                        'python -m pip install --force-reinstall torch torchvision'},
    'device': {'en': 'device', 'zh': '计算设备'},
    'threads': {'en': 'threads', 'zh': '线程数'},
    'of_cores': {'en': '{threads}; this process may use {allowed} of {cores} logical cores',
                 'zh': '{threads}（共 {cores} 个逻辑核，本进程可用 {allowed} 个）'},
    'digits': {'en': 'digits', 'zh': '手写数字'},
    'whole': {'en': '{n} in {file}, sha256 as expected',
              'zh': '{file} 中有 {n} 个，sha256 校验无误'},
}


def examine(say=print):
    """Report in the chosen language; returns 1 if the kit cannot work here, else 0."""
    packages = requirements()
    versions = {name: _version(name) for name in (*packages[None], *packages['labs'])}
    say(_row('Python', sys.version.split()[0]))
    faults = _packages(say, versions, packages[None]) or [*_torch(say), *_digits(say)]
    if faults:
        say('\n  - '.join(['\n' + _words('ill'), *faults]))
        return 1
    missing = ' '.join(name for name, version in versions.items() if not version)
    say('\n' + (_words('incomplete', names=missing) if missing else _words('healthy')))
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
        name, extra = re.match(r'([\w.-]+)(?:.*extra == [\'"](\w+))?', line).groups()
        found.setdefault(extra, []).append(name)
    return found


def _packages(say, versions, needed):
    """Say which packages are there; returns what is wrong with them."""
    for name, version in versions.items():
        say(_row(name, version or _words('missing')))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return import_faults([name for name, version in versions.items()
                              if version or name in needed])


def _torch(say):
    from nndl.device import choose_device
    from nndl.lab.threads import allowed_threads, choose_threads

    try:
        say(_row(_words('device'), choose_device('auto')))
    except ValueError as error:  # as NNDL_DEVICE says
        yield str(error)
    except Exception as error:  # whatever is broken in it, the remedy is the same
        yield _words('no_device', error=error)
    say(_row(_words('threads'), _words('of_cores', threads=choose_threads(),
                                       allowed=allowed_threads(), cores=os.cpu_count())))


def _digits(say):
    from nndl.sources import DIGITS, DataError, bundled_digits

    try:
        n = len(bundled_digits()[1])
        say(_row(_words('digits'), _words('whole', n=n, file=DIGITS)))
    except DataError as error:
        yield str(error)


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
