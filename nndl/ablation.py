"""The same experiment but for one thing: ResNet18 with and without the residual connection.

A *run* trains one network and tests its best checkpoint. A *pair* is two runs that differ in
``use_residual`` alone; that they began with equal tensors and saw equal batches is checked on
what the runs really used, not assumed.
"""

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from nndl.count import multiply_adds, parameters
from nndl.data import load_mnist
from nndl.fast import skip_dead_taps
from nndl.lenet import Torch_LeNet
from nndl.machine import describe_machine, versions
from nndl.metric import Accuracy
from nndl.resnet import NUM_BLOCKS, Model_ResNet18, copy_initial_tensors
from nndl.runner import RunnerV3

__all__ = ['RunConfig', 'RunResult', 'UnfairPair', 'build_model', 'run', 'compare_arms',
           'check_pair', 'pair_of', 'ARMS']

ARMS = 'plain', 'residual', 'lenet'


class UnfairPair(ValueError):
    """Two runs differ in more than the residual connection."""


@dataclass(frozen=True)
class RunConfig:
    """Everything that a run depends on.

    Attributes:
        arm: 'plain', 'residual' or 'lenet' (LeNet-5, for which ``num_blocks`` means nothing).
        num_blocks: residual blocks in modules 2 to 5.
        lr, momentum, batch_size, epochs: of the stochastic gradient descent.
        n_train, n_dev, n_test: digits.
        seed: of the initial tensors and the order of the batches; the digits stay the same.
        source: as in ``load_mnist``.
    """

    arm: str
    num_blocks: tuple = NUM_BLOCKS[18]
    lr: float = 0.01
    momentum: float = 0.0
    batch_size: int = 64
    epochs: int = 5
    n_train: int = 1000
    n_dev: int = 200
    n_test: int = 200
    seed: int = 0
    source: str = 'bundled'

    def __post_init__(self):
        if self.arm not in ARMS:
            raise ValueError(f'arm is {self.arm!r}: give one of {", ".join(ARMS)}')

    @property
    def name(self):
        """For files and tables, for example residual-18-seed0."""
        if self.arm == 'lenet':
            return f'lenet-seed{self.seed}'
        return f'{self.arm}-{2 * sum(self.num_blocks) + 2}-seed{self.seed}'


@dataclass(frozen=True)
class RunResult:
    """What came of a run; plain data.

    Attributes:
        dev_score: best score on the dev digits.
        test_score, test_correct, n_test: of the best checkpoint on the test digits.
        loss_after_15_steps: training loss of the batch after 15 steps (or the last, if fewer).
        train_step_losses, train_epoch_losses, dev_losses, dev_scores: the runner's histories.
        parameters, multiply_adds: of the network, for one 32x32 digit.
        seconds: of the training.
        initial_tensors: digest of each initial tensor, by name.
        batches: digest of all training batches in their order.
    """

    config: RunConfig
    dev_score: float
    test_score: float
    test_correct: int
    n_test: int
    loss_after_15_steps: float
    train_step_losses: list
    train_epoch_losses: list
    dev_losses: list
    dev_scores: list
    parameters: int
    multiply_adds: int
    seconds: float
    initial_tensors: dict
    batches: str
    checkpoint: str
    date: str
    versions: dict
    machine: dict


def pair_of(config):
    """The two configurations, plain and residual, that are alike in all else."""
    return replace(config, arm='plain'), replace(config, arm='residual')


