"""Machines on which the labs run, quick and slow, whole and broken."""

# (seconds of a product with n threads, threads allowed, threads that are best)
SPEEDS = [
    (lambda n: 1 / n, 4, 4),  # an idle machine
    (lambda n: 1 / n, 2, 2),  # a quota of two
    (lambda n: 1 / n, 1, 1),
    (lambda n: 3 if n == 4 else 1 / n, 4, 3),  # one core is busy, and four threads wait for it
    (lambda n: n, 4, 1),  # all are
    (lambda n: 0.95 if n < 4 else 1, 4, 4),  # not clearly quicker
]

# (package, error that its import raises, packages to install again and what to do besides)
BROKEN_PACKAGES = [
    ('torchvision', RuntimeError('operator torchvision::nms does not exist'), 'torch torchvision'),
    ('scipy', ImportError('DLL load failed while importing _x'), 'scipy. If that does not help, '
     'install the Microsoft Visual C++ Redistributable (x64)'),
    ('pillow', ImportError('cannot import name _imaging'), 'pillow'),
]
