"""A sweep of small runs that a test kills half-way; run by test_sweep.py and test_cluster.py.

    python sweep_to_kill.py FILE JOBS
    python sweep_to_kill.py FILE ADDRESS NUMBER
"""

import sys

from nndl.study.config import RunConfig
from nndl.study.sweep import sweep

MANY = [RunConfig('lenet', n_train=128, n_dev=32, n_test=100, seed=seed, lr=0.05, momentum=0.9)
        for seed in range(1000)]  # not all done before it is killed, however busy the machine

if __name__ == '__main__':
    path, where, *number = sys.argv[1:]
    if number:
        sweep(MANY[:int(number[0])], path, dask=where)
    else:
        sweep(MANY, path, jobs=int(where))
