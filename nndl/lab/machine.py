"""Machine and versions that a result was obtained with."""

import os
import platform
from contextlib import suppress
from pathlib import Path

import torch

__all__ = ['describe_machine', 'versions']


def describe_machine(device='cpu'):
    """Plain data: processor, cores, threads, device."""
    device = torch.device(device)
    accelerator = torch.cuda.get_device_name(device) if device.type == 'cuda' else None
    return {'system': platform.system(), 'architecture': platform.machine(),
            'processor': _processor(), 'cores': os.cpu_count(),
            'threads': torch.get_num_threads(), 'device': str(device),
            'accelerator': accelerator}


def versions():
    """Plain data: versions of Python and of the packages that a result depends on."""
    import numpy

    import nndl

    return {'python': platform.python_version(), 'torch': torch.__version__,
            'numpy': numpy.__version__, 'nndl': nndl.__version__}


def _processor():
    with suppress(OSError):
        for line in Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines():
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return platform.processor()
