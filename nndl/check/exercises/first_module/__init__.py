"""Lab 02: make_first_module."""

LAB = '02_resnet18'
NAME = 'make_first_module'
LIBRARY = {'nndl.resnet': ('NUM_BLOCKS', 'ResBlock')}
HIDDEN_PACKAGES = ('torchvision',)
