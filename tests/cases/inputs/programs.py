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
