"""Why packages that the kit needs cannot be imported."""

import sys
from importlib import import_module
from pathlib import Path

from nndl.lab.language import chosen_language

__all__ = ['import_faults']

MODULES = {'pillow': 'PIL'}  # where the distribution has another name
SAYS = {
    'taken': {'en': '{file} was imported in place of the module {name} of Python or of a package: '
                    'rename this file (for an __init__.py its folder), then restart the kernel or '
                    'run the command again.',
              'zh': '导入模块 {name} 时，导入的是 {file}，而不是 Python 或软件包自带的模块：'
                    '请将该文件改名（若是 __init__.py，则将其所在的文件夹改名），'
                    '然后重启内核或重新运行命令。'},
    'broken': {'en': '{name} cannot be imported ({error}). Install it again, with JupyterLab shut '
                     'down: python -m pip install --force-reinstall --no-deps {remedy}',
               'zh': '{name} 无法导入（{error}）。请关闭 JupyterLab 后重新安装：'
                     'python -m pip install --force-reinstall --no-deps {remedy}'},
    'dll': {'en': '. If that does not help, install the Microsoft Visual C++ Redistributable (x64)',
            'zh': '。若仍不行，请安装 Microsoft Visual C++ Redistributable（x64）'},
    'missing': {'en': '{name} is missing: python -m pip install {name} (with --force-reinstall '
                      '--no-deps if pip says that it is there)',
                'zh': '没有安装 {name}：请运行 python -m pip install {name}'
                      '（如果 pip 说已经装过，请加上 --force-reinstall --no-deps）'},
}


def import_faults(distributions):
    """Sentences in the chosen language on the packages that cannot be imported.

    A file in the working directory that was imported in place of a module of Python or of one
    of these packages is the cause of whatever fails; nothing else is said then.
    """
    modules = {name: MODULES.get(name, name.replace('-', '_')) for name in distributions}
    faults = []
    for name, module in modules.items():
        faults += _faults(name, module)
        if taken := [*_files_taken({*modules.values(), *sys.stdlib_module_names})]:
            return taken  # before an import on top of it ends the process
    return faults


def _faults(name, module):
    try:
        if import_module(module).__spec__.origin is None:  # a folder without code
            raise ModuleNotFoundError(name=module)
    except ModuleNotFoundError as error:  # the package itself, or one that it needs
        missing = {module: name, 'distutils': 'setuptools'}.get(error.name, error.name)
        return [_say('missing', name=missing)]
    except Exception as error:  # a broken package raises errors of any type
        said = f'{type(error).__name__}: {error}'.partition('\n')[0]
        # torchvision fails where it does not fit its torch: both are installed anew.
        remedy = 'torch torchvision' if name in ('torch', 'torchvision') else name
        dll = _say('dll') if sys.platform == 'win32' and 'DLL' in said else ''
        return [_say('broken', name=name, error=said, remedy=remedy) + dll]
    return []


def _files_taken(names):
    """On each of these modules that was imported from the working directory."""
    for name, module in sorted(sys.modules.items()):
        if name in names and (place := getattr(module, '__file__', None)):
            file = Path(place)
            folder = file.parent.parent if file.name == '__init__.py' else file.parent
            if folder == Path.cwd() and file.parent != Path(__file__).parents[1]:
                yield _say('taken', file=file, name=name)


def _say(what, **details):
    return SAYS[what][chosen_language()].format(**details)
