"""Lab 03: training_step."""

LAB = '03_ablation'
NAME = 'training_step'
HIDDEN = {}
ANSWERS = {'nndl.runner': ('RunnerV3',)}
PRELOADED = ('torch._dynamo',)
