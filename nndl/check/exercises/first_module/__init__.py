"""Lab 02: make_first_module."""

LAB = '02_resnet18'
NAME = 'make_first_module'
HIDDEN = {'nndl.resnet': ('make_first_module', 'resnet_module', 'make_modules', 'Model_ResNet18')}
HIDDEN_PACKAGES = ('torchvision',)
