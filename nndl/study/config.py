"""The settings of one run of the ablation."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from nndl.explain import check_whole
from nndl.resnet import NUM_BLOCKS

__all__ = ['RunConfig', 'ARMS', 'INITS', 'SCHEDULES']

ARMS = 'plain', 'residual', 'lenet'
SCHEDULES = 'constant', 'one_cycle'
INITS = 'torch', 'he', 'he_live'


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
        seed: of the initial tensors and the order of the batches.
        split_seed: of the digits drawn for training, dev and test. Of the full MNIST the training
            sets of different ``split_seed`` are disjoint.
        source: as in ``load_mnist``.
        image_size: height and width of the digits, in pixels.
        batch_norm: False takes every batch normalisation out.
        init: of the convolutions: 'torch' (PyTorch's default), 'he' (He et al. 2015: normal with
            variance 2 / fan_in, bias 0) or 'he_live' (the same, fan_in counting only the
            products with a pixel, not those with padding).
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
    init: str = 'torch'
    split_seed: int = 0

    def __post_init__(self):
        for name, value, allowed in (('arm', self.arm, ARMS),
                                     ('schedule', self.schedule, SCHEDULES),
                                     ('init', self.init, INITS)):
            if value not in allowed:
                raise ValueError(f'{name} is {value!r}: give one of {", ".join(allowed)}')
        for name, least in (('epochs', 1), ('batch_size', 1), ('n_train', 1), ('n_dev', 1),
                            ('n_test', 1), ('seed', 0), ('split_seed', 0)):
            object.__setattr__(self, name, check_whole(name, getattr(self, name), least))
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
    def network(self):
        """Name of the network, for example residual-18."""
        return 'LeNet-5' if self.arm == 'lenet' else f'{self.arm}-{self.depth}'

    @property
    def name(self):
        """Name of the run, for example residual-18-seed0."""
        return f'{self.network}-seed{self.seed}'

    @property
    def setting(self):
        """These settings with the first seeds: equal for runs that differ in their seeds alone."""
        return replace(self, seed=0, split_seed=0)

    @property
    def key(self):
        """A digest of all settings, for files: equal for equal runs only."""
        settings = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(settings.encode()).hexdigest()[:16]
