"""One run of the ablation: a network is trained, and its best checkpoint tested.

A ``RunConfig`` says all that a run depends on, a ``RunResult`` all that came of it, with digests
of what it really began with and saw: ``pairs.py`` compares them.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader

from nndl.arguments import check_whole
from nndl.count import multiply_adds, parameters
from nndl.data import load_mnist
from nndl.fast import skip_dead_taps
from nndl.lenet import Torch_LeNet
from nndl.machine import code_digest, describe_machine, versions
from nndl.metric import Accuracy
from nndl.resnet import NUM_BLOCKS, Model_ResNet18, copy_initial_tensors
from nndl.runner import RunnerV3

__all__ = ['RunConfig', 'RunResult', 'build_model', 'load_digits', 'run', 'run_digest', 'ARMS',
           'SCHEDULES']

ARMS = 'plain', 'residual', 'lenet'
SCHEDULES = 'constant', 'one_cycle'


@dataclass(frozen=True)
class RunConfig:
    """Everything that a run depends on.

    Attributes:
        arm: 'plain', 'residual' or 'lenet' (LeNet-5, for which ``num_blocks`` and
            ``batch_norm`` mean nothing).
        num_blocks: residual blocks in modules 2 to 5.
        lr, momentum, batch_size, epochs: of the stochastic gradient descent.
        schedule: 'constant', or 'one_cycle': up to ``lr`` and down again, while the momentum, if
            there is one, goes down by 0.05 and up again (``OneCycleLR``).
        n_train, n_dev, n_test: digits.
        seed: of the initial tensors and the order of the batches; the digits stay the same.
        source: as in ``load_mnist``.
        image_size: height and width of the digits, in pixels.
        batch_norm: False takes every batch normalisation out.
    """

    arm: str
    num_blocks: tuple = NUM_BLOCKS[18]
    lr: float = 0.01
    momentum: float = 0.0
    batch_size: int = 64
    epochs: int = 5
    n_train: int = 1000
    n_dev: int = 200
    n_test: int = 3800
    schedule: str = 'constant'
    seed: int = 0
    source: str = 'bundled'
    image_size: int = 32
    batch_norm: bool = True

    def __post_init__(self):
        for name, value, allowed in (('arm', self.arm, ARMS),
                                     ('schedule', self.schedule, SCHEDULES)):
            if value not in allowed:
                raise ValueError(f'{name} is {value!r}: give one of {", ".join(allowed)}')
        for name, least in (('epochs', 1), ('batch_size', 1), ('n_train', 1), ('n_dev', 1),
                            ('n_test', 1), ('seed', 0)):
            check_whole(name, getattr(self, name), least)
        if not isinstance(self.num_blocks, tuple):
            raise ValueError(f'num_blocks is {self.num_blocks!r}: give a tuple of four numbers, '
                             'for example NUM_BLOCKS[18]')
        if not self.lr > 0:
            raise ValueError(f'lr is {self.lr}: give a learning rate above 0')
        if self.schedule == 'one_cycle' and self.momentum and not 0.05 <= self.momentum < 0.95:
            raise ValueError(f'momentum is {self.momentum}, but one_cycle goes 0.05 below and '
                             'above it: give 0, or 0.05 to 0.94')

    @property
    def depth(self):
        """Weighted layers of the residual or plain network."""
        return 2 * sum(self.num_blocks) + 2

    @property
    def name(self):
        """For people, for example residual-18-seed0."""
        return f'lenet-seed{self.seed}' if self.arm == 'lenet' else (
            f'{self.arm}-{self.depth}-seed{self.seed}')

    @property
    def key(self):
        """A digest of all settings, for files: equal for equal runs only."""
        return _digest(json.dumps(asdict(self), sort_keys=True).encode())


@dataclass(frozen=True)
class RunResult:
    """What came of a run; plain data.

    Attributes:
        dev_score: best score on the dev digits.
        test_score, test_correct, n_test: of the best checkpoint on the test digits.
        test_hits: which test digits it read, a bit each, in hexadecimal; see ``hits``.
        loss_after_15_steps: training loss of the batch after 15 steps (or the last, if fewer).
        train_step_losses, train_epoch_losses, dev_losses, dev_scores: the runner's histories.
        parameters, multiply_adds: of the network, for one digit.
        seconds: of the training and its evaluations.
        cpu_seconds: the same, over all cores.
        initial_tensors: digest of each initial tensor, by name.
        batches: digest of all training batches in their order.
        checkpoint: name of the file of the best model.
    """

    config: RunConfig
    dev_score: float
    test_score: float
    test_correct: int
    n_test: int
    test_hits: str
    loss_after_15_steps: float
    train_step_losses: list
    train_epoch_losses: list
    dev_losses: list
    dev_scores: list
    parameters: int
    multiply_adds: int
    seconds: float
    cpu_seconds: float
    initial_tensors: dict
    batches: str
    checkpoint: str
    date: str
    versions: dict
    machine: dict

    @property
    def hits(self):
        """(n_test,) booleans: which of the test digits were read, in their order."""
        packed = np.frombuffer(bytes.fromhex(self.test_hits), np.uint8)
        return np.unpackbits(packed, count=self.n_test).astype(bool)


def build_model(config):
    """The network of a run with the initial tensors that its seed gives.

    A plain network takes those of its residual twin, by name.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.arm == 'lenet':
            return Torch_LeNet(in_channels=1)
        model = Model_ResNet18(in_channels=1, num_blocks=config.num_blocks)
        if config.arm == 'plain':
            plain = Model_ResNet18(in_channels=1, num_blocks=config.num_blocks,
                                   use_residual=False)
            copy_initial_tensors(model, plain)
            model = plain
    if not config.batch_norm:
        _take_out_batch_norm(model)
    return model


