"""Lab 02: Model_ResNet18."""

LAB = '02_resnet18'
NAME = 'Model_ResNet18'
LIBRARY = {'nndl.resnet': ('NUM_BLOCKS', 'ResBlock')}
HIDDEN_PACKAGES = ('torchvision',)
