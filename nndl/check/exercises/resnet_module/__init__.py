"""Lab 02: resnet_module."""

LAB = '02_resnet18'
NAME = 'resnet_module'
LIBRARY = {'nndl.resnet': ('NUM_BLOCKS', 'ResBlock')}
HIDDEN_PACKAGES = ('torchvision',)
