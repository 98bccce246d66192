"""What a result was obtained on, and how to use that machine well."""

import ctypes
import os
import platform
from pathlib import Path

import torch

__all__ = ['describe_machine', 'versions', 'keep_freed_memory', 'give_back_freed_memory']


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


def keep_freed_memory():
    """Let this process keep the memory that it frees, for the next training step.

    Each step frees 45 MB of gradients, and glibc gives them back to the system, which hands out
    the same pages again, filled with zeros, a moment later: about 4,000 page faults and a tenth
    of the step. Returns whether it could be set (Linux with glibc only).
    """
    if platform.libc_ver()[0] != 'glibc':
        return False
    m_trim_threshold, m_mmap_threshold, one_gigabyte = -1, -3, 1 << 30
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(m_mmap_threshold, one_gigabyte)
                and libc.mallopt(m_trim_threshold, one_gigabyte))


def give_back_freed_memory():
    """Return the memory of freed tensors to the system; glibc would keep it for later.

    For notebooks on small machines: Binder has 2 GB. Does nothing where there is no glibc.
    """
    if platform.libc_ver()[0] == 'glibc':
        ctypes.CDLL(None).malloc_trim(0)


def _processor():
    try:
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    except OSError:
        pass
    return platform.processor()
