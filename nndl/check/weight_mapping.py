"""Check of the map from torchvision's names to ours: the student's function, by what it returns."""

from collections import OrderedDict

import torch

from nndl.check.feedback import exercise
from nndl.weights import STEM_BIAS, from_torchvision

__all__ = ['weight_mapping']

PASSED = {
    'en': "All 122 tensors of torchvision's resnet18 arrive under our names, each once, unchanged "
          'and in its own place; the bias of our first convolution is there and is 0; nothing is '
          'missing, nothing is left over, and your input is as it was. Compared tensor by tensor, '
          'with no two tensors alike.',
    'zh': 'torchvision 的 resnet18 的 122 个张量都以我们的名字出现，各一次，值没有变，位置也对；'
          '第一个卷积的偏置存在并且为 0；没有缺少的键，也没有多余的键，输入的字典没有被改动。'
          '比较是逐个张量进行的，而且任何两个张量都不相同。',
}
FAULTS = {
    'not_a_dict': {
        'en': 'The function returns {got}, not a dict of names and tensors. What does it return at '
              'its end?',
        'zh': '函数返回的是 {got}，不是“名字：张量”的字典。函数最后返回了什么？',
    },
    'input_changed': {
        'en': 'The function changes the dict that it is given (or a tensor in it): the network that '
              'it came from still needs it. Where could the new names go instead?',
        'zh': '函数改动了传入的字典（或其中的张量），而原来的网络还要用它。新的名字可以放到哪里？',
    },
    'misnamed_keys': {
        'en': "{n} tensors have a name that our network does not know: torchvision's {theirs} "
              'arrives as {ours}. Look for this layer among the names of our state_dict, and read '
              'both letter by letter.',
        'zh': '有 {n} 个张量的名字是我们的网络所没有的：torchvision 的 {theirs} 变成了 {ours}。'
              '在我们的 state_dict 里找到这一层，再逐个字母比较这两个名字。',
    },
    'extra_keys': {
        'en': 'There are {n} keys too many, among them {key}. Is every tensor entered once, and only '
              'under its new name?',
        'zh': '多出了 {n} 个键，例如 {key}。每个张量是不是只放进去一次，而且只用新名字？',
    },
    'statistics_missing': {
        'en': 'The learnt parameters are there, but {n} entries of the batch normalisations are '
              'missing, among them {key}. A state_dict holds more than parameters: what does '
              'batch normalisation compute with in eval mode?',
        'zh': '可学习的参数都在，但批量规范化少了 {n} 项，例如 {key}。state_dict 里不只有参数：'
              '批量规范化在评价模式下用什么来计算？',
    },
    'missing_keys': {
        'en': "{n} keys of our network are missing, among them {key}. Which of torchvision's names "
              'does none of your rules catch?',
        'zh': '缺少我们网络的 {n} 个键，例如 {key}。torchvision 的哪些名字没有被你的任何一条规则处理到？',
    },
    'stem_bias_missing': {
        'en': '{key} is missing: our first convolution has a bias and torchvision\'s has none. '
              'Which value makes ours compute the same?',
        'zh': '缺少 {key}：我们的第一个卷积有偏置，torchvision 的没有。取什么值时两者的计算结果相同？',
    },
    'stem_bias_not_zero': {
        'en': "{key} is not 0 everywhere. torchvision's first convolution adds nothing; what must "
              'ours add?',
        'zh': '{key} 不全为 0。torchvision 的第一个卷积什么都不加，我们的应当加什么？',
    },
    'wrong_shape': {
        'en': '{key} has shape {got}, our network has {expected} there. Which tensor did you put '
              'there?',
        'zh': '{key} 的形状是 {got}，我们的网络里是 {expected}。你放进去的是哪个张量？',
    },
    'swapped': {
        'en': "The names and shapes are right, but two tensors have changed places: {key} holds "
              "torchvision's {got}, and {other} holds {wanted}. Which rule takes one for the other?",
        'zh': '名字和形状都对，但有两个张量互换了位置：{key} 里放的是 torchvision 的 {got}，'
              '而 {other} 里放的是 {wanted}。是哪条规则把两者弄混了？',
    },
    'wrong_layer': {
        'en': "{key} holds torchvision's {got}: the same shape, but not its own tensor. Which "
              'parts of the name does your rule copy, and which does it drop?',
        'zh': '{key} 里放的是 torchvision 的 {got}：形状相同，却不是它自己的张量。'
              '你的规则保留了名字的哪些部分，又丢掉了哪些？',
    },
    'values_changed': {
        'en': "{key} has the right shape but not the values (or the type) of torchvision's "
              '{wanted}. Only the names are to change.',
        'zh': '{key} 的形状是对的，但值（或数据类型）与 torchvision 的 {wanted} 不同。要改的只有名字。',
    },
}
STATISTICS = 'running_mean', 'running_var', 'num_batches_tracked'


