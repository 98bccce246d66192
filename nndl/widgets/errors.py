"""Where each network errs: the confusion matrix, the misread digits, and what each one thought."""

import anywidget
import numpy as np
import torch
import traitlets

from nndl.plot import new_figure
from nndl.widgets.answers import check_models, shares
from nndl.widgets.shown import Shown, grey_levels, png, png_address, script, style
from nndl.widgets.words import chosen_words

__all__ = ['WhereItErrs']

AT_ONCE = 256  # digits through a network
ACROSS = 40  # digits in a row of the one picture that holds them all
WORDS = {
    'en': {
        'network': 'Network', 'true': 'true digit', 'read': 'read as',
        'wrong': 'all misread digits ({n} of {total})',
        'cell': '{true} read as {read}: {n} digits', 'all': 'Show all misread digits',
        'digit': 'digit {number}: it is {true}, {name} reads {read}',
        'caption': 'Rows: the true digit. Columns: what the network reads. Choose a number (the '
                   'arrow keys move) to see its digits, and a digit to see what every network '
                   'thought.',
        'chosen': 'Digit {number}: the right answer is {true}.', 'more': 'and {n} more',
        'reads': '{name} reads {digit} ({share}%)', 'percent': '{share}%',
    },
    'zh': {
        'network': '网络', 'true': '真实数字', 'read': '认成',
        'wrong': '所有认错的数字（共 {total} 个，认错 {n} 个）',
        'cell': '{true} 被认成 {read}，共 {n} 次', 'all': '显示所有认错的数字',
        'digit': '第 {number} 个样本：正确答案是 {true}，{name} 认为是 {read}',
        'caption': '行是真实的数字，列是网络认成的数字。点选一个数（可用方向键移动），查看对应的图像；再点选一幅图像，'
                   '查看每个网络的判断。',
        'chosen': '第 {number} 个样本，正确答案是 {true}。', 'more': '另有 {n} 个',
        'reads': '{name} 认为是 {digit}（{share}%）', 'percent': '{share}%',
    },
}


class WhereItErrs(Shown, anywidget.AnyWidget):
    """A confusion matrix to click on, for each network.

    All digits and answers go to the browser once; it needs no kernel afterwards.

    Args:
        models: {name: network}, each (N, 1, 32, 32) -> (N, 10).
        digits: a data set of ``load_mnist``.
        language: 'en' or 'zh'; None: that of the lab.

    Attributes:
        answers: {name: {'reads': [digit], 'shares': [[ten numbers]]}}, one for each digit.
        labels: the true digits.

    Raises:
        ValueError: if the models are no networks, or there are no digits.
    """

    _esm = script('tools', 'errors')
    _css = style()
    answers = traitlets.Dict().tag(sync=True)
    labels = traitlets.List().tag(sync=True)
    sheet = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, models, digits, language=None):
        if len(digits) == 0:
            raise ValueError('there are no digits: give a data set of load_mnist')
        parts = [shares(check_models(models), images)
                 for images in digits.images.split(AT_ONCE)]
        answers = {name: torch.cat([part[name] for part in parts]) for name in models}
        super().__init__(
            words=chosen_words(WORDS, language), labels=digits.labels.tolist(),
            sheet=sheet_of(digits.images),
            answers={name: {'reads': each.argmax(dim=1).tolist(),
                            'shares': [[round(x, 3) for x in row] for row in each.tolist()]}
                     for name, each in answers.items()})

    def matrix(self, name):
        """How often each digit was read as which: rows true, columns read; (10, 10)."""
        pairs = 10 * torch.tensor(self.labels) + torch.tensor(self.answers[name]['reads'])
        return pairs.bincount(minlength=100).view(10, 10)

    def picture(self):
        """The matrices of all networks side by side."""
        figure = new_figure((4 * len(self.answers), 4.4))
        for axes, name in zip(figure.subplots(1, len(self.answers), squeeze=False)[0],
                              self.answers, strict=True):
            matrix = self.matrix(name)
            wrong = matrix - matrix.diag().diag()
            most = max(4, int(wrong.max()))
            axes.imshow(wrong.numpy(), cmap='Oranges', vmax=most)
            for true, read in matrix.nonzero().tolist():
                dark = wrong[true, read] > 0.6 * most
                axes.text(read, true, int(matrix[true, read]), ha='center', va='center', size=9,
                          color='white' if dark else 'black')
            axes.set(xticks=range(10), yticks=range(10), xlabel='read as', ylabel='true digit')
            axes.set_title(f'{name}: {int(wrong.sum())} of {len(self.labels)} misread', fontsize=10)
        return figure


def sheet_of(images):
    """All digits on one picture, row by row, for the browser to cut out.

    Args:
        images: (N, 1, S, S) in [-1, 1].

    Returns:
        ``{'address': of the PNG, 'side': S, 'across': digits in a row, 'rows': rows}``.
    """
    n, _, side, _ = images.shape
    rows = -(-n // ACROSS)
    sheet = np.zeros((rows * ACROSS, side, side), np.uint8)
    sheet[:n] = grey_levels(images[:, 0])
    sheet = sheet.reshape(rows, ACROSS, side, side).swapaxes(1, 2)  # (rows, S, ACROSS, S)
    picture = sheet.reshape(rows * side, ACROSS * side)
    return {'address': png_address(png(picture)), 'side': side, 'across': ACROSS, 'rows': rows}
