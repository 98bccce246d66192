"""Small pieces of labs, and what is made of them."""

# A source with two cells, for the ranges over seeds.
TWO_CELLS = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
---

```{code-cell} ipython3
import torch
torch.manual_seed(0)
own = torch.Generator().manual_seed(2)
print('two', torch.rand(1).item(), 'and', torch.rand(1, generator=own).item())
```

```{code-cell} ipython3
raise ValueError('no')
```
"""

LONG = '长' * 50
# (code of a source, language, code of the edition)
COMMENTS = [
    (f'x = 1  #[en] short\n#[zh] {LONG}\ny = 2', 'zh', f'# {LONG}\nx = 1\ny = 2'),
    ('    x = 1  #[en] one\n    #[zh] 一\n    #[zh] 二', 'zh', '    x = 1  # 一\n    # 二'),
    ('#[en] one\n#[zh] 一\nx = 1', 'zh', '# 一\nx = 1'),
]

LIST = '有：\n\n1. 一\n- 二：\n- 三：\n$$x$$'
TABLE = '| 一。 |\n| 二 |'
CODE = '```python\nx = 1  # 一。\ny = 2\n```'
# (Chinese text, the same with its lines joined)
JOINED = [
    ('它是，\nResNet18；\n$x$ 是', '它是，ResNet18；$x$ 是'),
    (LIST, LIST),
    (TABLE, TABLE),
    ('用\nResNet18', '用\nResNet18'),  # Markdown puts the space there
    (CODE, CODE),
    ('# 标题\n正文很长，\n接着写。\n\n- 第一项，\n  续行\n- 第二项\n`code` 在行首\n| 表 |',
     '# 标题\n正文很长，接着写。\n\n- 第一项，续行\n- 第二项\n`code` 在行首\n| 表 |'),
]

# Parts of the links of the student's Chinese lab 01_x of OWNER/REPO.
LINKS = [
    'https://mybinder.org/v2/gh/OWNER/REPO/main?labpath=notebooks%2Fstudent%2Fzh%2F01_x',
    'colab.research.google.com/github/OWNER/REPO/blob/main/notebooks/student/zh/01',
    'https://hub.example.edu/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2F'
    'OWNER%2FREPO&branch=main&urlpath=lab%2Ftree%2FREPO%2Fnotebooks%2Fstudent%2F',
]

# (lab, words of its picture in English, in Chinese)
PICTURES = [
    ('01_residual_block', ['shortcut', 'batch norm'], ['直连边', '批量规范化']),
    ('02_resnet18', ['module 6', 'max pool'], ['第六模块', '最大汇聚']),
]

# What the textbook's readers type.
TEXTBOOK_LINES = [
    "from nndl import Pool2D; assert Pool2D(size=(2, 2), mode='max', stride=1).stride == 1",
    'from nndl import Pool2D; assert Pool2D().stride == 1',
    'from nndl.op import Conv2D, Pool2D, Model_LeNet, ResBlock, Model_ResNet18',
    'from nndl.tools import plot_training_loss_acc, plot; assert plot is nndl.plot',
    'from nndl import RunnerV3, metric; metric.Accuracy(is_logist=True)',
    'nndl.metric.Accuracy(); nndl.check.resblock; nndl.widgets',
]

# What one language needs and the other does not.
ONE_LANGUAGE = {'--lang zh'}
