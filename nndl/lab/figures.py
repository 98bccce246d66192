"""Figures of a notebook: labels and font for its language, and a text that says what they show."""

import math
import tomllib
from pathlib import Path

from nndl import plot
from nndl.lab.language import chosen_language
from nndl.sources import bundled_path

__all__ = ['describe', 'prepare_figures']

CHINESE = Path(__file__).with_name('figures.toml')
LONGEST, MOST_TEXTS = 1500, 50  # characters of a description; texts of a panel that it names
WORDS = {'en': {'image': 'image of {2}×{3}, {0} to {1}', 'line': '{0} from {1} to {2}',
                'extremes': ' (lowest {0}, highest {1})', 'level': '{0} {1}',
                'over': 'Horizontal: {0}, {1} to {2}', 'up': 'Vertical: {0}',
                'area': 'histogram, {0} to {1}', 'bars': 'bars {0}', 'points': '{0} points',
                'stop': '. ', 'colon': ': ', 'and': '; '},
         'zh': {'image': '{2}×{3} 的图像，{0} 至 {1}', 'line': '{0} 从 {1} 到 {2}',
                'extremes': '（最小 {0}，最大 {1}）', 'level': '{0} {1}',
                'over': '横轴：{0}，{1} 至 {2}', 'up': '纵轴：{0}',
                'area': '直方图，{0} 至 {1}', 'bars': '条形 {0}', 'points': '{0} 个点',
                'stop': '。', 'colon': '：', 'and': '；'}}


def prepare_figures(language):
    """Draw labels in a language from now on, and give each figure of the notebook its text."""
    plot.LABELS = {}
    if language == 'zh':
        import matplotlib
        from matplotlib import font_manager

        plot.LABELS = tomllib.loads(CHINESE.read_text(encoding='utf-8'))
        font_manager.fontManager.addfont(font := bundled_path('chinese.ttf'))
        matplotlib.rcParams['font.family'] = [
            'DejaVu Sans', font_manager.FontProperties(fname=font).get_name()]
    from IPython import get_ipython

    if shell := get_ipython():
        shell.display_formatter.formatters['image/png'].for_type_by_name(
            'nndl.plot', 'ShownFigure', lambda figure: (
                figure._repr_png_(), {'alt': describe(figure)}))


def describe(figure, language=None):
    """A text for readers who do not see the figure: titles, labels and the numbers drawn.

    Args:
        figure: a matplotlib ``Figure``; its attribute ``alt``, if it has one, is the text.
        language: 'en' or 'zh'; None: that of the lab.

    Returns:
        One line, of at most 1500 characters.
    """
    words = WORDS[chosen_language(language)]
    parts = [figure._suptitle.get_text() if figure._suptitle else '',
             *(_of_axes(axes, words) for axes in figure.axes)]
    text = getattr(figure, 'alt', '') or words['stop'].join(filter(None, parts))
    text = ' '.join(text.split())
    return text if len(text) <= LONGEST else text[:LONGEST - 1] + '…'


def _of_axes(axes, words):
    """Title, contents and labels of one panel; of a picture without axes the title."""
    title = ' '.join(filter(None, (axes.get_title(), axes.get_title('left'))))
    if not axes.axison:
        return title
    found = [*(_image(image, words) for image in axes.images),
             *(_line(line, axes, words) for line in axes.lines),
             *(words['bars'].format(' '.join(map(_number, bars.datavalues)))
               for bars in axes.containers if hasattr(bars, 'datavalues'))]
    if axes.patches and not axes.images and not axes.containers:
        low, high = zip(*(patch.get_extents().transformed(axes.transData.inverted()).intervalx
                          for patch in axes.patches), strict=True)
        found.append(words['area'].format(_number(min(low)), _number(max(high))))
    if 0 < len(axes.texts) < MOST_TEXTS:
        found.append(' '.join(text.get_text() for text in axes.texts))
    parts = [words['colon'].join(filter(None, (title, words['and'].join(filter(None, found)))))]
    if axes.get_xlabel():
        parts.append(words['over'].format(axes.get_xlabel(), *map(_number, axes.get_xlim())))
    if axes.get_ylabel():
        parts.append(words['up'].format(axes.get_ylabel()))
    return words['stop'].join(filter(None, parts))


def _image(image, words):
    values = image.get_array()
    return words['image'].format(_number(values.min()), _number(values.max()), *values.shape[:2])


def _line(line, axes, words):
    """First, last and extreme values of a line; one value of a level, the range of loose points."""
    xs, ys = ([float(value) for value in values if math.isfinite(value)]
              for values in (line.get_xdata(), line.get_ydata()))
    name, unnamed = line.get_label(), line.get_label().startswith('_')
    if not ys or unnamed and line.get_transform() != axes.transData:
        return ''  # a line across the panel
    if unnamed:
        ticks = dict(zip(axes.get_yticks(), axes.get_yticklabels(), strict=False))
        name = ticks[ys[0]].get_text() if len(set(ys)) == 1 and ys[0] in ticks else ''
        name = name or words['points'].format(len(ys))
        ys = ys if len(set(xs)) > 1 < len(set(ys)) else xs
    if len(set(ys)) == 1:
        return words['level'].format(name, _number(ys[0]))
    if line.get_linestyle() == 'None':
        ys = sorted(ys)
    text = words['line'].format(name, _number(ys[0]), _number(ys[-1]))
    if {min(ys), max(ys)} != {ys[0], ys[-1]}:
        text += words['extremes'].format(_number(min(ys)), _number(max(ys)))
    return text


def _number(value):
    return f'{float(value):.3g}'
