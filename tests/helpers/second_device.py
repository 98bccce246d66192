"""A second device on every machine: torch's own ``lazy`` one, computed on the CPU.

Mixing its tensors with those of the CPU raises in most operations (not in indexing), as on a GPU;
running statistics stay as they are, so that accuracies in eval mode mean nothing.
"""

from functools import cache

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

SECOND = 'lazy'


@cache
def start_second_device():
    """Initialise the device, which torch allows once a process."""
    import torch._lazy
    import torch._lazy.ts_backend

    torch._lazy.ts_backend.init()
    # Else every loss would be computed from the first step of the training on.
    register_optimizer_step_post_hook(lambda *_: torch._lazy.mark_step())
    return torch.device(SECOND)


@pytest.fixture
def second_device():
    """It, with networks that keep their parameters when they are moved, as on a GPU."""
    try:
        device = start_second_device()
    except ImportError:
        pytest.skip('this torch has no lazy device')
    torch.__future__.set_swap_module_params_on_conversion(True)
    yield device
    torch.__future__.set_swap_module_params_on_conversion(False)
