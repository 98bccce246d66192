"""Branch, shortcut and sum of a residual block, with the branch scaled."""

import html

import numpy as np

from nndl.lab.language import chosen_words
from nndl.plot import new_figure
from nndl.widgets.block import blocks_of, look_into
from nndl.widgets.shown import Controls, grey_levels, png_address
from nndl.widgets.toolkit import Dropdown, FloatSlider, IntSlider

__all__ = ['LookInside']

CHANNELS, SIDE, GAP = 8, 56, 4  # maps in a row; pixels of a map on the page; between two
WORDS = {
    'en': {
        'digit': 'Digit number', 'block': 'Block', 'scale': 'Branch times s',
        'name': 'module {0}, block {1}', 'label': 'The digit: {label}',
        'branch': 's·f(x), the branch', 'shortcut': 'x, the shortcut',
        'projected': 'x, through the 1×1 convolution', 'sum': 's·f(x) + x, the sum',
        'with': 'with the shortcut: ReLU(s·f(x) + x)', 'without': 'without it: ReLU(s·f(x))',
        'scale_of': 'The {shown} of {channels} channels with the strongest sum, {height}×{width} '
                    'numbers each. Grey is 0, white is {top:.2f} or more, black {low:.2f} or less.',
        'answer': 'The network then answers <b>{0}</b>; without this one shortcut <b>{1}</b>.',
        'read': '{digit} ({share:.0f}%)',
        'title': 'test digit no. {number} (a {label}), {block}, s = {scale:.2f}; its {channels} '
                 'strongest channels, mid-grey is 0\nanswer of the network: {answer}; answer '
                 'without the shortcut of this block: {without}',
    },
    'zh': {
        'digit': '第几个样本', 'block': '残差单元', 'scale': '支路乘以 s',
        'name': '模块 {0}，单元 {1}', 'label': '数字：{label}',
        'branch': '支路 s·f(x)', 'shortcut': '直连边 x',
        'projected': '直连边：经过 1×1 卷积的 x', 'sum': '两者之和 s·f(x) + x',
        'with': '有直连边：ReLU(s·f(x) + x)', 'without': '无直连边：ReLU(s·f(x))',
        'scale_of': '{channels} 个通道中相加结果最强的 {shown} 个，每个有 {height}×{width} 个数。'
                    '灰色是 0，白色是 {top:.2f} 及以上，黑色是 {low:.2f} 及以下。',
        'answer': '此时网络认为是 <b>{0}</b>；如果只去掉这一条直连边，则认为是 <b>{1}</b>。',
        'read': '{digit}（{share:.0f}%）',
        'title': '第 {number} 个测试样本（数字 {label}），{block}，s = {scale:.2f}；响应最强的 '
                 '{channels} 个通道，中灰为 0\n网络的答案：{answer}；去掉该单元的直连边：{without}',
    },
}


class LookInside(Controls):
    """The maps of one block for one digit; a slider scales its branch: ``f(x) * s + x``.

    Args:
        model: a network with residual blocks and shortcuts.
        digits: a data set of ``load_mnist``.
        language: 'en' or 'zh'; None: that of the lab.

    Attributes:
        digit, block, scale: the controls.

    Raises:
        ValueError: if the network has no shortcut.
    """

    def __init__(self, model, digits, language=None):
        self.model, self.digits_shown = model, digits
        words = chosen_words(WORDS, language)
        names = [(words['name'].format(*place), place) for place in blocks_of(model)]
        super().__init__(words, digit=IntSlider(0, 0, len(digits) - 1),
                         block=Dropdown(options=names),
                         scale=FloatSlider(1.0, min=0.0, max=1.0, step=0.05))

    def rows(self):
        """({name: (8, H, W)} for the rows, the value that is white, both answers).

        The channels and the scale of the greys are those of s = 1, so that they stay while the
        slider moves.
        """
        image = self.digits_shown.images[[self.digit.value]]
        block = blocks_of(self.model)[self.block.value]
        full = look_into(self.model, block, image)
        inside = look_into(self.model, block, image, self.scale.value)
        bare = look_into(self.model, block, image, self.scale.value, shortcut=False)
        strongest = full.sum[0].abs().mean(dim=(1, 2)).argsort(descending=True)[:CHANNELS]
        shortcut = 'projected' if block.use_1x1conv else 'shortcut'
        maps = {'branch': inside.branch, shortcut: inside.shortcut, 'sum': inside.sum,
                'with': inside.output, 'without': bare.output}
        white = max(full.sum[0, strongest].abs().max().item(), 1e-6)
        return ({name: each[0, strongest] for name, each in maps.items()}, white,
                (inside.answers[0], bare.answers[0]))

    def picture(self):
        """The rows as they are now."""
        rows, white, answers = self.rows()
        figure = new_figure((7.5, 6.4))
        for axes, (name, maps) in zip(figure.subplots(len(rows)), rows.items(), strict=True):
            axes.imshow(strip(maps, white), cmap='gray', vmin=0, vmax=255)
            axes.set_axis_off()
            axes.set_title(self.words[name], fontsize=9, loc='left')
        figure.suptitle(self.words['title'].format(
            number=self.digit.value, label=int(self.digits_shown.labels[self.digit.value]),
            block=self.words['name'].format(*self.block.value), scale=self.scale.value,
            channels=CHANNELS, answer=int(answers[0].argmax()), without=int(answers[1].argmax())),
            fontsize=10)
        return figure

    def html(self):
        """The digit, the rows, and what the network reads with and without the shortcut."""
        rows, white, answers = self.rows()
        words, number = self.words, self.digit.value
        shown, height, width = next(iter(rows.values())).shape
        channels = blocks_of(self.model)[self.block.value].conv1.out_channels
        digit = self.digits_shown.images[number]
        label = words['label'].format(label=int(self.digits_shown.labels[number]))
        lines = [_row(label, strip(digit, 1.0, 2 * digit.shape[-1])),
                 *(_row(words[name], strip(maps, white)) for name, maps in rows.items())]
        said = words['answer'].format(*(
            words['read'].format(digit=int(each.argmax()), share=100 * each.max().item())
            for each in answers))
        greys = words['scale_of'].format(shown=shown, channels=channels, height=height,
                                         width=width, top=white, low=-white)
        return (f'<table style="border-spacing:8px 4px">{"".join(lines)}</table>'
                f'<p aria-live="polite">{said}</p><p>{greys}</p>')


def strip(maps, white, side=SIDE):
    """Some maps side by side, enlarged: (C, H, W) in [-white, white] -> uint8 picture."""
    larger = [np.kron(each, np.ones((side // len(each),) * 2, np.uint8))
              for each in grey_levels(maps / white)]
    gap = np.full((len(larger[0]), GAP), 255, np.uint8)
    return np.concatenate([part for each in larger for part in (each, gap)][:-1], axis=1)


def _row(title, picture):
    title = html.escape(title)
    return (f'<tr><th scope="row" style="text-align:left;font-weight:normal;width:11em">{title}'
            f'</th><td><img src="{png_address(picture)}" alt="{title}" '
            'style="max-width:100%;height:auto;image-rendering:pixelated"></td></tr>')
