"""Calls that are refused before anything is done, and what is said of them."""

import re

import build
import make_results
import numpy as np
import torch
import torch.nn.functional as F
from cases.inputs.digits import NO_DIGITS, WRONG_SIZES
from cases.inputs.runner import WRONG_MODELS, WRONG_PARTS, Recorder, net
from cases.inputs.weights import OTHERS
from cases.texts import sources
from conftest import make_blobs
from test_runner import make_runner
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader
from twins import ours_with, theirs_of

import nndl
from nndl import Model_ResNet18, ResBlock, Torch_LeNet, widgets
from nndl.data import MNIST_dataset, load_mnist
from nndl.explain import check_whole
from nndl.fast import skip_dead_taps
from nndl.files import CheckpointError, load_into
from nndl.lenet import Conv2D, Pool2D
from nndl.metric import Accuracy
from nndl.resnet import NUM_BLOCKS, resnet_module
from nndl.runner import RunnerV3
from nndl.sources import DataError, bundled_digits
from nndl.study.blocks import accuracy_without_blocks
from nndl.study.config import RunConfig
from nndl.study.gradients import block_gains, gradient_norms
from nndl.study.layers import compare_layers
from nndl.study.networks import copy_initial_tensors
from nndl.study.plot_pairs import plot_arms
from nndl.study.stored import stored_results
from nndl.study.sweep import ResultsError, sweep
from nndl.weights import WeightsError, from_torchvision, to_torchvision


def digits(n=1):
    return load_mnist(0, 0, n)[2]


def torchvisions(**more):
    """Their weights, and what else is in the file."""
    return theirs_of(18).state_dict() | more


def misspelt():
    return {key.replace('bn3', 'shorcutt'): value
            for key, value in from_torchvision(torchvisions()).items()}


def layers_compared(depth, their_depth):
    ours = Model_ResNet18(3, 1000, num_blocks=NUM_BLOCKS[depth]).eval()
    return compare_layers(ours, theirs_of(their_depth).eval(), torch.randn(1, 3, 32, 32))


def twins_copied(*arguments):
    return copy_initial_tensors(*(Model_ResNet18(channels, use_residual=use_residual)
                                  for channels, use_residual in arguments))


def head_replaced():
    model = nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 10))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    model[1] = nn.Linear(4, 3)
    return RunnerV3(model, optimizer, F.cross_entropy, None)


def runner_of(loss_fn, metric):
    model = net()
    return RunnerV3(model, torch.optim.SGD(model.parameters(), 0.1), loss_fn, metric)


def batch_of_one():
    model = Model_ResNet18(1)
    runner = RunnerV3(model, torch.optim.SGD(model.parameters(), lr=0.1), F.cross_entropy, None)
    runner.train([(torch.zeros(1, 1, 32, 32), torch.zeros(1, dtype=torch.long))], num_epochs=1)


def elsewhere(call):
    runner = make_runner()
    runner.model.to('meta')
    return call(runner)


BATCH = torch.randn(6, 3, 5, 4), torch.arange(6) % 4
EMPTY = make_blobs(n=4, batch_size=8, drop_last=True)
SAMPLES = DataLoader(make_blobs().dataset, batch_size=None)
ELSEWHERE = (r"the model is on meta \(parameter weight\), the runner on cpu: call "
             r"model.to\('cpu'\)")
NO_WHOLE_NUMBERS = 3.0, True, np.bool_(True), '3', None, 0, np.float64(3)

