"""Files are written whole or not at all, and loaded without running code from them."""

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT
from torch import nn

from nndl.files import (
    CheckpointError,
    load_into,
    load_tensors,
    save_tensors,
    set_aside,
    write_whole,
)


def test_there_and_back(tmp_path):
    content = {'a': torch.arange(3), 'b': [1, 2.5, 'x', None, (1, 2)]}
    save_tensors(content, tmp_path / 'new' / 'file.pt')
    back = load_tensors(tmp_path / 'new' / 'file.pt')
    assert torch.equal(back.pop('a'), content.pop('a'))
    assert back == content


def test_a_failing_write_leaves_the_old_file(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'old')

    def fails(file):
        file.write(b'half')
        raise OSError('No space left on device')

    with pytest.raises(OSError, match='No space'):
        write_whole(path, fails)
    assert path.read_bytes() == b'old'
    write_whole(path, lambda file: file.write(b'new'))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('cut', [0, 1, 100, -1, -200])
def test_a_truncated_file_is_a_clear_error(tmp_path, cut):
    path = tmp_path / 'best.pdparams'
    save_tensors({'weight': torch.zeros(100)}, path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(CheckpointError, match='best.pdparams is (damaged or cut short|not a file)'
                       ) as caught:
        load_tensors(path)
    assert re.search(r'(loaded: .{5}|It begins with)', str(caught.value))


def test_code_in_a_file_is_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.system, (f'touch {tmp_path}/ran',)

    for save in (lambda p: torch.save(Bomb(), p),
                 lambda p: p.write_bytes(pickle.dumps(Bomb(), protocol=2))):
        path = tmp_path / 'bomb.pt'
        save(path)
        with pytest.raises(CheckpointError, match='bomb.pt'):
            load_tensors(path)
    assert not (tmp_path / 'ran').exists()


def test_two_processes_write_one_file_without_meeting(tmp_path):
    """While one is in the middle, another writes the whole of it."""
    other = ("import sys; from nndl.files import write_whole; "
             "write_whole(sys.argv[1], lambda file: file.write(b'the other'))")

    def slowly(file):
        file.write(b'this ')
        subprocess.run([sys.executable, '-c', other, tmp_path / 'x'], cwd=ROOT, check=True)
        assert (tmp_path / 'x').read_bytes() == b'the other'
        file.write(b'one')

    write_whole(tmp_path / 'x', slowly)
    assert (tmp_path / 'x').read_bytes() == b'this one'
    assert [path.name for path in tmp_path.iterdir()] == ['x']


def test_an_interrupt_stays_one(tmp_path):
    """torch.save raises a RuntimeError when it is interrupted in the middle of a tensor."""
    def interrupted(file):
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError('unexpected pos')

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / 'x', interrupted)
    assert not [*tmp_path.iterdir()]


# ---- files of others -----------------------------------------------------------------------

def test_a_wrapped_model_loads_its_own_file():
    model = nn.DataParallel(nn.Linear(2, 2))
    load_into(model, model.state_dict(), 'x')


def test_files_of_no_weights(tmp_path):
    (tmp_path / 'text').write_text('hello world\n')
    for path, says in ((tmp_path, 'is a folder'), (None, 'no file is given'),
                       (tmp_path / 'text', "(It begins with b'hello wo'|is damaged)")):
        with pytest.raises(CheckpointError, match=says):
            load_tensors(path)


def test_a_whole_model_and_a_file_of_paddle(tmp_path):
    path = tmp_path / 'best.pdparams'
    torch.save(nn.Linear(2, 2), path)
    with pytest.raises(CheckpointError, match=r'holds an object of torch.nn.modules.linear.Linear. '
                                              r'If it is a whole model, save its state_dict\(\)'):
        load_tensors(path)
    weights = {'linear.weight': np.zeros((2, 2)), 'StructuredToParameterName@@': {}}
    path.write_bytes(pickle.dumps(weights, protocol=2))
    with pytest.raises(CheckpointError, match=r'It was written by paddle.save. Where Paddle is '):
        load_tensors(path)


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path / 'home'))
    monkeypatch.setenv('USERPROFILE', str(tmp_path / 'home'))
    monkeypatch.chdir(tmp_path)
    save_tensors({'a': torch.ones(1)}, '~/models/best')
    assert load_tensors('~/models/best') == {'a': 1}
    assert set_aside('~/models/best') == tmp_path / 'home' / 'models' / 'best'
    assert [path.name for path in tmp_path.iterdir()] == ['home']
    assert [path.name for path in (tmp_path / 'home' / 'models').iterdir()] == ['best.previous']


def test_tensors_are_saved_on_the_cpu(tmp_path, monkeypatch):
    saved = {}
    monkeypatch.setattr(torch, 'save', lambda content, file: saved.update(content))
    other = torch.ones(2)
    monkeypatch.setattr(torch.Tensor, 'cpu', lambda tensor: 'on the CPU')
    save_tensors({'a': other, 'n': 1}, tmp_path / 'x')
    assert saved == {'a': 'on the CPU', 'n': 1}


def test_a_file_that_another_program_has_open_for_a_moment(tmp_path, monkeypatch):
    """As a virus scanner or OneDrive on Windows; one that stays open is an error, nothing lost."""
    refusals, real = iter([True] * 5), Path.replace

    def replace(path, target):
        if next(refusals, False):
            raise PermissionError(13, 'The process cannot access the file')
        return real(path, target)

    monkeypatch.setattr(Path, 'replace', replace)
    monkeypatch.setattr(os, 'name', 'not posix')
    monkeypatch.setattr('time.sleep', lambda seconds: None)
    write_whole(tmp_path / 'x', lambda file: file.write(b'1'))
    assert set_aside(tmp_path / 'x').name == 'x'
    refusals = iter(lambda: True, None)
    monkeypatch.setattr('nndl.files.BUSY_SECONDS', -1)
    with pytest.raises(PermissionError):
        write_whole(tmp_path / 'x.previous', lambda file: file.write(b'2'))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b'1']


# ---- the model of an earlier training ------------------------------------------------------

def test_an_earlier_file_is_set_aside_and_never_taken_for_a_new_one(tmp_path):
    path = tmp_path / 'best'
    for content in b'1', b'2':
        path.write_bytes(content)
        assert set_aside(path) == path
        assert not path.exists()
        assert (tmp_path / 'best.previous').read_bytes() == content
    with pytest.raises(CheckpointError, match='best is not there. .*best.previous is of an ear'):
        load_tensors(path)


def test_where_no_file_can_be_written(tmp_path):
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'file').write_bytes(b'')
    names = ['folder', 'file/best']
    if hasattr(os, 'mkfifo'):  # not on Windows
        os.mkfifo(tmp_path / 'pipe')
        names.append('pipe')
    for path in (None, '', '.', *(str(tmp_path / name) for name in names)):
        with pytest.raises(ValueError, match=re.escape(f'save_path is {path!r}: give the name')):
            set_aside(path)
