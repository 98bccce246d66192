"""Files are written whole or not at all, and loaded without running code from them."""

import json
import os
import pickle
import subprocess
import sys

import pytest
import torch
from conftest import ROOT

from nndl.files import CheckpointError, load_tensors, save_json, save_tensors, write_whole


def test_there_and_back(tmp_path):
    content = {'a': torch.arange(3), 'b': [1, 2.5, 'x', None, (1, 2)]}
    save_tensors(content, tmp_path / 'new' / 'file.pt')
    back = load_tensors(tmp_path / 'new' / 'file.pt')
    assert torch.equal(back.pop('a'), content.pop('a'))
    assert back == content
    save_json({'名': [1, 2]}, tmp_path / 'x.json')
    assert json.loads((tmp_path / 'x.json').read_text(encoding='utf-8')) == {'名': [1, 2]}


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
    with pytest.raises(ValueError, match='JSON'):
        save_json({'loss': float('nan')}, path)
    assert path.read_bytes() == b'new'


@pytest.mark.parametrize('cut', [0, 1, 100, -1, -200])
def test_a_truncated_file_is_a_clear_error(tmp_path, cut):
    path = tmp_path / 'best.pdparams'
    save_tensors({'weight': torch.zeros(100)}, path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(CheckpointError, match='best.pdparams is (damaged or cut short|not a file)'):
        load_tensors(path)


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
    other = ("import sys; from nndl.files import save_json; save_json({'by': 'the other'}, "
             "sys.argv[1])")

    def slowly(file):
        file.write(b'{"by": ')
        subprocess.run([sys.executable, '-c', other, tmp_path / 'x.json'], cwd=ROOT, check=True)
        assert json.loads((tmp_path / 'x.json').read_text()) == {'by': 'the other'}
        file.write(b'"this one"}')

    write_whole(tmp_path / 'x.json', slowly)
    assert json.loads((tmp_path / 'x.json').read_text()) == {'by': 'this one'}
    assert [path.name for path in tmp_path.iterdir()] == ['x.json']
