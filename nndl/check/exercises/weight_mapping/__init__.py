"""Lab 05: map_names."""

LAB = '05_torchvision'
NAME = 'map_names'
HIDDEN = {'nndl.weights': '*'}
PRELOADED = ('torchvision.models',)
