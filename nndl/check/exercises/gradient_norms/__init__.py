"""Lab 04: gradient_norms."""

LAB = '04_why_it_works'
NAME = 'gradient_norms'
HIDDEN = {'nndl.study.gradients': ('gradient_norms',)}
