"""Checks of the labs' exercises, one function an exercise, called on the student's own object.

They answer in the student's language what is wrong, by name, with a hint; a pass says what was
verified. They look at what the code computes, never at how it is written.
"""

from nndl.check.block import resblock
from nndl.check.feedback import Feedback, NotYet, set_language

EXERCISES = ['resblock']
__all__ = ['EXERCISES', 'Feedback', 'NotYet', 'resblock', 'set_language']
