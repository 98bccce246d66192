"""Check of the map from torchvision's names to ours: the student's function, by what it returns."""

from collections import OrderedDict

import torch

from nndl.check.feedback import exercise
from nndl.weights import STEM_BIAS, from_torchvision

__all__ = ['weight_mapping']

STATISTICS = 'running_mean', 'running_var', 'num_batches_tracked'


@exercise('map_names')
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
    gone = [key for key in missing if wanted[key] not in found_again]
    sources = {key: _origin(got[key], theirs) for key in got if key in wanted} if lost else {}
    if overwritten := [key for key, source in sources.items() if source in lost]:
        yield 'overwritten', {'n': len(overwritten), 'ours': overwritten[0],
                              'theirs': sources[overwritten[0]]}
    elif gone:
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
