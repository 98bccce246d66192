"""Course lab kit: ResNet18 on handwritten digits, after *Neural Networks and Deep Learning* 5.4."""

from nndl.data import MNIST_dataset, load_mnist
from nndl.fast import skip_dead_taps
from nndl.lenet import Conv2D, Model_LeNet, Pool2D, Torch_LeNet
from nndl.metric import Accuracy
from nndl.plot import plot_training_loss_acc
from nndl.resnet import (
    Model_ResNet18,
    ResBlock,
    copy_initial_tensors,
    make_first_module,
    make_modules,
    resnet_module,
)
from nndl.runner import RunnerV3

__all__ = [
    'Accuracy', 'Conv2D', 'MNIST_dataset', 'Model_LeNet', 'Model_ResNet18', 'Pool2D', 'ResBlock',
    'RunnerV3', 'Torch_LeNet', 'copy_initial_tensors', 'load_mnist', 'make_first_module',
    'make_modules', 'plot_training_loss_acc', 'resnet_module', 'skip_dead_taps',
]

__version__ = '0.1.0'
