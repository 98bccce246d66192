"""Networks of a run: the plain one starts from the tensors of its residual twin."""

import pytest
import torch

from nndl.resnet import Model_ResNet18
from nndl.study.networks import copy_initial_tensors


def test_plain_twin_starts_from_the_same_tensors():
    residual, plain = Model_ResNet18(1), Model_ResNet18(1, use_residual=False)
    copy_initial_tensors(residual, plain)
    source = residual.state_dict()
    assert all(torch.equal(t, source[name]) for name, t in plain.state_dict().items())
    left_out = source.keys() - plain.state_dict().keys()
    assert {name.split('.')[3] for name in left_out} == {'shortcut', 'bn3'}


def test_nets_that_are_not_twins_are_refused():
    residual, plain = Model_ResNet18(1), Model_ResNet18(1, use_residual=False)
    with pytest.raises(ValueError, match=r'net.2.0.shortcut.weight has shape .* and none in the'):
        copy_initial_tensors(plain, residual)
    with pytest.raises(ValueError, match=r'net.0.0.weight has shape \(64, 3, 7, 7\) in the target'):
        copy_initial_tensors(residual, Model_ResNet18(3, use_residual=False))
