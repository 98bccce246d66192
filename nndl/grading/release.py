"""The files for the students: the student editions of the labs, in a folder that can be zipped."""

import shutil
from pathlib import Path

import nbformat

from nndl.check.catalog import about
from nndl.files import write_whole
from nndl.grading.labs import LabsError, default_folder

__all__ = ['release']

README = {
    'en': """\
# The labs

Install the kit as its README says, start `jupyter lab` in this folder, and open the notebooks in
their order. Write your code in the cells with `# your code here`; the cell below each of them says
what is wrong, as often as you like. Hand in the notebooks, with their names unchanged.

Points are given for what your code computes, on random input, without a network and within a
minute a cell. Functions and imports of your own may stand in any cell.
""",
    'zh': """\
# 实验

按实验包的 README 安装，在本文件夹中启动 `jupyter lab`，按顺序打开笔记本。
在写有“# 在这里写你的代码”的单元格里写代码，紧接其后的单元格会指出错在哪里，可以运行任意多次。
完成后提交笔记本，文件名不要改动。

评分看你的代码对随机输入算出的结果。评分时没有网络，每个单元格最多运行一分钟。
自己写的函数和 import 放在哪个单元格都可以。
""",
}


def release(out, language='en', labs=None):
    """Copy the student editions, by lab, with a README; returns the names of the labs.

    The folder reads as nbgrader's release folder: ``LAB/LAB.ipynb``.

    Args:
        out: a folder that is empty or not there yet.
        language: 'en' or 'zh'.
        labs: the folder notebooks of a checkout; default: that of this library.

    Raises:
        LabsError: if the folder is not empty, if there are no student editions, or if one of
            them holds an output.
        NoExercise: if an exercise cannot be graded.
    """
    out, labs = Path(out), default_folder() if labs is None else Path(labs)
    sources = sorted((labs / 'student' / language).glob('*.ipynb'))
    if not sources:
        raise LabsError(f'{labs / "student" / language} holds no labs: build them with '
                        'python notebooks/build.py')
    if out.exists() and any(out.iterdir()):
        raise LabsError(f'{out} is not empty: what lies there would be handed out too')
    for source in sources:
        notebook = nbformat.read(source, as_version=4)
        if any(cell.get('outputs') for cell in notebook.cells):
            raise LabsError(f'{source.name} holds outputs, which may give answers away: build it '
                            'with python notebooks/build.py')
        for mark in (cell.metadata.get('nbgrader', {}) for cell in notebook.cells):
            if mark.get('solution'):
                about(mark['grade_id'])  # else it could not be graded when it comes back
        target = out / source.stem / source.name
        target.parent.mkdir(parents=True)
        shutil.copyfile(source, target)
    write_whole(out / 'README.md', lambda file: file.write(README[language].encode()))
    return [source.stem for source in sources]
