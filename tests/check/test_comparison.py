"""The judge of networks: its own changed networks are the library's where nothing is changed."""

import pytest
import torch
from second_device import second_device  # noqa: F401

import nndl
from nndl import check
from nndl.check.exercises.resblock.checker import CHANGES, Variant
from nndl.check.exercises.resnet_module.checker import blocks
from nndl.check.observe import _Fill, observe
from nndl.check.styles import layouts_of, with_statistics

SHAPES = (4, 6), (4, 4), (6, 4, 2), (4, 4, 2), (4, 6, 1, False)


@pytest.mark.parametrize('arguments', SHAPES)
def test_without_a_change_the_block_is_the_librarys(arguments):
    ours, theirs = nndl.ResBlock(*arguments), Variant(*arguments)
    theirs.load_state_dict(ours.state_dict(), strict=False)
    x = torch.randn(3, arguments[0], 9, 6)
    for mode in (True, False):
        assert torch.equal(ours.train(mode)(x), theirs.train(mode)(x))
    assert [type(b) for b in blocks(4, 6, 3)] == [nndl.ResBlock] * 3


def test_no_two_changes_are_one():
    """Each gives something else for one call at least, or a name could never be the only one."""
    assert len({(name, change) for name, _, change in CHANGES}) == len(CHANGES)


@pytest.mark.parametrize('order', range(5))
def test_every_layout_is_read_in_torchs_order(order):
    """A gradient has the projections of the same gradient in torch's order."""
    layouts = layouts_of({(6, 4, 3, 3)}, order)
    given, usual, axes = layouts[0]
    fill = _Fill(5, layouts)
    value = fill.value('w', given)
    assert list(value.shape) == given
    assert torch.equal(value.flatten().sort().values, fill.drawn(usual, 1).flatten().sort().values)
    assert fill.projections(value) == _Fill(5).projections(fill.drawn(usual, 1))


def test_the_biased_variance_is_kept_where_it_is_asked_for():
    x = torch.randn(4, 3, 5, 5)
    norm = with_statistics(torch.nn.BatchNorm2d(3), 1e-5, 0.1, True).train()
    norm(x)
    expected = 0.9 + 0.1 * x.var(dim=(0, 2, 3), correction=0)
    assert torch.allclose(norm.running_var, expected, atol=1e-6)


def test_observing_changes_nothing_that_it_is_given():
    inputs = [torch.randn(2, 4, 5, 5) for _ in range(2)]
    kept = [x.clone() for x in inputs]
    observe(nndl.ResBlock, [4, 4], {}, {'seed': 1}, inputs)
    assert all(map(torch.equal, inputs, kept))


def test_a_block_on_another_device_is_run_there(second_device):  # noqa: F811
    """Outputs and gradients come back; that device keeps no statistics (see its fixture)."""
    class Elsewhere(nndl.ResBlock):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.to(second_device)

    inputs = [torch.randn(2, 4, 6, 6) for _ in range(2)]
    there, here = (observe(make, [4, 6], {}, {'seed': 1}, inputs)
                   for make in (Elsewhere, nndl.ResBlock))
    for name in ('train', 'again', 'repeat'):
        assert torch.allclose(there[name], here[name], atol=1e-5)
    assert there['gradients'].keys() == here['gradients'].keys()
    assert check.resblock(Elsewhere, lang='en').faults == ('eval_differs',), 'the statistics'