def load_digits(config):
    """The three data sets of a run; they do not depend on its seed."""
    return load_mnist(config.n_train, config.n_dev, config.n_test, source=config.source,
                      image_size=config.image_size)


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
    best = Path(out) / f'{config.name}-{config.key}.pdparams'
    start, start_cpu = time.perf_counter(), time.process_time()
    runner, batches = _train(model, config, train, dev, best, device)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - start_cpu
    runner.load_model(best)
    hits, losses = _hits(runner, test), runner.train_step_losses
    return RunResult(
        config=config, dev_score=runner.best_score, test_score=hits.mean().item(),
        test_correct=int(hits.sum()), n_test=len(hits), test_hits=np.packbits(hits).tobytes().hex(),
        loss_after_15_steps=losses[min(15, len(losses) - 1)][1], train_step_losses=losses,
        train_epoch_losses=runner.train_epoch_losses, dev_losses=runner.dev_losses,
        dev_scores=runner.dev_scores, parameters=parameters(model),
        multiply_adds=multiply_adds(model, (1, *train.images.shape[1:])),
        seconds=seconds, cpu_seconds=cpu_seconds, initial_tensors=initial, batches=batches,
        checkpoint=best.name, date=datetime.now(UTC).isoformat(timespec='seconds'),
        versions=versions() | {'code': run_digest()}, machine=describe_machine(runner.device))


def run_digest():
    """A digest of the code of a run: results of other code are not taken for this one's."""
    return code_digest('ablation')


def _train(model, config, train, dev, best, device):
    """Train as the configuration says; the runner, and the digest of the batches."""
    model = skip_dead_taps(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=config.momentum)
    loader = WitnessedLoader(train, config.batch_size, shuffle=True,
                             generator=torch.Generator().manual_seed(config.seed))
    steps = config.epochs * len(loader)
    scheduler = None if config.schedule == 'constant' else _one_cycle(optimizer, config, steps)
    runner = RunnerV3(model, optimizer, F.cross_entropy, Accuracy(), scheduler=scheduler,
                      device=device, log=lambda line: None, label=config.name)
    runner.train(loader, DataLoader(dev, config.batch_size), num_epochs=config.epochs,
                 eval_steps=max(15, steps // 20), save_path=best)
    return runner, loader.digest()


def _one_cycle(optimizer, config, steps):
    return OneCycleLR(optimizer, config.lr, total_steps=steps, cycle_momentum=config.momentum > 0,
                      base_momentum=config.momentum - 0.05, max_momentum=config.momentum + 0.05)


def _hits(runner, test):
    """(N,) booleans: which test digits the runner's model reads."""
    return torch.cat([runner.predict(inputs).argmax(1).cpu() == labels
                      for inputs, labels in DataLoader(test, 256)]).numpy()


def _take_out_batch_norm(model):
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())


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
