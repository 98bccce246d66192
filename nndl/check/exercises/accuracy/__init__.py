"""Lab 03: accuracy."""

LAB = '03_ablation'
NAME = 'accuracy'
HIDDEN = {}
ANSWERS = {'nndl.metric': ('Accuracy',)}
