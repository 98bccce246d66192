"""Programs that tests run in a process of their own."""

# Trains long enough for the progress bar to be seen.
TRAIN = """
import torch
from conftest import make_blobs
from nndl import Accuracy, RunnerV3
model = torch.nn.Linear(6, 3)
runner = RunnerV3(model, torch.optim.SGD(model.parameters(), lr=0.1),
                  torch.nn.functional.cross_entropy, Accuracy(), label='my digits')
runner.train(make_blobs(), make_blobs(), num_epochs=40, eval_steps=4, save_path='best')
"""

# Prints the heavy packages that all public names together have imported.
IMPORT = """
import sys
import nndl
for name in nndl.__all__:
    getattr(nndl, name)
print([name for name in ('torchvision', 'matplotlib', 'IPython', 'scipy', 'nbformat', 'PIL',
                         'torchinfo', 'thop') if name in sys.modules])
"""

# Imports all that students use, as where the modules of Linux and macOS are missing.
POSIX_ALONE = """
import sys
import IPython, anywidget, ipywidgets, joblib, matplotlib.figure, numpy, scipy.stats, torch
import torch.utils.data, torch.utils.flop_counter, torchvision, tqdm.auto
for name in 'fcntl', 'grp', 'posix', 'pty', 'pwd', 'resource', 'termios':
    sys.modules[name] = None
from pathlib import Path
import nndl
from nndl import __main__
for name in 'commands', 'lab', 'study', 'widgets', 'check', '.':
    for path in (Path(nndl.__file__).parent / name).glob('*.py'):
        if path.stem not in ('__init__', '__main__'):
            __import__('.'.join(filter(None, ('nndl', name.strip('.'), path.stem))))
for name in nndl.__all__:
    getattr(nndl, name)
"""

# The widgets where the package {package} is not installed: prints what each consists of.
WITHOUT_PACKAGE = """
import json, sys
sys.modules[{package!r}] = None
from nndl import Model_ResNet18, load_mnist, widgets
model, digits = Model_ResNet18(1), load_mnist(0, 0, 10)[2]
made = (widgets.DrawDigit({{'x': model}}, digits), widgets.LookInside(model, digits),
        widgets.WhereItErrs({{'x': model}}, digits))
bundles = {{type(each).__name__: each._repr_mimebundle_()[0] for each in made}}
print(json.dumps({{name: sorted(bundle) for name, bundle in bundles.items()}}))
"""

# A widget in what looks like Colab.
COLAB = """
import sys, types
asked = []
output = types.ModuleType('google.colab.output')
output.enable_custom_widget_manager = lambda: asked.append(True)
output._widgets = types.SimpleNamespace(
    _installed_url='https://colab.example/manager.js')
sys.modules |= {'google.colab': types.ModuleType('google.colab'), 'google.colab.output': output}
from nndl import Torch_LeNet, load_mnist, widgets
pad = widgets.DrawDigit({'LeNet-5': Torch_LeNet()}, load_mnist(0, 0, 10)[2])
data, metadata = pad._repr_mimebundle_()
print(asked, 'colab.example' in str(metadata), sorted(data)[1])
"""

# python -m nndl doctor where torch is not installed.
WITHOUT_TORCH = """
import runpy, sys
from importlib import metadata
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] == 'torch':
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
sys.meta_path.insert(0, Missing())
def version(name, real=metadata.version):
    if name == 'torch':
        raise metadata.PackageNotFoundError(name)
    return real(name)
metadata.version = version
sys.argv = ['nndl', 'doctor']
runpy.run_module('nndl', run_name='__main__')
"""

# Before a program: the import of {name} raises {error}.
MISSING = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise {error}
sys.meta_path.insert(0, Missing())
"""

# A cell in a kernel, whose IPython is ``shell``; the kit's errors as a notebook shows them.
SHOW = """
try:
    exec({code!r}, {{'get_ipython': lambda: shell}})
except Exception as error:  # as a notebook shows an error of the kit
    print(*error._render_traceback_(), sep='\\n')
"""

# Before a cell: the kit is not there; ``%pip`` brings it, if {installed}.
PIP = """
import sys
from importlib import util
from types import SimpleNamespace
kit, util.find_spec = {kit!r}, lambda name: None
sys.meta_path = [each for each in sys.meta_path if 'editable' not in str(each).lower()]
sys.path = [place for place in sys.path if place != kit]
def pip(name, line):
    assert (name, line) == ('pip', 'install -qqq --no-deps torchinfo thop anywidget psygnal '
                            'git+https://github.com/OWNER/REPO')
    sys.path += [kit] * {installed}
shell = SimpleNamespace(run_line_magic=pip)
"""

# Run in the kernel before the first cell and after each: processor seconds and peak memory so far.
METER = """
import json as _json, resource as _resource
def _note(result=None):
    used = _resource.getrusage(_resource.RUSAGE_SELF)
    with open({path!r}, 'a') as file:
        print(_json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1000]), file=file)
_note()
get_ipython().events.register('post_run_cell', _note)
"""

# In a browser: the parts of widgets that reach beyond their cell.
CUT_OFF = """() => [...document.querySelectorAll('.jp-OutputArea-output')].flatMap((output) => {
    const edge = output.getBoundingClientRect().right + 1;
    return [...output.querySelectorAll('.nndl *, .jupyter-widgets *')]
        .filter((part) => part.getBoundingClientRect().right > edge)
        .map((part) => `${part.tagName} ${part.className} ${part.textContent.slice(0, 40)}`);
})"""
