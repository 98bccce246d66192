"""A call that needs no lab, for tests of workers side by side."""

import os
import time

__all__ = ['fake_call']


def fake_call(name):
    """End the process at 'dies', raise at 'fails', go on for ever at 'late'; else the name."""
    if name == 'dies':
        os._exit(1)
    if name == 'fails':
        raise ImportError('no torch')
    time.sleep(99 if name == 'late' else 0)
    return name
