"""Networks of a run: the plain one starts from the tensors of its residual twin."""

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
