"""Support for the notebooks: first cell, language, doctor.

Works where torch is missing.
"""

from nndl.lab.first_cell import start

__all__ = ['start']
