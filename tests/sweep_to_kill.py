"""A sweep of small runs that a test kills half-way; run by test_sweep.py.

    python sweep_to_kill.py FILE JOBS
"""

import sys

from nndl.ablation import RunConfig
from nndl.sweep import sweep

CONFIGS = [RunConfig('lenet', n_train=320, n_dev=40, n_test=100, seed=seed, lr=0.05, momentum=0.9)
           for seed in range(12)]

if __name__ == '__main__':
    sweep(CONFIGS, sys.argv[1], jobs=int(sys.argv[2]))