def build_model(config):
    """The network of a run with the initial tensors that its seed gives.

    A plain network takes those of its residual twin, by name.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.arm == 'lenet':
            return Torch_LeNet(in_channels=1)
        twin = Model_ResNet18(in_channels=1, num_blocks=config.num_blocks)
        if config.arm == 'residual':
            return twin
        plain = Model_ResNet18(in_channels=1, num_blocks=config.num_blocks, use_residual=False)
        copy_initial_tensors(twin, plain)
        return plain


def run(config, out, *, digits=None, device='auto'):
    """Train, keep the best model on the dev digits, test it.

    Args:
        config: a ``RunConfig``.
        out: folder for the checkpoint of the best model.
        digits: the three data sets, if they are loaded already.
        device: as in ``RunnerV3``.

    Returns:
        A ``RunResult``.
    """
    train, dev, test = load_digits(config) if digits is None else digits
    model = build_model(config)
    initial = {name: _digest(tensor.numpy()) for name, tensor in model.state_dict().items()}
    best = Path(out) / f'{config.name}.pdparams'
    start = time.perf_counter()
    runner, batches = _train(model, config, train, dev, best, device)
    seconds = time.perf_counter() - start
    runner.load_model(best)
    runner.evaluate(DataLoader(test, config.batch_size))
    losses = runner.train_step_losses
    return RunResult(
        config=config, dev_score=runner.best_score,
        test_score=runner.metric.accumulate(), test_correct=runner.metric.num_correct,
        n_test=len(test), loss_after_15_steps=losses[min(15, len(losses) - 1)][1],
        train_step_losses=losses, train_epoch_losses=runner.train_epoch_losses,
        dev_losses=runner.dev_losses, dev_scores=runner.dev_scores,
        parameters=parameters(model), multiply_adds=multiply_adds(model, (1, 1, 32, 32)),
        seconds=seconds, initial_tensors=initial, batches=batches, checkpoint=best.name,
        date=datetime.now(UTC).isoformat(timespec='seconds'), versions=versions(),
        machine=describe_machine(runner.device))


def compare_arms(config, seeds, out, *, baseline, device='auto'):
    """Both arms and a baseline for every seed.

    Args:
        config: settings of the pair; its arm and seed do not matter.
        seeds: the seeds.
        out: folder for the checkpoints.
        baseline: ``RunConfig`` of a network to set beside the pair; its seed does not matter.
        device: as in ``RunnerV3``.

    Returns:
        For each seed three ``RunResult``: plain, residual, baseline.

    Raises:
        UnfairPair: if a pair differs in more than the residual connection.
    """
    digits = load_digits(config)
    results = []
    for seed in seeds:
        plain, residual, beside = (
            run(replace(each, seed=seed), out, digits=digits, device=device)
            for each in (*pair_of(config), baseline))
        check_pair(plain, residual)
        results += [plain, residual, beside]
    return results


def _train(model, config, train, dev, best, device):
    """Train as the configuration says; the runner, and the digest of the batches."""
    model = skip_dead_taps(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=config.momentum)
    runner = RunnerV3(model, optimizer, F.cross_entropy, Accuracy(), device=device,
                      log=lambda line: None, label=config.name)
    loader = WitnessedLoader(train, config.batch_size, shuffle=True,
                             generator=torch.Generator().manual_seed(config.seed))
    runner.train(loader, DataLoader(dev, config.batch_size), num_epochs=config.epochs,
                 eval_steps=15, save_path=best)
    return runner, loader.digest()


def load_digits(config):
    """The three data sets of a run; they do not depend on its seed."""
    return load_mnist(config.n_train, config.n_dev, config.n_test, source=config.source)


def check_pair(plain, residual):
    """Whether two results differ in the residual connection alone.

    Raises:
        UnfairPair: naming what else differs: a setting, an initial tensor, or the batches.
    """
    if (plain.config.arm, residual.config.arm) != ('plain', 'residual'):
        raise UnfairPair(f'the arms are {plain.config.arm} and {residual.config.arm}, '
                         'expected plain and residual')
    ours, theirs = asdict(plain.config), asdict(residual.config)
    for name in ours.keys() - {'arm'}:
        if ours[name] != theirs[name]:
            raise UnfairPair(f'{name} is {ours[name]} for the plain network and '
                             f'{theirs[name]} for the residual one')
    for name, digest in plain.initial_tensors.items():
        if residual.initial_tensors.get(name) != digest:
            raise UnfairPair(f'the networks began with different tensors: {name}')
    if plain.batches != residual.batches:
        raise UnfairPair('the networks saw different batches, or in another order')


class WitnessedLoader(DataLoader):
    """A ``DataLoader`` that keeps a digest of every batch that it hands out."""

    def __init__(self, *args, **kwargs):
        self.seen = hashlib.sha256()
        super().__init__(*args, **kwargs)

    def __iter__(self):
        for inputs, labels in super().__iter__():
            self.seen.update(inputs.numpy().tobytes())
            self.seen.update(labels.numpy().tobytes())
            yield inputs, labels

    def digest(self):
        return self.seen.hexdigest()[:16]


def _digest(content):
    return hashlib.sha256(content).hexdigest()[:16]
