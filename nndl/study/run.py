"""One run of the ablation: train a network, test its best version, keep everything.

A ``RunResult`` holds digests of the initial tensors and of the batches that were really used;
``pairs.py`` compares them.
"""

import copy
import hashlib
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader

from nndl.count import multiply_adds, parameters
from nndl.data import load_mnist
from nndl.explain import NotFiniteLoss
from nndl.fast import skip_dead_taps
from nndl.files import load_into, load_tensors
from nndl.lab.machine import describe_machine, versions
from nndl.metric import Accuracy
from nndl.runner import RunnerV3
from nndl.study.config import RunConfig
from nndl.study.gradients import gradient_norms
from nndl.study.networks import build_model

__all__ = ['RunResult', 'best_model', 'code_digest', 'load_digits', 'run']

# The code that the numbers of a run depend on.
CODE = ('count.py', 'data.py', 'device.py', 'explain.py', 'fast.py', 'files.py', 'lenet.py',
        'metric.py', 'resnet.py', 'runner.py', 'sources.py', 'study/config.py',
        'study/gradients.py', 'study/inspection.py', 'study/networks.py', 'study/run.py')


@dataclass(frozen=True)
class RunResult:
    """Result of a run; plain data.

    Attributes:
        dev_score: best score on the dev digits.
        test_score, test_correct, n_test: of the best checkpoint on the test digits.
        test_hits: the same for each test digit, a bit each, in hexadecimal; see ``hits``.
        loss_after_15_steps: training loss of the batch after 15 steps (or the last, if fewer).
        train_step_losses, train_epoch_losses, dev_losses, dev_scores: the runner's histories, six
            digits of each number, at most 100 steps.
        parameters, multiply_adds: of the network, for one digit.
        seconds: of the training and its evaluations.
        cpu_seconds: the same, over all cores.
        initial_tensors: digest of the initial tensors of each layer, by name.
        batches: digest of all training batches in their order.
        checkpoint: name of the file of the best model.
        gradients: norm of the first gradient of each residual block, from the input to the
            output; None where it is not finite. See ``gradient_norms``.
        diverged_at: the step in which the loss became nan or infinite, which ended the training;
            else None. What was the best until then is tested, or the network as it is.
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
    gradients: list = ()
    diverged_at: int | None = None

    @property
    def hits(self):
        """(n_test,) booleans: which test digits were classified correctly, in their order."""
        packed = np.frombuffer(bytes.fromhex(self.test_hits), np.uint8)
        return np.unpackbits(packed, count=self.n_test).astype(bool)


def load_digits(config):
    """The three data sets of a run; they do not depend on its seed."""
    if config.source != 'full':
        return _load_mnist(config.n_train, config.n_dev, config.n_test, source=config.source,
                           image_size=config.image_size, seed=config.split_seed)
    parts = (60_000 - config.n_dev) // config.n_train
    if config.split_seed >= max(parts, 1):
        raise ValueError(f'split_seed is {config.split_seed}: the full MNIST has {parts} disjoint '
                         f'sets of {config.n_train} training digits, 0 to {parts - 1}')
    train, dev, test = _load_mnist(config.n_train * max(parts, 1), config.n_dev, config.n_test,
                                   source='full', image_size=config.image_size)
    part = slice(config.split_seed * config.n_train, (config.split_seed + 1) * config.n_train)
    chosen = copy.copy(train)
    chosen.images, chosen.labels = train.images[part], train.labels[part]
    return chosen, dev, test


_load_mnist = lru_cache(maxsize=1)(load_mnist)  # the runs of a sweep share their digits


def run(config, out, *, digits=None, device='auto', skip_taps=True):
    """Train, keep the best model on the dev digits, test it.

    Args:
        config: a ``RunConfig``.
        out: folder for the file of the best model.
        digits: three data sets; default: ``load_digits(config)``.
        device: as in ``RunnerV3``.
        skip_taps: False trains with torch's own convolutions instead of ``skip_dead_taps``; the
            results agree up to rounding.

    Returns:
        A ``RunResult``.
    """
    train, dev, test = load_digits(config) if digits is None else digits
    model = build_model(config)
    at_start = {'initial_tensors': _digests(model), 'gradients': _gradients(model, config, train)}
    if skip_taps:
        model = skip_dead_taps(model)
    best = Path(out) / f'{config.name}-{config.key}.pdparams'
    start, start_cpu = time.perf_counter(), time.process_time()
    runner, batches, diverged_at = _train(model, config, train, dev, best, device)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - start_cpu
    hits, losses = _hits(runner, test), runner.train_step_losses
    return RunResult(
        config=config, test_score=hits.mean().item(),
        test_correct=int(hits.sum()), n_test=len(hits), test_hits=np.packbits(hits).tobytes().hex(),
        dev_score=max(runner.dev_scores or [_hits(runner, dev).mean().item()]),
        loss_after_15_steps=losses[min(15, len(losses) - 1)][1] if losses else None,
        train_step_losses=_rounded(losses[::math.ceil(len(losses) / 100) or 1]),
        train_epoch_losses=_rounded(runner.train_epoch_losses),
        dev_losses=_rounded(runner.dev_losses), dev_scores=runner.dev_scores,
        parameters=parameters(model),
        multiply_adds=multiply_adds(model, (1, *train.images.shape[1:])),
        seconds=seconds, cpu_seconds=cpu_seconds, batches=batches, checkpoint=best.name,
        date=datetime.now(UTC).isoformat(timespec='seconds'),
        versions=versions() | {'code': code_digest()}, machine=describe_machine(runner.device),
        diverged_at=diverged_at, **at_start)


def best_model(result, folder):
    """The network of a run with its best weights, from the folder of its file; in eval mode."""
    path = Path(folder) / result.checkpoint
    model = build_model(result.config)
    load_into(model, load_tensors(path), path)
    return model.eval()


@cache
def code_digest():
    """Digest of the code of a run: results of other code are not taken for this one's."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for name in CODE:
        digest.update((package / name).read_bytes())
    return digest.hexdigest()[:16]


