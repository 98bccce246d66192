"""The judge of networks: its changed networks, and what it observes."""

import pytest
import torch
from answers import findings
from second_device import second_device  # noqa: F401

import nndl
from nndl import check
from nndl.check.errors import Fault
from nndl.check.exercises.first_module import checker as first_module
from nndl.check.exercises.resblock import checker as resblock
from nndl.check.exercises.resnet_module import checker as resnet_module
from nndl.check.line import connect
from nndl.check.networks import Case, Examination, changed
from nndl.check.observe import Fill, observe
from nndl.check.styles import layouts_of, with_statistics
from nndl.check.values import Draw


@pytest.mark.parametrize('checker', [
    first_module, pytest.param(resblock, marks=pytest.mark.long), resnet_module])
def test_each_change_is_told_to_the_answer_that_has_it(checker):
    """No other change computes the same, or it could never be named."""
    name = checker.__name__.split('.')[-2]
    for fault, make in checker.VARIANTS:
        found = findings(name, make).fault
        assert found.code == fault.code or found.name.startswith('crashed'), (fault, found)


def test_a_change_of_a_text_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="return f: ResBlock has no 'y . x' to be changed"):
        changed(nndl.ResBlock, [('return f', ('y @ x', 'y'))])


@pytest.mark.parametrize(('facts', 'name'), [((1, 1), 'x'), ((1, 2), 'differs')])
def test_a_fault_is_not_named_where_it_could_have_other_facts(facts, name):
    (_, block), = changed(nndl.ResBlock, [('x', ('return F.relu(y)', 'return y'))])
    exam = Examination(connect('resblock', block), Draw(0), 'ResBlock', nndl.ResBlock,
                       {'one': [Case((4, 4), {}, (2, 4, 5, 5))]},
                       [(Fault('x', {'got': got}), block) for got in facts])
    assert exam.judge('one').name == name


@pytest.mark.parametrize('order', range(5))
def test_every_layout_is_read_in_torchs_order(order):
    """A gradient has the projections of the same gradient in torch's order."""
    layouts = layouts_of({(6, 4, 3, 3)}, order)
    given, usual, axes = layouts[0]
    fill = Fill(5, layouts)
    value = fill.value('w', given)
    assert list(value.shape) == given
    assert torch.equal(value.flatten().sort().values, fill.drawn(usual, 1).flatten().sort().values)
    assert fill.projections(value, layouts) == Fill(5).projections(fill.drawn(usual, 1))


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
