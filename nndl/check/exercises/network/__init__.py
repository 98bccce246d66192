"""Lab 02: Model_ResNet18."""

LAB = '02_resnet18'
NAME = 'Model_ResNet18'
HIDDEN = {'nndl.resnet': ('make_first_module', 'resnet_module', 'make_modules', 'Model_ResNet18')}
HIDDEN_PACKAGES = ('torchvision',)
