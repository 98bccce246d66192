"""Lab 03: training_step."""

LAB = '03_ablation'
NAME = 'training_step'
LIBRARY = {}
PRELOADED = ('torch._dynamo',)