# {where: [(call, error, message)]}
REFUSED = {
    'nndl': [
        (lambda: nndl.Resnet, AttributeError, r"nndl has no 'Resnet'; it has Accuracy, "),
        (lambda: exec('from nndl import RunnerV2'), ImportError,
         "RunnerV2 is the textbook's earlier runner; here it is"),
        (lambda: exec('from nndl.op import RunnerV4'), ImportError,
         'cannot import name .RunnerV4.'),
        (lambda: nndl.nothing, AttributeError, "nndl has no 'nothing'"),
    ],
    'data': [(lambda given=given: load_mnist(**given), ValueError, message)
             for given, message in WRONG_SIZES],
    'sources': [
        (lambda: bundled_digits('nothing.npz'), DataError, 'nothing.npz cannot be read'),
        *((lambda part=part: MNIST_dataset(dataset=part), DataError,
           f"data set 'train': {message}") for part, message in NO_DIGITS),
    ],
    'explain': [
        *((lambda number=number: check_whole('n', number, least=1, of='x'), ValueError,
           re.escape(f'n is {number!r}: give a whole number of x, '))
          for number in NO_WHOLE_NUMBERS),
        *((lambda parts=parts: runner_of(*parts), ValueError, message)
          for parts, message in WRONG_PARTS),
        *((lambda parts=parts: RunnerV3(*parts, F.cross_entropy, None), ValueError, message)
          for *parts, message in WRONG_MODELS),
        (head_replaced, ValueError, 'create it after the model is complete'),
        (lambda: make_runner().train(SAMPLES, num_epochs=1), ValueError,
         r'inputs of shape \(6,\) .* labels of shape \(\) and'),
        *((lambda x=x: make_runner().predict(x), ValueError, 'inputs is a .*: give a tensor')
          for x in ([torch.zeros(1, 6)], np.zeros((1, 6)), make_blobs())),
    ],
    'fast': [
        (lambda: skip_dead_taps(nn.Conv2d(4, 4, 3))(torch.zeros(1, 4, 2, 2)), RuntimeError,
         'Kernel size'),
        (lambda: skip_dead_taps(nn.Conv2d(4, 4, 3))(torch.zeros(1, 3, 5, 5)), RuntimeError,
         'to have 4 channels'),
    ],
    'files': [(lambda content=content: load_into(nn.Linear(2, 2), content, 'x'),
               CheckpointError, message) for content, message in OTHERS],
    'lenet': [
        (lambda: Conv2D(1, 1, 5)(torch.zeros(1, 1, 4, 9)), ValueError,
         'window of 5x5 does not fit on a map of 4x9'),
        (lambda: Pool2D(mode='mean'), ValueError, "mode is 'mean': give 'max' or 'avg'"),
        (lambda: Pool2D((2, 10))(torch.randn(2, 3, 7, 9)), ValueError,
         'a window of 2x10 does not fit on a map of 7x9'),
    ],
    'metric': [
        (lambda shapes=shapes: Accuracy().update(torch.zeros(shapes[0]), torch.zeros(
            shapes[1], dtype=torch.long)), ValueError, 'outputs of shape .* and labels of shape')
        for shapes in (((4,), (4,)), ((4, 3), (5,)), ((4, 3), (4, 3)))],
    'resnet': [
        (lambda: resnet_module(64, 64, 0), ValueError, 'num_res_blocks is 0'),
        (lambda: Model_ResNet18(num_blocks=(2, 2, 2)), ValueError, r'num_blocks is \(2, 2, 2\)'),
        (lambda: Model_ResNet18(num_blocks=18), ValueError, 'num_blocks is 18: give four numbers'),
    ],
    'runner': [
        (lambda: make_runner(scheduler=StepLR(make_runner().optimizer, 1)), ValueError,
         "scheduler is <.*StepLR.*: make one of the runner's opt"),
        (lambda: make_runner(scheduler_step='step'), ValueError,
         "scheduler_step is 'step': 'batch' or 'epoch'"),
        (lambda: make_runner().train(make_blobs(), num_epoch=5), TypeError, 'num_epoch'),
        (lambda: make_runner().train(make_blobs()), TypeError, 'num_epochs'),
        (lambda: make_runner().train(EMPTY, num_epochs=1), ValueError,
         'train_loader has no batches'),
        (lambda: make_runner().evaluate(EMPTY), ValueError,
         'the loader to evaluate has no batches'),
        (batch_of_one, ValueError, r'batch of one .*drop_last=True'),
        (lambda: elsewhere(lambda r: r.train(make_blobs(), num_epochs=1)), ValueError, ELSEWHERE),
        (lambda: elsewhere(lambda r: r.evaluate(make_blobs())), ValueError, ELSEWHERE),
        (lambda: elsewhere(lambda r: r.predict(torch.zeros(1, 6))), ValueError, ELSEWHERE),
        *((lambda given=given: make_runner().train(make_blobs(), num_epochs=1, callbacks=given),
           ValueError, 'callbacks is .*: give a list of objects, each with one')
          for given in (None, Recorder(), [Recorder], [print], [object()])),
    ],
    'weights': [
        (lambda: ours_with(misspelt()), CheckpointError,
         r'missing: net.2.0.bn3.bias.*not in the model: net.2.0.shorcutt'),
        (lambda: from_torchvision(torchvisions(**{'conv1.bias': torch.ones(64)})), WeightsError,
         'conv1 has no bias'),
        *((lambda key=key: from_torchvision(torchvisions(**{key: torch.zeros(1)})), WeightsError,
           f"torchvision key '{key}' has no counterpart")
          for key in ('layer1.0.conv3.weight', 'layer1.0.bn3.weight', 'layer5.0.conv1.weight',
                      'head.weight', 'weight')),
        (lambda: to_torchvision({'net.9.x': torch.zeros(1)}), WeightsError,
         "our key 'net.9.x' has no counterpart"),
        # The stem's bias belongs into the running mean, which is no parameter.
        (lambda: to_torchvision(dict(Model_ResNet18(1).named_parameters())), WeightsError,
         r'net.0.1.running_mean is missing: give model.state'),
        (lambda: from_torchvision({'fc.weight': torch.zeros(1)}), WeightsError,
         'conv1.weight is missing'),
    ],
    'study': [
        (lambda: layers_compared(34, 18), WeightsError,
         'net.1.2.* has no counterpart.*same depth'),
        (lambda: layers_compared(18, 34), WeightsError,
         "torchvision's block layer1.2 has no counterpart"),
        (lambda: twins_copied((1, False), (1, True)), ValueError,
         r'net.2.0.shortcut.weight has shape .* and none in the'),
        (lambda: twins_copied((1, True), (3, False)), ValueError,
         r'net.0.0.weight has shape \(64, 3, 7, 7\) in the target'),
        (lambda: accuracy_without_blocks(nn.Linear(2, 2), *BATCH), ValueError,
         'Linear has no residual blocks'),
        (lambda: accuracy_without_blocks(nn.Sequential(ResBlock(3, 6)), *BATCH), ValueError,
         'no block of this Sequential keeps the shape'),
        (lambda: gradient_norms(nn.Linear(2, 2), *BATCH), ValueError,
         'Linear has no residual blocks'),
        (lambda: block_gains(nn.Linear(2, 2), BATCH[0]), ValueError,
         'Linear has no residual blocks'),
        (lambda: plot_arms(dict.fromkeys('abcd', ([(0, 3.0)], [(0, 2.0)], [0.2]))), ValueError,
         '4 networks in one figure: at most 3'),
        (lambda: stored_results('deep'), ResultsError,
         "no stored results 'deep': there are .*full_mnist_1000"),
        (lambda: make_results.main(['deep']), SystemExit, '2'),
        *((lambda jobs=jobs: sweep([RunConfig('plain')], 'runs.jsonl', jobs=jobs), ValueError,
           f'jobs is {jobs!r}: give a whole number') for jobs in (0, -1, 1.5, '2')),
        (lambda: RunConfig('both'), ValueError,
         "arm is 'both': give one of plain, residual, lenet"),
        (lambda: RunConfig('plain', schedule='cosine'), ValueError,
         "schedule is 'cosine': give one of constant, one_cycle"),
        (lambda: RunConfig('plain', schedule='one_cycle', momentum=0.96), ValueError,
         'momentum is 0.96, but one_cycle goes 0.05 below and ab'),
        *((lambda name=name, value=value: RunConfig('plain', **{name: value}), ValueError,
           re.escape(f'{name} is {value!r}: give a '))
          for name, value in (('epochs', 0), ('batch_size', 2.5), ('n_train', -1), ('seed', True),
                              ('lr', 0), ('num_blocks', [2, 2, 2, 2]))),
    ],
    'widgets': [
        (lambda: widgets.Draw, AttributeError, "nndl.widgets has no 'Draw'; it has DrawDigit, L"),
        *((lambda widget=widget, models=models: widget(models, digits()), ValueError, message)
          for widget in (widgets.DrawDigit, widgets.WhereItErrs)
          for models, message in (({}, 'models is {}: give'), (None, 'models is None'),
                                  ({'x': F.relu}, "the model 'x' is a"))),
        *((lambda widget=widget: widget({'x': Torch_LeNet()}, digits(0)), ValueError,
           'there are no digits') for widget in (widgets.DrawDigit, widgets.WhereItErrs)),
        (lambda: widgets.LookInside(nn.Sequential(ResBlock(1, 1)), digits()), ValueError,
         "a residual block '0': expected a name like 'net.1.0'"),
        (lambda: widgets.LookInside(Model_ResNet18(1, use_residual=False), digits()), ValueError,
         'Model_ResNet18 has no block with a shortcut'),
    ],
    'notebooks': [
        (lambda: build.launch.minutes(sources.GOOD), build.SourceError,
         "says how long it takes.*Missing after 'Title'"),
        (lambda: build.launch.with_table('text <!-- labs: made by notebooks/build.py --> text',
                                         'table'), build.SourceError,
         'no place for the table of labs'),
    ],
}
