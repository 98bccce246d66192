"""What ``nndl.check`` says of the student's object: advice for the student, never points."""

__all__ = ['advice']


def advice(thing, check, language):
    """{'faults': names, 'message': text} of one of the labs' checks."""
    import nndl.check

    feedback = getattr(nndl.check, check)(thing, lang=language)
    return {'faults': list(feedback.faults), 'message': feedback.message}
