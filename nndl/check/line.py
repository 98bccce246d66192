"""The line between a checker and a probe: requests and answers as bytes that hold plain values.

A probe runs beside the student's code, possibly in another process, and a checker reads what comes
back as foreign bytes: numbers, strings, lists, dicts and tensors; of anything else its type's name.
A message is the length of a JSON text in four bytes, that text, and the numbers of all tensors.
"""

import json
import linecache
import math
import sysconfig
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import torch

__all__ = ['Kind', 'Malformed', 'StudentError', 'answer', 'connect', 'kind_of', 'read_answer',
           'request_for']

TYPES = 'float32', 'float64', 'int64', 'bool'
LARGEST = 2_000_000  # numbers in one tensor
LONGEST = 1_000_000  # bytes of the JSON text of one answer
LIBRARIES = str(Path(__file__).resolve().parents[1]), sysconfig.get_path('stdlib')


@dataclass(frozen=True)
class Kind:
    """Stands for a value that is no plain one: the name of its type."""

    name: str

    def __str__(self):
        return self.name


class Malformed(ValueError):
    """An answer has another form than that of a probe."""


class StudentError(Exception):
    """The student's code raised.

    Attributes:
        kind: name of the exception's type.
        text: of the exception.
        line: the student's line that ran last, '' if there is none.
        name: of the function or class around it.
        clue: what only the running code could tell, '' or a name of ``errors.toml``.
    """

    def __init__(self, kind, text='', line='', name='', clue=''):
        super().__init__(f'{kind}: {text}' if text else kind)
        self.kind, self.text, self.line, self.name, self.clue = kind, text, line, name, clue


def connect(exercise, thing):
    """``ask(function, **arguments)`` for a probe in this process."""
    def ask(function, **arguments):
        return read_answer(answer(request_for(exercise, function, arguments),
                                  lambda request: thing))
    return ask


def request_for(exercise, function, arguments, **other):
    """The bytes that ``answer`` takes; ``other`` are plain values for whoever passes it on."""
    return _packed({'exercise': exercise, 'function': function, 'arguments': arguments, **other})


def answer(request, find):
    """Have a probe do what is asked; runs beside the student's code.

    Args:
        request: bytes made by ``request_for``.
        find: ``find(request as a dict)`` gives the student's object; it may raise.

    Returns:
        Bytes for ``read_answer``: what the function gave, or the error of the student's code.
    """
    asked = _unpacked(request)
    name = 'observe' if asked['function'] == 'observe' else f'exercises.{asked["exercise"]}.probe'
    probe = import_module(f'nndl.check.{name}')
    try:
        with warnings.catch_warnings(action='ignore'):  # of the student's code, run many times
            return _packed({'value': getattr(probe, asked['function'])(
                find(asked), **asked['arguments'])})
    except Exception as error:  # whatever the student's code raises
        return _packed({'error': _described(error)})


def read_answer(data):
    """Return the value that a probe gave.

    Raises:
        StudentError: if the student's code raised.
        Malformed: if this is no answer of a probe.
    """
    try:
        told = _unpacked(data)
        if 'error' not in told:
            return told['value']
        error = [str(told['error'][key])[:500] for key in ('kind', 'text', 'line', 'name', 'clue')]
    except (KeyError, RecursionError, TypeError, ValueError) as wrong:
        raise Malformed(f'no answer in the form that was asked for ({wrong})'[:300]) from None
    raise StudentError(*error)


def kind_of(value):
    """Describe a value for messages: 'float', 'torch.Tensor (2, 3)', 'class ReLU'."""
    if isinstance(value, Kind):
        return value.name
    if isinstance(value, torch.Tensor):
        return f'torch.Tensor {tuple(value.shape)}'
    if isinstance(value, tuple | list):
        return f'({", ".join(map(kind_of, value[:9]))})'
    return f'class {value.__name__}' if isinstance(value, type) else type(value).__name__


