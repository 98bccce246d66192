"""hand_in: what is in the file on disk, beside what was run; and the command for a file alone."""

import json

import pytest
from workshop import solution, submission, write

import nndl
from nndl import check
from nndl.__main__ import main
from nndl.check.handing_in import WORDS
from nndl.check.notebook import Malformed

RIGHT = solution('resblock')
WRONG = RIGHT.replace('return F.relu(y)', 'return y')


@pytest.fixture
def session(monkeypatch):
    """{name: object} of a session in which a right block was run last."""
    namespace = {'In': ['', 'import torch', WRONG, RIGHT], 'ResBlock': nndl.ResBlock}
    shell = type('Shell', (), {'user_ns': namespace})()
    monkeypatch.setattr('IPython.get_ipython', lambda: shell)
    return namespace


def notebook(path, source, change=lambda cells: cells):
    made = json.loads(json.dumps(submission({'resblock': source})))
    made['cells'] = change(made['cells'])
    write(json.dumps(made), path)
    return path


def state(path):
    return check.hand_in(path, lang='en').rows['resblock']


def test_what_is_saved_and_right(session, tmp_path, monkeypatch):
    path = notebook(tmp_path / 'lab.ipynb', RIGHT)
    assert state(path) == ('passed', 4)
    assert str(check.hand_in(path, lang='zh')).startswith('lab.ipynb：4 / 4 分')
    monkeypatch.setenv('JPY_SESSION_NAME', str(path))
    assert check.hand_in(lang='en').rows == {'resblock': ('passed', 4)}
    monkeypatch.setenv('JPY_SESSION_NAME', '/elsewhere/other.ipynb')
    with pytest.raises(ValueError, match="check.hand_in\\('01_residual_block.ipynb'\\)"):
        check.hand_in()


def test_what_is_not_as_it_was_run(session, tmp_path):
    def doubled(cells):
        other = next(c for c in cells if c.get('metadata', {}).get('nbgrader', {}).get('solution'))
        return [*cells, {**other, 'source': 'ResBlock = 1'}]

    def deleted(cells):
        return [c for c in cells if not c.get('metadata', {}).get('nbgrader', {}).get('solution')]

    for number, (source, change, expected) in enumerate([
            (WRONG, list, 'unsaved'), (RIGHT + '\n# new', list, 'unsaved'),
            (RIGHT, doubled, 'doubled'), (RIGHT, deleted, 'missing')]):
        path = notebook(tmp_path / f'{number}.ipynb', source, change)
        assert state(path) == (expected, 0)
        assert WORDS['en'][expected] in str(check.hand_in(path))
    session['In'] = ['', f'%matplotlib inline\n{RIGHT}']
    path = notebook(tmp_path / 'magic.ipynb', f'%matplotlib inline\n{RIGHT}')
    assert state(path) == ('passed', 4)
    session['In'] = ['']
    assert state(notebook(tmp_path / 'a.ipynb', RIGHT)) == ('not_run', 0)
    session['In'], session['ResBlock'] = ['', WRONG], object
    assert state(notebook(tmp_path / 'b.ipynb', WRONG)) == ('not_passed', 0)


def test_a_file_that_is_no_notebook(session, tmp_path):
    write('{}', tmp_path / 'a.ipynb')
    with pytest.raises(Malformed, match='format None, not 4'):
        check.hand_in(tmp_path / 'a.ipynb')
    assert main(['hand-in', str(tmp_path / 'a.ipynb')]) == 1
    assert main(['hand-in', str(tmp_path / 'none.ipynb')]) == 1


@pytest.mark.parametrize(('source', 'told', 'code'), [
    (RIGHT, '4 of 4 points', 0), ('1 / 0', 'does not define it', 1),
    (f'%matplotlib inline\n{WRONG}', 'ResBlock (0 / 4): not passed', 1)])
def test_the_command_runs_the_file(source, told, code, tmp_path, capsys):
    path = notebook(tmp_path / 'lab.ipynb', source)
    assert main(['hand-in', str(path)]) == code
    assert told in capsys.readouterr().out
