"""The exercises, a folder each, named by the grade_id of the exercise's cell.

A folder's ``__init__.py`` holds what grading has to know without importing torch:

    LAB     name of its lab
    NAME    the name that the student's code must define
    HIDDEN  {module of the kit: names, or '*' for all} that would answer an exercise. Where the
            student's code is graded they only raise
    HIDDEN_PACKAGES  other packages that would; they are not to be found there; may be left out
    ANSWERS {module: names} that would answer it too, but that the lab itself needs: their use is
            flagged; may be left out
    PRELOADED  modules that the student's process finds imported; may be left out

``probe.py`` runs beside the student's code: it makes, calls and measures, and knows no answer.
``checker.py`` has ``criteria(ask, draw)``, see ``nndl.check.feedback.examine``; it never runs in
the process of a submission. ``messages.toml`` and ``hints.toml`` have the sentences.
"""