def _train(model, config, train, dev, best, device):
    """The runner with its best model, the digest of the batches, the step of a divergence."""
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=config.momentum)
    loader = WitnessedLoader(train, config.batch_size, shuffle=True,
                             generator=torch.Generator().manual_seed(config.seed))
    steps, momentum, scheduler = config.epochs * len(loader), config.momentum, None
    if config.schedule == 'one_cycle':
        scheduler = OneCycleLR(optimizer, config.lr, total_steps=steps, cycle_momentum=momentum > 0,
                               base_momentum=momentum - 0.05, max_momentum=momentum + 0.05)
    runner = RunnerV3(model, optimizer, F.cross_entropy, Accuracy(), scheduler=scheduler,
                      device=device, log=lambda line: None, label=config.name)
    try:
        runner.train(loader, DataLoader(dev, config.batch_size), num_epochs=config.epochs,
                     eval_steps=max(15, steps // 20), save_path=best)
    except NotFiniteLoss:
        diverged_at = runner.global_step
    else:
        diverged_at = None
    if runner.best_path is not None:
        runner.load_model(best)
    Path(f'{best}.previous').unlink(missing_ok=True)  # of the same run by other code
    return runner, loader.digest(), diverged_at


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


def _hits(runner, digits):
    """(N,) booleans: which digits are classified correctly."""
    return torch.cat([runner.predict(inputs).argmax(1).cpu() == labels
                      for inputs, labels in DataLoader(digits, 256)]).numpy()


def _digests(model):
    """{name of a layer: digest of its tensors}."""
    digests = {}
    for name, tensor in model.state_dict().items():
        layer = name.rpartition('.')[0]
        digests.setdefault(layer, hashlib.sha256()).update(tensor.numpy().tobytes())
    return {layer: digest.hexdigest()[:8] for layer, digest in digests.items()}


def _gradients(model, config, train):
    """Norm of the first gradient of every residual block."""
    if config.arm == 'lenet':
        return []
    norms = gradient_norms(model, train.images[:64], train.labels[:64])
    return _rounded([*norms.values()])


def _rounded(history):
    """Six digits of every number; None for one that is not finite."""
    if isinstance(history, list | tuple):
        return [_rounded(entry) for entry in history]
    if isinstance(history, int):
        return history
    return float(f'{history:.6g}') if math.isfinite(history) else None
