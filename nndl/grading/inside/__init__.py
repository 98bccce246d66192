"""Runs in the student's kernel: calls the student's object and gives plain data back.

Nothing here knows an expected value. It all lies open to the student's code, which may change it;
what counts is whether the values that come back are those that the grader expects.
"""

import json
from importlib import import_module

__all__ = ['answer', 'FILES']


FILES = 'advice', 'functions', 'modules', 'pairs', 'training'


class _Text:
    """Shown by IPython exactly as it is."""

    def __init__(self, text):
        self.text = text

    def _repr_pretty_(self, printer, cycle):
        printer.text(self.text)


def answer(request, namespace):
    """Do what is asked with the student's object.

    Args:
        request: JSON, {'do': name of a function in this folder, 'name': name of the student's
            object, and the arguments of that function}.
        namespace: where the student's objects are.

    Returns:
        A text that IPython shows as it is: the JSON of what the function gives, or of
        {'error': what the student's code raised}.
    """
    asked = json.loads(request)
    do = _function(asked['do'])
    arguments = {key: value for key, value in asked.items() if key not in ('do', 'name')}
    try:
        if asked['name'] not in namespace:
            raise NameError(f'{asked["name"]} is not defined')
        text = json.dumps(do(namespace[asked['name']], **arguments), allow_nan=False)
    except Exception as error:  # whatever the student's code raises
        text = json.dumps({'error': f'{type(error).__name__}: {error}'[:500]})
    return _Text(text)


def _function(do):
    for file in FILES:
        module = import_module(f'nndl.grading.inside.{file}')
        if do in module.__all__:
            return getattr(module, do)
    raise LookupError(f'no file of nndl/grading/inside has {do!r} in its __all__')
