"""Lab 05: check_mapping."""

LAB = '05_torchvision'
NAME = 'check_mapping'
LIBRARY = {'nndl.resnet': ('Model_ResNet18',)}
PRELOADED = ('torchvision.models',)
