"""Lab 01: ResBlock."""

LAB = '01_residual_block'
NAME = 'ResBlock'
HIDDEN = {'nndl.resnet': ('ResBlock', 'make_first_module', 'resnet_module', 'make_modules',
                          'Model_ResNet18')}
HIDDEN_PACKAGES = ('torchvision',)
