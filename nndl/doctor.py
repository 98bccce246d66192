"""python -m nndl doctor: what is there, what is missing, and how to get it."""

import importlib.util
import os
import sys
from importlib.metadata import PackageNotFoundError, version

from nndl.language import chosen_language

__all__ = ['examine']

NEEDED_PYTHON = 3, 11
NEEDED = 'torch', 'numpy', 'tqdm', 'pillow', 'scipy', 'matplotlib'
GRADING = {'en': 'grading', 'zh': '评分'}
BUILDING = {'en': 'building the labs from their sources', 'zh': '由源文件生成各个实验'}
OPTIONAL = {
    'torchvision': {'en': 'labs 05 and 06, and the full MNIST',
                    'zh': '实验 05、06，以及完整的 MNIST'},
    'torchinfo': {'en': 'the second counter of lab 02', 'zh': '实验 02 的第二种计数'},
    'thop': {'en': 'the third counter of lab 02', 'zh': '实验 02 的第三种计数'},
    'jupyterlab': {'en': 'make lab', 'zh': 'make lab'},
    'ipywidgets': {'en': 'progress bars and interactive parts in notebooks',
                   'zh': '笔记本里的进度条和交互部分'},
    'anywidget': {'en': 'the interactive parts of labs 03 to 07',
                  'zh': '实验 03 到 07 的交互部分'},
    'nbval': {'en': 'running the labs as tests, and grading', 'zh': '把实验当作测试运行，以及评分'},
    'jupyter_client': GRADING,
    'jinja2': GRADING,
    'psutil': GRADING,
    'jupytext': BUILDING,
    'nbclient': BUILDING,
    'joblib': {'en': 'many runs side by side', 'zh': '同时进行多次运行'},
    'distributed': {'en': 'many runs on a cluster', 'zh': '在集群上进行多次运行'},
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
    'optional': {'en': 'not there (optional: {purpose}; pip install {name})',
                 'zh': '没有安装（可选，用于{purpose}；安装：pip install {name}）'},
    'unknown': {'en': 'version unknown', 'zh': '版本不详'},
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
    """Say what is there, in the language that was set; 1 if the kit cannot work here, else 0."""
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


def _python(say):
    found = sys.version.split()[0]
    say(_row('Python', found))
    if sys.version_info < NEEDED_PYTHON:
        yield _words('old_python', needed='{}.{}'.format(*NEEDED_PYTHON), found=found)


def _packages(say):
    for name in NEEDED:
        found = _version(name)
        say(_row(name, found or _words('missing')))
        if not found:
            yield _words('install', name=name)
    for name, purpose in OPTIONAL.items():
        advice = _words('optional', purpose=purpose[chosen_language()], name=name)
        say(_row(name, _version(name) or advice))


def _torch(say):
    try:
        import torch

        from nndl.device import choose_device
        device = choose_device('auto')
        torch.ones(2, device=device).sum().item()
    except Exception as error:  # whatever is broken in it, the mend is the same
        yield _words('broken_torch', error=error)
        return
    say(_row(_words('device'), device))
    threads = _words('of_cores', threads=torch.get_num_threads(), cores=os.cpu_count())
    say(_row(_words('threads'), threads))


def _digits(say):
    from nndl.bundled import DIGITS
    from nndl.sources import DataError, bundled_digits

    try:
        _, labels = bundled_digits()
    except DataError as error:
        yield str(error)
        return
    say(_row(_words('digits'), _words('whole', n=len(labels), file=DIGITS)))


def _version(name):
    """Version of a package; None where it cannot be imported."""
    if importlib.util.find_spec('PIL' if name == 'pillow' else name) is None:
        return None
    try:
        return version(name)
    except PackageNotFoundError:
        return _words('unknown')


def _words(what, **details):
    return SAYS[what][chosen_language()].format(**details)


def _row(label, value):
    """In columns, unless the label is Chinese: in most fonts no column is then kept."""
    return f'{label:16s} {value}' if label.isascii() else f'{label}：{value}'
