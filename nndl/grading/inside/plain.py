"""Tensors as plain data and back: type, shape and raw bytes, nothing that runs when it is read."""

import base64
import math

__all__ = ['pack', 'unpack', 'unpack_all', 'number', 'summary', 'NotPlain', 'LARGEST']

TYPES = 'float32', 'int64'
LARGEST = 2_000_000  # numbers in one tensor


class NotPlain(ValueError):
    """A value is not of the type, size or form that is accepted."""


def pack(tensor):
    """A tensor as {'type', 'shape', 'data'}; float32 and int64 only.

    Raises:
        NotPlain: for anything else.
    """
    import torch

    if not isinstance(tensor, torch.Tensor):
        raise NotPlain(f'expected a tensor, got {type(tensor).__name__}')
    name = str(tensor.dtype).removeprefix('torch.')
    if name not in TYPES or tensor.numel() > LARGEST:
        raise NotPlain(f'expected float32 or int64, at most {LARGEST} numbers, '
                       f'got {name} {tuple(tensor.shape)}')
    data = tensor.detach().contiguous().numpy().tobytes()
    return {'type': name, 'shape': list(tensor.shape), 'data': base64.b64encode(data).decode()}


def unpack(packed):
    """The tensor of ``pack``, or of {'outer': [...], 'shape'}; finite.

    ``outer`` keeps the message small where a tensor is large: a list of triples of packed vectors
    (a, b, c), standing for the sum of a[i] * b[j] * c[k], reshaped.

    Raises:
        NotPlain: if types, sizes or bytes do not agree, or a number is not finite.
    """
    import torch

    try:
        shape = [_size(size) for size in packed['shape']]
        if 'outer' in packed:
            return _outer([list(map(unpack, triple)) for triple in packed['outer']], shape)
        dtype = {name: getattr(torch, name) for name in TYPES}[packed['type']]
        data = base64.b64decode(packed['data'], validate=True)
        if len(shape) > 8 or math.prod(shape) > LARGEST:
            raise NotPlain(f'a tensor of shape {shape} is too large')
        if len(data) != math.prod(shape) * dtype.itemsize:
            raise NotPlain(f'{len(data)} bytes are not a {packed["type"]} tensor of shape {shape}')
    except (KeyError, TypeError, ValueError) as error:
        raise NotPlain(f'not a packed tensor: {error}') from None
    tensor = torch.frombuffer(bytearray(data), dtype=dtype) if data else torch.empty(0, dtype=dtype)
    if not torch.isfinite(tensor).all():
        raise NotPlain('a number is not finite')
    return tensor.reshape(shape)


def unpack_all(packed):
    """A dict of packed tensors, unpacked."""
    return {name: unpack(value) for name, value in packed.items()}


def number(value):
    """A plain, finite number; no truth value, no subclass with ideas of its own.

    Raises:
        NotPlain: otherwise.
    """
    import numpy as np

    if type(value) in (np.float64, np.float32):
        value = float(value)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise NotPlain(f'expected a finite number, got {type(value).__name__}')
    return value


def summary(tensor):
    """What tells a large tensor from others: type, shape, three of its values."""
    flat = tensor.detach().flatten()
    return [str(tensor.dtype), list(tensor.shape),
            [float(flat[place]) for place in (0, flat.numel() // 2, -1)]]


def _size(size):
    if type(size) is not int or size < 0:
        raise NotPlain(f'{size!r} is not a size')
    return size


def _outer(triples, shape):
    return sum(a[:, None, None] * b[None, :, None] * c[None, None, :]
               for a, b, c in triples).reshape(shape)
