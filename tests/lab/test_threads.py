"""The number of threads is the quickest of those that are allowed."""

import time

import pytest
import torch
from cases.inputs.machines import SPEEDS

from nndl.lab import threads


@pytest.mark.parametrize(('seconds', 'allowed', 'chosen'), SPEEDS)
def test_the_quickest_number_is_chosen(monkeypatch, seconds, allowed, chosen):
    """On a machine on which a product takes these seconds with n threads."""
    used, clock = [4], [0.0]
    monkeypatch.setattr(time, 'perf_counter', lambda: clock[-1])
    monkeypatch.setattr(torch, 'relu', lambda _: clock.append(clock[-1] + seconds(used[-1])))
    monkeypatch.setattr(torch, 'set_num_threads', used.append)
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 4)
    monkeypatch.setattr('joblib.cpu_count', lambda: allowed)
    monkeypatch.setattr(threads, 'allowed_threads', threads.allowed_threads.__wrapped__)
    assert threads.choose_threads() == used[-1] == chosen
