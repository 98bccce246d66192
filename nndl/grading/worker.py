"""What a worker of the grader has imported before its first submission."""

import gc
import sys

# jsonschema, which nbformat imports, would spend 2 s on a grammar of international addresses.
sys.modules.setdefault('rfc3987_syntax', None)

from nndl.grading.chunk import grade_chunk  # noqa: E402

__all__ = ['grade_chunk']

gc.freeze()  # so that collections in the workers do not copy the pages that they share
