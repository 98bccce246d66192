"""The instructor's side: hand out the labs, run what comes back, compare values, write grades.

A submission goes one way, a file a step:

    release.py      what students are given
    labs.py         the authentic labs and their exercises
    submission.py   what comes back; nndl/check/notebook.py reads it
    rebuild.py      those cells, put into the authentic lab
    edition.py      the library as the kernel sees it, without the answers
    linux.py, view.py, sandbox.py   namespaces and limits around a kernel
    warm.py, warm_parent.py         the process that kernels are forked from, and our end of it
    provisioner.py  makes jupyter_client start kernels there
    cells.py        runs one cell: deadline, liveness, capped output
    memory.py       what a kernel takes with all that it started
    collector.py    nbval's collector, with the above
    inside.py       in the kernel: has the exercise's probe call the student's object
    verdict.py      points of an exercise: its checker, nndl/check, asks through the kernel
    chunk.py        a few submissions in one pytest process
    workspace.py    a folder for one run; what a killed grader left is removed
    run.py          all submissions, side by side; a killed run resumes
    record.py       what is known of a graded submission
    flags.py        what a person should look at
    results.py      grades.csv, JUnit XML
    pages.py, summary.py, words.py  feedback pages and the class page
"""
