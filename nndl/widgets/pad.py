"""Drawing pad, with the answers of several networks to what is drawn."""

import time
from pathlib import Path

import numpy as np
import traitlets
from PIL import Image

from nndl.data import ResizeAndScale
from nndl.lab.language import chosen_words
from nndl.plot import label, show_maps
from nndl.widgets.block import check_arguments, shares
from nndl.widgets.ink import PAD, as_mnist, draw_strokes
from nndl.widgets.shown import Shown, grey_levels, png_address
from nndl.widgets.toolkit import AnyWidget

__all__ = ['DrawDigit']

JS = Path(__file__).parent / 'js'
WORDS = {
    'en': {
        'pad': 'Drawing pad. Draw a digit with the mouse, a pen or a finger. With the keyboard: '
               'the arrow keys move the pen, space lowers and lifts it.',
        'undo': 'Undo', 'clear': 'Clear', 'width': 'Brush width', 'random': 'Random test digit',
        'seen': 'What the networks see (32×32)', 'empty': 'Draw a digit from 0 to 9.',
        'reads': '{name} answers {digit} ({share}%)', 'and': '; ', 'end': '.',
        'took': 'Answered in {ms} ms.', 'label': 'The right answer is {label}.',
        'lost': 'The kernel does not answer: it is busy or was restarted. Run the cell again.',
        'failed': 'A network failed: {error}',
    },
    'zh': {
        'pad': '手写板。请用鼠标、触控笔或手指写一个数字。也可以用键盘：方向键移动笔，空格键落笔和抬笔。',
        'undo': '撤销', 'clear': '清除', 'width': '笔宽', 'random': '随机取一个测试样本',
        'seen': '网络看到的图像（32×32）', 'empty': '请写一个 0 到 9 的数字。',
        'reads': '{name} 认为是 {digit}（{share}%）', 'and': '；', 'end': '。',
        'took': '用时 {ms} 毫秒。', 'label': '正确答案是 {label}。',
        'lost': '内核没有应答。它是在忙，还是重启过？请重新运行这个单元格。',
        'failed': '有一个网络出错了：{error}',
    },
}


class DrawDigit(Shown, AnyWidget):
    """A pad for mouse, pen, finger and keyboard; every network answers as you draw.

    Args:
        models: {name: network}, each (N, 1, 32, 32) -> (N, 10).
        digits: a data set of ``load_mnist`` for "random test digit".
        language: 'en' or 'zh'; None: that of the lab.

    Attributes:
        drawing: ``{'number', 'strokes', 'digit'}`` from the browser: a running number, strokes as
            ``draw_strokes`` takes them, and the number of a test digit under them or None.
        answer: what is shown for it; see ``read``.

    Raises:
        ValueError: if the models are no networks, or there are no digits.
    """

    _esm = (JS / 'pad.js').read_text(encoding='utf-8')
    _css = (JS / 'pad.css').read_text(encoding='utf-8')
    drawing = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    size = traitlets.Int(PAD).tag(sync=True)
    n_digits = traitlets.Int().tag(sync=True)

    def __init__(self, models, digits, language=None):
        self.models, self.digits = check_arguments(models, digits), digits
        self.resize = ResizeAndScale()
        super().__init__(words=chosen_words(WORDS, language), n_digits=len(digits),
                         drawing={'number': 0, 'strokes': [], 'digit': None})

    def read(self, strokes, digit=None):
        """Classify a drawing.

        Args:
            strokes: as ``draw_strokes`` takes them.
            digit: number of a test digit that lies under the strokes; None: none.

        Returns:
            ``{'seen': address of a 32x32 PNG, 'under': of the test digit's, 'label': of
            the test digit, 'answers': [{'name', 'shares': ten numbers}]}``; the first three are
            None, and the list is empty, where there is nothing.
        """
        answer = {'seen': None, 'under': None, 'label': None, 'answers': []}
        if digit is not None:
            answer |= {'under': png_address(self._under(digit)),
                       'label': int(self.digits.labels[digit])}
        if (image := self._image(strokes, digit)) is not None:
            answer['seen'] = png_address(grey_levels(image[0, 0]))
            answer['answers'] = [{'name': name, 'shares': [round(x, 4) for x in row[0].tolist()]}
                                 for name, row in shares(self.models, image).items()]
        return answer

    def picture(self):
        """A test digit and the probabilities of every network, as the pad shows them."""
        image, title = self.digits.images[:1], label('a test digit: {0}', int(self.digits.labels[0]))
        figure = show_maps(image[:, 0], [title], columns=1 + len(self.models))
        rest = figure.axes[1:]
        for axes, (name, row) in zip(rest, shares(self.models, image).items(), strict=True):
            axes.set_axis_on()
            axes.barh(range(10), row[0].tolist(), color='#0072b2')
            axes.set(xlim=(0, 1), xticks=(0, 1), ylim=(9.5, -0.5), yticks=range(10))
            axes.set_title(label('{0} answers {1}', name, int(row[0].argmax())), fontsize=9)
            axes.set_xlabel(label('probability'), fontsize=8)
            axes.tick_params(labelsize=8)
        figure.set_size_inches(2.2 * len(figure.axes), 2.8)
        del figure.alt  # of the digit alone
        return figure

    @traitlets.observe('drawing')
    def _answer(self, change):
        start, drawing = time.perf_counter(), change['new']
        try:
            answer = self.read(drawing['strokes'], drawing['digit'])
        except Exception as error:  # shown on the pad: a traceback would be seen by nobody
            answer = {'error': f'{type(error).__name__}: {error}'}
        seconds = time.perf_counter() - start
        self.answer = {**answer, 'number': drawing['number'], 'ms': round(1000 * seconds, 1)}

    def _under(self, digit):
        digit = Image.fromarray(grey_levels(self.digits.images[digit, 0]))
        return np.asarray(digit.resize((PAD, PAD), Image.Resampling.NEAREST))

    def _image(self, strokes, digit):
        """(1, 1, 32, 32), or None for an empty pad."""
        if digit is not None and not strokes:
            return self.digits.images[[digit]]
        picture = draw_strokes(strokes)
        if digit is not None:
            picture = np.maximum(picture, self._under(digit))
        return self.resize(as_mnist(picture)[np.newaxis]) if picture.any() else None
