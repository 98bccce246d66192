"""Checks of the labs' exercises, one function an exercise, called on the student's own object.

They answer in the student's language what is wrong, by name, with a hint; a pass says what was
verified. They look at what the code computes, never at how it is written.
"""

from nndl.check.accuracy import accuracy
from nndl.check.block import resblock
from nndl.check.blocks import resnet_module
from nndl.check.fairness import fair_comparison
from nndl.check.feedback import Feedback, NotYet
from nndl.check.gradients import gradient_norms
from nndl.check.head import new_head
from nndl.check.network import network
from nndl.check.stem import first_module
from nndl.check.training import training_step
from nndl.check.weights import weight_mapping

EXERCISES = ['accuracy', 'fair_comparison', 'first_module', 'gradient_norms', 'network',
             'new_head', 'resblock', 'resnet_module', 'training_step', 'weight_mapping']
__all__ = ['EXERCISES', 'Feedback', 'NotYet', 'accuracy', 'fair_comparison', 'first_module',
           'gradient_norms', 'network', 'new_head', 'resblock', 'resnet_module', 'training_step',
           'weight_mapping']
