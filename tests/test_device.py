"""Everything works for a network on another device than the digits."""

import copy

import pytest
import torch
import torch.nn.functional as F
from second_device import SECOND, second_device  # noqa: F401
from torch.utils.data import DataLoader

from nndl import Accuracy, Model_ResNet18, RunnerV3, load_mnist, skip_dead_taps
from nndl.device import choose_device
from nndl.study.blocks import accuracy_without_blocks
from nndl.study.gradients import block_gains, gradient_norms
from nndl.widgets import DrawDigit, LookInside, WhereItErrs

pytestmark = pytest.mark.usefixtures('second_device')
DIGITS = load_mnist(n_train=64, n_dev=32, n_test=32)
BATCH = DIGITS[0].images[:16], DIGITS[0].labels[:16]


def network():
    torch.manual_seed(0)
    return Model_ResNet18(in_channels=1)


def test_the_device_is_one_of_its_own():
    """What the other tests rest on: a network there does not take tensors of the CPU."""
    assert choose_device(SECOND).type == SECOND
    with pytest.raises(RuntimeError, match='not a lazy tensor'):
        network().to(SECOND)(BATCH[0])


def test_training_evaluation_and_files(tmp_path):
    """The losses of the first steps are those on the CPU; a file goes from one to the other."""
    train, dev, test = DIGITS
    runners = {}
    for device in ('cpu', SECOND):
        model = network()
        runner = runners[device] = RunnerV3(model, torch.optim.SGD(model.parameters(), 0.01),
                                            F.cross_entropy, Accuracy(), device=device)
        runner.train(DataLoader(train, 32), DataLoader(dev, 32), num_epochs=2, log_steps=0,
                     eval_steps=2, save_path=tmp_path / device)
        score, _ = runner.evaluate(DataLoader(test, 32))
        assert 0 <= score <= 1
        assert runner.predict(test.images[:2]).device == torch.device('cpu')
        assert next(model.parameters()).device.type == device
    losses = [[loss for _, loss in runner.train_step_losses] for runner in runners.values()]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert losses[1][-1] < losses[1][0], 'the optimizer trains the parameters of the model'
    runners['cpu'].load_model(tmp_path / SECOND)
    runners[SECOND].load_model(tmp_path / 'cpu')


def test_what_is_measured_of_a_network():
    on_cpu, there = network(), network().to(SECOND)
    for measure in (gradient_norms, lambda model, *batch: block_gains(model, batch[0])):
        assert list(measure(there, *BATCH).values()) == pytest.approx(
            list(measure(on_cpu, *BATCH).values()), rel=1e-3)
    assert accuracy_without_blocks(there, *BATCH) == accuracy_without_blocks(on_cpu, *BATCH)
    fast = skip_dead_taps(copy.deepcopy(on_cpu)).to(SECOND)
    x = BATCH[0].to(SECOND)
    assert torch.allclose(fast(x).cpu(), there(x).cpu(), atol=1e-3)


def test_widgets():
    there = network().to(SECOND)
    for widget in (LookInside(there, DIGITS[2]), WhereItErrs({'a': there}, DIGITS[2])):
        assert widget.picture().axes
        assert widget.html()
    assert DrawDigit({'residual': there}, DIGITS[2]).picture().axes
