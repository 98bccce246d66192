"""Lab 01: ResBlock."""

LAB = '01_residual_block'
NAME = 'ResBlock'
LIBRARY = {}
HIDDEN_PACKAGES = ('torchvision',)
