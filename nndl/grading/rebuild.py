"""The student's cells put into the authentic lab: the notebook that is run."""

from nbformat.v4 import new_code_cell, new_notebook

from nndl.grading.labs import needed_cells

__all__ = ['rebuild']


def rebuild(lab, submission):
    """A notebook of the lab's own cells that the exercises need, and the student's exercises.

    Cells that only show something are left out: they give no points, and an experiment takes a
    minute. An exercise's cell has its grade_id in ``metadata.exercise``.
    """
    places = dict.fromkeys(needed_cells(lab, submission.sources))
    places |= {lab.exercises[grade_id].place: grade_id for grade_id in submission.sources}
    cells = []
    for place, grade_id in sorted(places.items()):
        source = lab.cells[place] if grade_id is None else submission.sources[grade_id]
        cells.append(new_code_cell(source, metadata={} if grade_id is None else
                                   {'exercise': grade_id}))
    return new_notebook(cells=cells)
