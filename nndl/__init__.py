"""Course lab kit: ResNet18 on handwritten digits, after *Neural Networks and Deep Learning* 5.4.

The names that the labs import stand here, each with the file it comes from. They are loaded when
first used, so that ``import nndl`` is quick and ``python -m nndl doctor`` works where torch is
missing.
"""

from importlib import import_module

__version__ = '0.1.0'

_HOME = {
    'Accuracy': 'metric',
    'Conv2D': 'lenet',
    'MNIST_dataset': 'data',
    'Model_LeNet': 'lenet',
    'Model_ResNet18': 'resnet',
    'Pool2D': 'lenet',
    'ResBlock': 'resnet',
    'RunnerV3': 'runner',
    'Torch_LeNet': 'lenet',
    'copy_initial_tensors': 'resnet',
    'from_torchvision': 'weights',
    'load_mnist': 'data',
    'make_first_module': 'resnet',
    'make_modules': 'resnet',
    'plot_training_loss_acc': 'plot',
    'resnet_module': 'resnet',
    'skip_dead_taps': 'fast',
    'to_torchvision': 'weights',
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f'nndl has no {name!r}; it has {", ".join(__all__)}')
    value = getattr(import_module(f'nndl.{_HOME[name]}'), name)
    globals()[name] = value
    return value


def __dir__():
    return [*globals(), *__all__]
