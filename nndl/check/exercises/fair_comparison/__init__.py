"""Lab 03: fair_pairs."""

LAB = '03_ablation'
NAME = 'fair_pairs'
LIBRARY = {'nndl.fast': ('skip_dead_taps',), 'nndl.resnet': ('Model_ResNet18',),
           'nndl.study.networks': ('copy_initial_tensors',)}
PRELOADED = ('torch._dynamo',)
