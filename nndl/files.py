"""Files that are written whole or not at all, and checked when read."""

import os
import pickle
import re
import time
from pathlib import Path

__all__ = ['CheckpointError', 'write_whole', 'set_aside', 'save_tensors', 'load_tensors',
           'load_into']

BUSY_SECONDS = 2  # for which a virus scanner or OneDrive may have a file open, on Windows


class CheckpointError(RuntimeError):
    """A file of weights or a checkpoint cannot be used."""


def write_whole(path, write):
    """Write a file so that a reader, even after a crash, finds the old or the new one, whole.

    Args:
        path: the file, ``~`` for the home folder; its folder is created if needed.
        write: function called with a binary file.
    """
    path = Path(path).expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of this process's own: another one may be writing the same file.
    part = path.with_name(f'.{path.name}.{os.getpid()}.part')
    try:
        with part.open('wb') as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        _rename(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error.__context__, KeyboardInterrupt):  # torch.save makes another error of it
            raise error.__context__ from error
        raise


def set_aside(save_path):
    """Rename a file that is there to ``save_path.previous``; return the path.

    Raises:
        ValueError: if no file can be written there.
    """
    path = Path(save_path or '').expanduser().absolute()
    try:
        if path.exists() and not path.is_file():
            raise OSError(0, 'not a regular file')
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _rename(path, f'{path}.previous')
    except OSError as error:
        raise ValueError(f'save_path is {save_path!r}: give the name of a file for the best model '
                         f'({error.strerror})') from error
    return path


def save_tensors(content, path):
    """Save a dict of tensors, on the CPU, or other plain data."""
    import torch  # not for those who only write text

    if isinstance(content, dict):
        content = {key: value.cpu() if isinstance(value, torch.Tensor) else value
                   for key, value in content.items()}
    write_whole(path, lambda file: torch.save(content, file))


def load_tensors(path):
    """Load what ``save_tensors`` wrote, to the CPU; never runs code from the file.

    Raises:
        CheckpointError: if the file is missing, cut short, or holds more than plain data.
    """
    import torch

    if path is None:
        raise CheckpointError('no file is given: train() saves no model without a dev_loader')
    path = Path(path).expanduser()
    if not path.is_file():
        earlier = f' {path}.previous is of an earlier training.' * path.with_name(
            f'{path.name}.previous').exists()
        what = 'a folder' if path.is_dir() else 'not there'
        raise CheckpointError(f'{path} is {what}. Was it saved, and is this the folder? '
                              f'(the working directory is {Path.cwd()}){earlier}')
    try:
        return torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(f'{path} is not a file of weights that can be loaded safely '
                              f'(weights_only=True).{_content(path, str(error))}') from error
    except Exception as error:  # torch raises errors of many types
        raise CheckpointError(f'{path} is damaged or cut short and cannot be loaded: '
                              f'{_first_line(error)}') from error


def load_into(module, state_dict, place):
    """Load a state_dict strictly, or leave the module as it is; ``place`` names its source.

    Raises:
        CheckpointError: naming missing keys, keys too many, and shapes that differ.
    """
    own = module.state_dict()
    if not isinstance(state_dict, dict):
        raise CheckpointError(f'{place} holds {type(state_dict).__name__}, not a state_dict')
    for key, inner in state_dict.items():
        if isinstance(inner, dict) and inner.keys() & own.keys():
            raise CheckpointError(f'{place} holds a dict, with the state_dict under {key!r}: '
                                  f'load_state_dict(torch.load({str(place)!r})[{key!r}])')
    for prefix in ('module.', '_orig_mod.'):  # nn.DataParallel, torch.compile
        if state_dict.keys() != own.keys() and all(str(k).startswith(prefix) for k in state_dict):
            raise CheckpointError(f'{place} has {prefix!r} before every name, as the model was '
                                  'wrapped when it was saved: save the model within, or load '
                                  f'{{key[{len(prefix)}:]: t for key, t in state_dict.items()}}')
    faults = []
    if missing := sorted(own.keys() - state_dict.keys()):
        faults.append(f'missing: {_some(missing)}')
    if extra := sorted(str(key) for key in state_dict.keys() - own.keys()):
        faults.append(f'not in the model: {_some(extra)}')
    faults += [f'{key} has shape {tuple(getattr(state_dict[key], "shape", ()))}, '
               f'the model wants {tuple(tensor.shape)}'
               for key, tensor in own.items()
               if key in state_dict and getattr(state_dict[key], 'shape', None) != tensor.shape]
    if faults:
        raise CheckpointError(f'{place} does not fit {type(module).__name__}: '
                              + _some(faults, '; '))
    module.load_state_dict(state_dict)


def _content(path, error):
    """Name what a file holds instead of tensors, as far as it shows without running it."""
    if b'StructuredToParameterName@@' in path.read_bytes():
        return (' It was written by paddle.save. Where Paddle is installed: torch.save({name: '
                "torch.from_numpy(t.numpy()) for name, t in paddle.load('...').items()}, '...')")
    if found := re.search(r'GLOBAL ([\w.]+)', error):
        return (f' It holds an object of {found[1]}. If it is a whole model, save its '
                'state_dict(): runner.save_model(path)')
    return f' It begins with {path.read_bytes()[:8]!r}.'


def _some(names, separator=', ', most=5):
    text = separator.join(names[:most])
    return text if len(names) <= most else f'{text} and {len(names) - most} more'


def _first_line(error):
    return str(error).strip().partition('\n')[0] or type(error).__name__


def _rename(path, target):
    """Rename a file; on Windows this is refused while another program has one of them open."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return path.replace(target)
        except PermissionError:
            if os.name == 'posix' or time.monotonic() > deadline:
                raise
            time.sleep(BUSY_SECONDS / 20)
