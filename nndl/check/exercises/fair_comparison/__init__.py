"""Lab 03: fair_pairs."""

LAB = '03_ablation'
NAME = 'fair_pairs'
HIDDEN = {}
PRELOADED = ('torch._dynamo',)
