"""What a result was obtained on, and how to use that machine well."""

import ctypes
import hashlib
import os
import platform
import re
from functools import cache
from pathlib import Path

import torch

__all__ = ['describe_machine', 'versions', 'code_digest', 'keep_freed_memory',
           'give_back_freed_memory', 'tidy_memory']


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


@cache
def code_digest(name):
    """A digest of the code of ``nndl/NAME.py`` and of every file there that it imports."""
    digest = hashlib.sha256()
    for path in sorted(_with_imports(Path(__file__).with_name(f'{name}.py'))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def keep_freed_memory():
    """Let this process keep the memory that it frees, for the next training step.

    Each step frees 45 MB of gradients, and glibc gives them back to the system, which hands out
    the same pages again, filled with zeros, a moment later: about 4,000 page faults and a tenth
    of the step. Returns whether it could be set (Linux with glibc only).
    """
    return _set_malloc(mmap_threshold=1 << 30, trim_threshold=1 << 30)


def give_back_freed_memory():
    """Let this process give back at once every block over 1 MB that it frees.

    The opposite of ``keep_freed_memory``, for notebooks on small machines: Binder has 2 GB.
    Returns whether it could be set (Linux with glibc only).
    """
    return _set_malloc(mmap_threshold=1 << 20, trim_threshold=1 << 20)


def tidy_memory():
    """Give back what small freed blocks still hold. Does nothing where there is no glibc."""
    if platform.libc_ver()[0] == 'glibc':
        ctypes.CDLL(None).malloc_trim(0)


def _with_imports(path):
    """The file and all of its folder that it imports, itself or through others."""
    found, waiting = set(), [path]
    while waiting:
        path = waiting.pop()
        if path.exists() and path not in found:
            found.add(path)
            text = path.read_text(encoding='utf-8')
            waiting += [path.with_name(f'{name}.py')
                        for name in re.findall(r'^ *from nndl\.(\w+) import', text, re.M)]
    return found


def _set_malloc(mmap_threshold, trim_threshold):
    if platform.libc_ver()[0] != 'glibc':
        return False
    m_trim_threshold, m_mmap_threshold = -1, -3  # numbers of malloc.h
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(m_mmap_threshold, mmap_threshold)
                and libc.mallopt(m_trim_threshold, trim_threshold))


def _processor():
    try:
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    except OSError:
        pass
    return platform.processor()
