"""Lab 03: accuracy."""

LAB = '03_ablation'
NAME = 'accuracy'
LIBRARY = {}
