"""Lab 04: gradient_norms."""

LAB = '04_why_it_works'
NAME = 'gradient_norms'
LIBRARY = {'nndl.resnet': ('Model_ResNet18',)}
