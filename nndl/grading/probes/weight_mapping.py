"""Lab 05: map_names."""

import random

from nndl.grading.inside.plain import summary

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'PRELOADED', 'PROBES', 'judge']

NAME = 'map_names'
CHECK = None  # the check knows the answer, which the kernel must not
HIDDEN = {'nndl.weights': '*'}
PRELOADED = ('torchvision.models',)
PROBES = {
    'names': (1, {'en': 'exactly the names of our network; what was given is left alone',
                  'zh': '恰好是我们的网络里的名字；给定的字典保持原样'}),
    'parameters': (1, {'en': 'every parameter from its own namesake',
                       'zh': '每个参数都来自与它对应的张量'}),
    'statistics': (1, {'en': "every statistic of the batch normalisations from its own namesake",
                       'zh': '批量规范化的每个统计量都来自与它对应的张量'}),
    'stem_bias': (1, {'en': 'the bias that torchvision does without',
                      'zh': 'torchvision 所没有的那个偏置'}),
}
STATISTICS = 'running_mean', 'running_var', 'num_batches_tracked'


def judge(ask, draw):
    """By tensors of which each tells where it comes from."""
    from nndl.grading.inside.functions import ramp
    from nndl.resnet import Model_ResNet18
    from nndl.weights import STEM_BIAS, from_torchvision, to_torchvision

    shapes = to_torchvision(Model_ResNet18().state_dict())
    starts = random.SystemRandom().sample(range(3, 3000), len(shapes))
    entries = [[name, list(t.shape), str(t.dtype).removeprefix('torch.'), start]
               for (name, t), start in zip(shapes.items(), starts, strict=True)]
    theirs = {name: ramp(start, shape, dtype) for name, shape, dtype, start in entries}
    told = ask('mapping', entries=entries)
    got = dict(told.get('ours', []))
    wanted = {name: summary(tensor) for name, tensor in from_torchvision(theirs).items()}
    untouched = told.get('theirs') == [[name, summary(t)] for name, t in theirs.items()]
    yield 'names', bool(told) and untouched and got.keys() == wanted.keys() and len(
        told['ours']) == len(wanted)
    right = {name: got.get(name) == wanted[name] for name in wanted}
    statistics = [right[name] for name in wanted if name.endswith(STATISTICS)]
    parameters = [right[name] for name in wanted
                  if not name.endswith(STATISTICS) and name != STEM_BIAS]
    yield 'parameters', all(parameters)
    yield 'statistics', all(statistics)
    yield 'stem_bias', right[STEM_BIAS]