def _packed(value):
    tensors = []
    text = json.dumps(_encoded(value, tensors), allow_nan=False).encode()
    return b''.join([len(text).to_bytes(4, 'big'), text, *tensors])


def _encoded(value, tensors):
    """Convert a value to what JSON takes; the bytes of tensors are put into a list."""
    if value is None or type(value) in (bool, int, str):
        return value
    if hasattr(value, 'dtype') and not isinstance(value, torch.Tensor) and value.shape == ():
        value = value.item()  # a number of numpy's
    if type(value) in (int, bool):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {'$number': repr(value)}
    if type(value) in (list, tuple):
        return [_encoded(each, tensors) for each in value]
    if isinstance(value, dict) and all(type(key) is str and key[:1] != '$' for key in value):
        return {key: _encoded(each, tensors) for key, each in value.items()}
    if isinstance(value, torch.Tensor) and value.numel() <= LARGEST:
        dtype = str(value.dtype).removeprefix('torch.')
        if dtype not in TYPES:
            return {'$kind': f'{kind_of(value)} of {dtype}'}
        tensors.append(value.detach().cpu().contiguous().numpy().tobytes())
        return {'$tensor': dtype, 'shape': list(value.shape)}
    return {'$kind': (value.name if isinstance(value, Kind) else kind_of(value))[:200]}


def _unpacked(data):
    size = int.from_bytes(data[:4], 'big')
    if size > LONGEST:
        raise Malformed(f'a text of {size} bytes is too long')
    told = json.loads(bytes(data[4:4 + size]), parse_constant=_refuse)
    return _decoded(told, _Rest(memoryview(data)[4 + size:]))


def _decoded(value, rest):
    if isinstance(value, list):
        return [_decoded(each, rest) for each in value]
    if not isinstance(value, dict):
        return value
    if '$tensor' in value:
        return rest.tensor(value['$tensor'], value['shape'])
    if '$number' in value:
        return float(value['$number'])
    if '$kind' in value:
        return Kind(str(value['$kind'])[:200])
    return {key: _decoded(each, rest) for key, each in value.items()}


class _Rest:
    """The numbers of the tensors that are still to be read."""

    def __init__(self, data):
        self.data = data

    def tensor(self, name, shape):
        """The next tensor."""
        if name not in TYPES or len(shape) > 8 or not all(type(n) is int and n >= 0 for n in shape):
            raise Malformed(f'{name} {shape} is no tensor')
        dtype, n = getattr(torch, name), math.prod(shape)
        here, self.data = self.data[:n * dtype.itemsize], self.data[n * dtype.itemsize:]
        if n > LARGEST or len(here) != n * dtype.itemsize:
            raise Malformed(f'{len(here)} bytes are no {name} tensor of shape {shape}')
        return (torch.frombuffer(bytearray(here), dtype=dtype) if n
                else torch.empty(0, dtype=dtype)).reshape(shape)


def _refuse(constant):
    raise Malformed(f'{constant} is not a finite number')


def _described(error):
    """Describe an exception of the student's code."""
    line, frame = '', None
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not file.startswith(LIBRARIES) and 'site-packages' not in file:
            line = linecache.getline(file, traceback.tb_lineno).strip() or line
            frame = traceback.tb_frame
        traceback = traceback.tb_next
    name = frame.f_code.co_qualname.rpartition('<locals>.')[2].partition('.')[0] if frame else ''
    return {'kind': type(error).__name__, 'text': ' '.join(str(error).split())[:300],
            'line': line[:200], 'name': name, 'clue': _clue(error, frame)}


def _clue(error, frame):
    """'forgotten_self' if the missing name is an attribute of the object whose method ran."""
    this = frame.f_locals.get('self') if frame is not None else None
    known = isinstance(error, NameError) and this is not None and hasattr(this, error.name or '')
    return 'forgotten_self' if known else ''
