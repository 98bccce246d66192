"""Checks of the labs' exercises, one function an exercise, called on the student's own object.

They answer in the student's language what is wrong, by name, with a hint; a pass says what was
verified. They look at what the code computes, never at how it is written. A function, its file,
its messages, its cases in tests/cases and its probes in nndl/grading/probes bear the ``grade_id``
of the exercise.
"""

from nndl.check.accuracy import accuracy
from nndl.check.fair_comparison import fair_comparison
from nndl.check.feedback import Feedback, NotYet
from nndl.check.first_module import first_module
from nndl.check.gradient_norms import gradient_norms
from nndl.check.network import network
from nndl.check.new_head import new_head
from nndl.check.resblock import resblock
from nndl.check.resnet_module import resnet_module
from nndl.check.training_step import training_step
from nndl.check.weight_mapping import weight_mapping

EXERCISES = (accuracy, fair_comparison, first_module, gradient_norms, network, new_head, resblock,
             resnet_module, training_step, weight_mapping)
__all__ = ['EXERCISES', 'Feedback', 'NotYet', *(check.__name__ for check in EXERCISES)]
