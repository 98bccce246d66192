"""The instructor's side: hand out the labs, run what comes back, compare values, write grades.

A submission goes one way, a file a step:

    release.py      what students are given
    labs.py         the authentic labs and their exercises
    hand_ins.py     what comes back: files in folders and zip archives
    submission.py   what is taken of it; nndl/check/notebook.py reads it
    rebuild.py      those cells, and what they use, in the order in which they are run
    run.py          all submissions, one way or the other; a killed run resumes
    plain.py, plugin.py   the plain way: whole notebooks in nbval

    edition.py, partial.py   the library in a child: what the lab gives, no answers
    linux.py, view.py, sandbox.py, memory.py   namespaces and limits around a child
    warm.py, inside.py, frames.py   what runs there: the process that children are forked from, a
                    child's cells and answers, the messages
    children.py     the grader's ends of these
    session.py      one submission in children; a lost one is replaced
    verdict.py      points of an exercise: its checker, nndl/check, asks through the child
    worker.py, pool.py   workers side by side, or on a cluster
    workspace.py    a folder for one run; what a killed grader left is removed

    record.py       what is known of a graded submission
    flags.py        what a person should look at
    overrides.py    points that the instructor sets
    results.py      grades.csv, JUnit XML
    pages.py, summary.py, words.py   feedback pages and the class page
    roster.py, gradebook.py   the school's list, and its file with one column filled
"""
