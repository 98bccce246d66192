"""The cells of the course document run on the kit, only their own slips corrected."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from cases.inputs.labs import TEXTBOOK_LINES
from cases.texts.document import EVALUATION, MAPPING, SETUP, TRAINING
from twins import random_norms

import nndl


@pytest.fixture(scope='module')
def cells():
    namespace = {}
    torch.manual_seed(100)
    exec(SETUP, namespace)
    return namespace


@pytest.mark.parametrize('use_residual', [False, True])
def test_training_plotting_and_evaluation(cells, tmp_path, monkeypatch, capsys, use_residual):
    monkeypatch.chdir(tmp_path)
    namespace = cells | {'USE_RESIDUAL': use_residual}
    exec(TRAINING, namespace)
    exec(EVALUATION, namespace)
    out = capsys.readouterr().out
    assert '[Train] epoch: 0/3, step: 0/24, loss: ' in out
    assert '[Train] epoch: 1/3, step: 15/24, loss: ' in out
    assert '[Evaluate]  dev score: ' in out
    assert '[Train] Training done!\n[Test] accuracy/loss: ' in out
    assert (tmp_path / 'cnn-loss2.pdf').read_bytes().startswith(b'%PDF')
    runner = namespace['runner']
    assert namespace['score'] == pytest.approx(
        (runner.predict(cells['test_dataset'].images).argmax(1)
         == cells['test_dataset'].labels).float().mean().item())


def test_lenet_in_the_same_cell(cells, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = TRAINING.replace(
        'Model_ResNet18(in_channels=1, num_classes=10, use_residual=USE_RESIDUAL)',
        'Model_LeNet(in_channels=1, num_classes=10)')
    namespace = dict(cells)
    exec(cell, namespace)
    assert len(namespace['runner'].train_step_losses) == 24


def test_mapping(cells, capsys):
    namespace = cells | {'randomise': random_norms}
    exec(MAPPING, namespace)
    assert capsys.readouterr().out.startswith('tensor(0.')
    assert namespace['max_diff'].item() == 0.0


def test_the_documents_own_key_names_fail(cells):
    slips = MAPPING.replace("'.bn3' + key[21:]",
                            "'.shorcutt' + key[23:]")
    with pytest.raises(RuntimeError, match='Unexpected key.*net.2.0.shorcutt'):
        exec(slips, cells | {'randomise': random_norms})


@pytest.mark.parametrize('line', TEXTBOOK_LINES)
def test_names_and_arguments_of_the_textbook(line):
    exec(line, {'nndl': nndl})


def test_plot_as_the_textbook_calls_it(tmp_path):
    runner = SimpleNamespace(train_step_losses=[(0, 1.0)], dev_losses=[])
    nndl.plot(runner, fig_name=tmp_path / 'cnn-loss4.pdf')
    assert (tmp_path / 'cnn-loss4.pdf').exists()
    with pytest.raises(ValueError, match='the runner has not been trained'):
        nndl.plot(None, fig_name='cnn-loss4.pdf')


def test_layer_summary_and_thop(cells):
    """The document's two counting cells; `summary` is torchinfo's."""
    from nndl.count import count

    model = cells['Model_ResNet18'](in_channels=1, num_classes=10, use_residual=True)
    counts = {c.counter: c for c in count(model, (1, 1, 32, 32))}
    assert counts['torchinfo'].parameters == 11_175_434
    assert counts['thop'].multiply_adds == 35_614_720
    assert np.isclose(counts['thop'].parameters, 11_175_434)
    assert F.softmax(model.eval()(torch.zeros(1, 1, 64, 32)), 1).sum().item() == pytest.approx(1)
