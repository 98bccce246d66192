"""Course lab kit: ResNet18 on handwritten digits, after *Neural Networks and Deep Learning* 5.4.

The names that the labs import are loaded when first used, so that ``import nndl`` is quick and
``python -m nndl doctor`` works where torch is missing.
"""

import sys
from importlib import import_module
from types import ModuleType

__version__ = '0.1.0'

_NAMES = {
    'data': ('MNIST_dataset', 'load_mnist'),
    'fast': ('skip_dead_taps',),
    'lenet': ('Conv2D', 'Model_LeNet', 'Pool2D', 'Torch_LeNet'),
    'metric': ('Accuracy',),
    'plot': ('plot_training_loss_acc',),
    'resnet': ('Model_ResNet18', 'ResBlock', 'make_first_module', 'make_modules', 'resnet_module'),
    'runner': ('RunnerV3',),
    'study.networks': ('copy_initial_tensors',),
    'weights': ('from_torchvision', 'to_torchvision'),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}
_MODULES = 'check', 'widgets'

__all__ = sorted(_HOME)


def __getattr__(name):
    if name in ('RunnerV1', 'RunnerV2'):
        raise ImportError(f"{name} is the textbook's earlier runner; here it is "
                          'RunnerV3(model, optimizer, loss_fn, metric)')
    if name in _MODULES or name in _NAMES:
        return import_module(f'nndl.{name}')
    if name not in _HOME:
        raise AttributeError(f'nndl has no {name!r}; it has {", ".join(__all__)}')
    value = getattr(import_module(f'nndl.{_HOME[name]}'), name)
    globals()[name] = value
    return value


def __dir__():
    return [*globals(), *__all__, *_MODULES]


class _Textbook(ModuleType):
    """A module of the textbook's library; it has all names of this package."""

    def __getattr__(self, name):
        return __getattr__(name)


for _name in ('op', 'tools'):
    globals()[_name] = sys.modules[f'nndl.{_name}'] = _Textbook(f'nndl.{_name}')
