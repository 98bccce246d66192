"""Lab 06: new_head."""

LAB = '06_model_zoo'
NAME = 'new_head'
LIBRARY = {}
PRELOADED = ('torchvision.models',)
