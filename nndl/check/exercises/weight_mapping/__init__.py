"""Lab 05: map_names."""

LAB = '05_torchvision'
NAME = 'map_names'
LIBRARY = {'nndl.resnet': ('Model_ResNet18',)}
PRELOADED = ('torchvision.models',)
