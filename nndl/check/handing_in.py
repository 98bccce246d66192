"""A look at the notebook file before it is handed in: what a grader will find in it."""

import os
from dataclasses import dataclass
from pathlib import Path

from nndl.check.catalog import EXERCISES, about
from nndl.check.feedback import check_of
from nndl.check.notebook import FAULTS, content_of, defines, read_notebook
from nndl.lab.language import chosen_language

__all__ = ['HandIn', 'hand_in', 'inspect_notebook']

WORDS = {
    'en': {
        **FAULTS['en'],
        'undefined': 'its cell does not define it, or stops with an error',
        'not_run': 'the cell as it is in the file has not been run since the kernel was started',
        'unsaved': 'the file has another version than the one that was run last: save the '
                   'notebook (Ctrl+S), or run the cell again',
        'passed': 'passed', 'not_passed': 'not passed yet',
        'total': '{file}: {got:g} of {of:g} points',
        'nothing': '{file} is no lab with exercises',
    },
    'zh': {
        **FAULTS['zh'],
        'undefined': '它的单元格没有定义它，或者运行时报错',
        'not_run': '内核启动之后，文件里的这个单元格还没有运行过',
        'unsaved': '文件里的版本与最近一次运行的不同：请保存笔记本（Ctrl+S），或重新运行这个单元格',
        'passed': '通过', 'not_passed': '还没有通过', 'total': '{file}：{got:g} / {of:g} 分',
        'nothing': '{file} 不是带练习的实验',
    },
}


@dataclass(frozen=True)
class HandIn:
    """The findings in a file.

    Attributes:
        file: its name.
        rows: {grade_id: (state, points)}; states are names in ``WORDS``.
        points: {grade_id: maximum}.
        language: 'en' or 'zh'.
    """

    file: str
    rows: dict
    points: dict
    language: str

    def __str__(self):
        words = WORDS[self.language]
        if not self.rows:
            return words['nothing'].format(file=self.file)
        lines = [f'{about(name).NAME} ({got:g} / {self.points.get(name, 0):g}): {words[state]}'
                 for name, (state, got) in self.rows.items()]
        total = words['total'].format(file=self.file, of=sum(self.points.values()),
                                      got=sum(got for _, got in self.rows.values()))
        return '\n'.join([total, *lines])

    __repr__ = __str__


def hand_in(path=None, lang=None):
    """Compare the notebook file with what was run, and check its exercises.

    Args:
        path: of the file; by default that of the notebook in which this is called.
        lang: 'en' or 'zh', by default the lab's.

    Returns:
        ``HandIn``, which shows itself.

    Raises:
        ValueError: if the file is not given and cannot be found.
        Malformed: if it is no notebook.
    """
    from IPython import get_ipython

    shell = get_ipython()
    session = shell.user_ns if shell is not None else {}
    path = Path(path).expanduser() if path is not None else _own_file(session)
    runs = [source.strip() for source in session.get('In', [])]

    def state_of(name, sources):
        last = next((run for run in reversed(runs) if defines(name, run)), None)
        saved = last in [source.strip() for source in sources]
        return 'not_run' if last is None else '' if saved else 'unsaved'
    return inspect_notebook(path, state_of, session, chosen_language(lang))


def inspect_notebook(path, state_of, namespace, language):
    """The ``HandIn`` of a file.

    Args:
        path: of the notebook.
        state_of: ``state_of(name, sources)`` gives why the object of this name in ``namespace`` is
            not what these cells define, '' if it is.
        namespace: {name: object}, or a function of the ``Notebook`` that gives it.
        language: 'en' or 'zh'.
    """
    notebook = read_notebook(content_of(path), EXERCISES)
    namespace = namespace(notebook) if callable(namespace) else namespace
    rows = {}
    of_lab = [name for name in EXERCISES if notebook.lab == about(name).LAB]
    for grade_id in dict.fromkeys([*notebook.found, *of_lab]):
        module = about(grade_id)
        state = notebook.fault(grade_id) or state_of(module.NAME, notebook.found[grade_id])
        state, share = state or 'undefined' * (module.NAME not in namespace), 0.0
        if not state:
            feedback = check_of(grade_id)(namespace[module.NAME])
            state, share = 'passed' if feedback.passed else 'not_passed', feedback.share
        rows[grade_id] = state, round(share * notebook.points.get(grade_id, 0), 2)
    return HandIn(Path(path).name, rows, notebook.points, language)


def _own_file(session):
    """The file of this notebook, as JupyterLab or VS Code tell it."""
    told = session.get('__vsc_ipynb_file__') or os.environ.get('JPY_SESSION_NAME') or ''
    for path in (Path(told), Path(Path(told).name)):
        if path.suffix == '.ipynb' and path.is_file():
            return path
    raise ValueError('the notebook file could not be found: give its name, for example '
                     "check.hand_in('01_residual_block.ipynb')")
