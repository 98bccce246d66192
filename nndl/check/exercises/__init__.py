"""The exercises, a folder each, named by the grade_id of the exercise's cell.

A folder's ``__init__.py`` holds what grading has to know without importing torch:

    LAB     name of its lab
    NAME    the name that the student's code must define
    LIBRARY {module of the kit: names} that the lab gives to an answer; where the student's code is
            graded there is nothing else of the kit
    HIDDEN_PACKAGES  other packages that would answer it; they are not to be found there; may be
            left out
    PRELOADED  modules that the student's process finds imported; may be left out

``probe.py`` runs beside the student's code: it makes, calls and measures, and knows no answer; a
folder has none if ``nndl.check.observe`` does all of that. ``checker.py`` has ``criteria(ask,
draw)``, see ``nndl.check.feedback.examine``; it never runs in the process of a submission.
``messages.toml`` has the criteria, of which a pass says that they are verified, the sentences, in
whose braces the facts of a fault are filled in, and three hints: where to look, which idea, one
line with a gap.
"""