@exercise('map_names', PASSED, FAULTS)
def weight_mapping(fn):
    """Check a function from torchvision's state_dict of resnet18 to ours.

    Args:
        fn: the student's function, dict of names and tensors -> dict of names and tensors.

    Returns:
        ``Feedback``.
    """
    theirs = _their_state_dict()
    given = OrderedDict((key, tensor.clone()) for key, tensor in theirs.items())
    try:
        got = fn(given)
    except RuntimeError as error:
        if 'during iteration' not in str(error):
            raise
        yield 'input_changed', {}
        return
    if given.keys() != theirs.keys() or not all(_equal(given[k], theirs[k]) for k in theirs):
        yield 'input_changed', {}
        return
    if not isinstance(got, dict):
        yield 'not_a_dict', {'got': type(got).__name__}
        return
    ours = from_torchvision(theirs)
    wanted = {key: _origin(tensor, theirs) for key, tensor in ours.items() if key != STEM_BIAS}
    if key_faults := list(_key_faults(got, theirs, wanted)):
        yield from key_faults
        return
    yield from _stem_faults(got, ours[STEM_BIAS])
    yield from _value_faults({key: got[key] for key in wanted}, theirs, wanted)


def _their_state_dict():
    """Names and shapes of torchvision's resnet18, every tensor unlike all others."""
    from torchvision.models import resnet18  # only when it is needed: its import takes seconds

    with torch.device('meta'):
        shapes = {key: tensor.shape for key, tensor in resnet18().state_dict().items()}
    generator = torch.Generator().manual_seed(0)
    return {key: torch.tensor(1000 + number) if key.endswith('num_batches_tracked')
            else 0.5 + torch.rand(shape, generator=generator)
            for number, (key, shape) in enumerate(shapes.items())}


def _key_faults(got, theirs, wanted):
    """What is wrong with the names, with the tensors that tell where a wrong name comes from."""
    missing = [key for key in wanted if key not in got]
    lost = {wanted[key] for key in missing}
    extra = [key for key in got if key not in wanted and key != STEM_BIAS]
    origins = {key: _origin(got[key], theirs) for key in extra}
    renamed = len(extra) == len(missing)  # one for one: each has but another name
    misnamed = [key for key in extra if origins[key] in lost or (renamed and origins[key])]
    found_again = {origins[key] for key in misnamed}
    if misnamed:
        yield 'misnamed_keys', {'n': len(misnamed), 'theirs': origins[misnamed[0]],
                                'ours': repr(misnamed[0])}
    if others := [key for key in extra if key not in misnamed]:
        yield 'extra_keys', {'n': len(others), 'key': repr(others[0])}
    if gone := [key for key in missing if wanted[key] not in found_again]:
        only_statistics = all(key.endswith(STATISTICS) for key in gone)
        yield ('statistics_missing' if only_statistics else 'missing_keys'), {
            'n': len(gone), 'key': gone[0]}
    if STEM_BIAS not in got:
        yield 'stem_bias_missing', {'key': STEM_BIAS}


def _stem_faults(got, zeros):
    bias = got[STEM_BIAS]
    if _shape(bias) != _shape(zeros):
        yield 'wrong_shape', {'key': STEM_BIAS, 'got': _shape(bias), 'expected': _shape(zeros)}
    elif torch.count_nonzero(bias):
        yield 'stem_bias_not_zero', {'key': STEM_BIAS}


def _value_faults(got, theirs, wanted):
    """The first tensor that is not its source, and what stands there instead."""
    key = next((key for key in got if not _equal(got[key], theirs[wanted[key]])), None)
    if key is None:
        return
    expected = theirs[wanted[key]]
    if _shape(got[key]) != _shape(expected):
        yield 'wrong_shape', {'key': key, 'got': _shape(got[key]), 'expected': _shape(expected)}
        return
    details = {'key': key, 'wanted': wanted[key], 'got': _origin(got[key], theirs)}
    if details['got'] is None:
        yield 'values_changed', details
        return
    other = next(ours for ours, source in wanted.items() if source == details['got'])
    swapped = _equal(got[other], expected)
    yield ('swapped' if swapped else 'wrong_layer'), {**details, 'other': other}


def _origin(value, theirs):
    """torchvision's name of a tensor, found by its values; None if it has none."""
    return next((key for key, tensor in theirs.items() if _equal(value, tensor)), None)


def _equal(a, b):
    return (isinstance(a, torch.Tensor) and a.shape == b.shape and a.dtype == b.dtype
            and torch.equal(a, b))


def _shape(value):
    return tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
