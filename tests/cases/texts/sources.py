"""Sources of a lab, right and wrong, and pictures."""

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
GOOD = """+++ {"lang": "en"}

# Title

+++ {"lang": "zh"}

# 标题

```{code-cell} ipython3
:exercise: x
def answer():
    ### BEGIN SOLUTION
    return 'the answer to everything'
    ### END SOLUTION
```

```{code-cell} ipython3
:checks: x
:points: 2
print(answer())  #[en] a comment
#[zh] 注释
```
"""
QUESTIONS = (
    '+++ {"lang": "en"}\n\n1. Why?\n\n:::{answer}\nFor the sum of the two is what is learnt.\n'
    ':::\n\n2. And?\n\n:::{fold} More\nFolded.\n:::\n\n'
    '+++ {"lang": "zh"}\n\n1. 为什么？\n\n:::{answer}\n因为两者之和就是要学习的，\n即残差。\n:::\n\n'
    '2. 还有呢？\n\n:::{fold} 补充\n折叠起来。\n:::\n')
BAD_QUESTIONS = [  # (text above, what stands there instead, what the build says)
    ('2. And?', '2. For the sum of the two is what is learnt.', 'gives away the answer'),
    ('2. 还有呢？', '2. 因为两者之和就是要学习的，即残差。', 'gives away the answer'),
    ('即残差。\n:::', '即残差。', 'is not that of'),
    (':::{fold} 补充\n折叠起来。\n:::\n', '', 'other answers and folded texts'),
    ('2. 还有呢？', '2. **还有呢？**请写下来。', 'Markdown shows the stars'),
]
BAD = [  # (text of the good one, what stands there instead, what the build says)
    ('+++ {"lang": "zh"}\n\n# 标题\n', '', 'one language only'),
    ('# 标题', '## 标题', 'other headings'),
    ('+++ {"lang": "zh"}', '+++', 'not marked with its language'),
    ('+++ {"lang": "zh"}', '+++ {"lang": "en"}', 'English and then in Chinese'),
    ('#[zh] 注释', '', 'comments in one language only'),
    ('    ### END SOLUTION\n', '', 'marks of a solution'),
    ('### BEGIN SOLUTION', '### BEGIN SOLUTIONS', 'marks of a solution'),
    ('### BEGIN SOLUTION', '### END SOLUTION', 'marks of a solution'),
    (':points: 2\n', '', 'only one of :checks: and :points:'),
    (':exercise: x\n', '', 'has :exercise: or a solution, but not both'),
    ("print(answer())", "print(answer())\nreturn_value = 1\nreturn 'the answer to everything'",
     'gives away'),
    ("everything'\n    ### END SOLUTION\n```\n", """everything'  #[en] 42
    #[zh] 四十二
    ### END SOLUTION
```

```{code-cell} ipython3
if 1:
    return 'the answer to everything'
```
""", 'gives away'),
]

WITH_PICTURE = GOOD.replace('# Title\n', '# Title\n\n![Two "blocks"](figures/p.svg)\n').replace(
    '# 标题\n', '# 标题\n\n![两个单元](figures/p.svg)\n')
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg">
<title class="en">Blocks</title><title class="zh">单元</title>
<g><text class="en">a <tspan>block</tspan></text><text class="zh">残差单元</text></g>
<text>ReLU</text></svg>"""
BAD_PICTURES = [
    PICTURE.replace('<text class="zh">残差单元</text>', ''),
    PICTURE.replace('<title class="en">Blocks</title>', ''),
    PICTURE.replace('class="zh">残差', 'class="en">残差')]
