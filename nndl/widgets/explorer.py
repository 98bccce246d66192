"""Depth, learning rate and seed: a walk through stored results of the ablation."""

from dataclasses import asdict

import ipywidgets
from ipywidgets import HTML, Layout, VBox

from nndl.plot import plot_arms
from nndl.stats import mean_interval
from nndl.widgets.shown import Shown, png_address
from nndl.widgets.words import chosen_words

__all__ = ['DepthExplorer']

FREE = 'num_blocks', 'lr'  # in what the settings may differ
WORDS = {
    'en': {
        'depth': 'Depth', 'lr': 'Learning rate', 'seed': 'Seed',
        'stored': '<b>Stored results.</b> Nothing is trained here: these {runs} runs were made '
                  'once, on {n_train} training digits, {epochs} epochs each.',
        'pair': 'This pair, tested on {n_test} digits: plain {plain:.1f}%, residual '
                '{residual:.1f}%, difference {difference:+.1f} points.',
        'seeds': 'All {n} seeds at this depth and learning rate: residual − plain is '
                 '{estimate:+.1f} points (95% interval of the paired differences {low:+.1f} to '
                 '{high:+.1f}). {shown}',
        'zero': 'The interval holds 0: no difference is shown.',
        'not_zero': 'The interval does not hold 0.',
        'one': 'Only one seed is stored at this depth and learning rate: one pair has no interval.',
        'alt': 'Training loss and dev accuracy over the steps, depth {depth}, learning rate {lr}, '
               'seed {seed}',
    },
    'zh': {
        'depth': '深度', 'lr': '学习率', 'seed': '随机种子',
        'stored': '<b>这里显示的是已存的结果</b>，并没有现场训练：共 {runs} 次运行，每次用 {n_train} 个训练样本，'
                  '训练 {epochs} 轮。',
        'pair': '这一对在 {n_test} 个测试样本上：普通网络 {plain:.1f}%，残差网络 {residual:.1f}%，'
                '残差网络减普通网络为 {difference:+.1f} 个百分点。',
        'seeds': '这个深度和学习率下的全部 {n} 个随机种子：残差网络减普通网络为 {estimate:+.1f} 个百分点'
                 '（配对差值的 95% 区间为 {low:+.1f} 到 {high:+.1f}）。{shown}',
        'zero': '区间包含 0：看不出差别。',
        'not_zero': '区间不包含 0。',
        'one': '这个深度和学习率下只存有一个随机种子：单独一对没有区间可言。',
        'alt': '训练损失与验证集准确率随步数的变化，深度 {depth}，学习率 {lr}，随机种子 {seed}',
    },
}


class DepthExplorer(Shown, VBox):
    """Sliders over stored pairs of runs; curves and the paired difference follow.

    A slider offers what is stored for the ones above it.

    Args:
        pairs: what ``pairs_by_setting`` returns.
        language: 'en' or 'zh'; None: that of the lab.

    Attributes:
        depth, lr, seed: the sliders.

    Raises:
        ValueError: if there is no pair, or the settings differ in more than depth and learning
            rate.
    """

    def __init__(self, pairs, language=None):
        self.pairs = _by_sliders(pairs)
        self.words = words = chosen_words(WORDS, language)
        self.depth, self.lr, self.seed = (self._slider(words[name])
                                          for name in ('depth', 'lr', 'seed'))
        self.curves, self.said = HTML(), HTML()
        config = next(iter(pairs))
        stored = HTML(words['stored'].format(runs=2 * len(self.pairs), n_train=config.n_train,
                                             epochs=config.epochs))
        super().__init__([stored, self.depth, self.lr, self.seed, self.said, self.curves])
        for slider in (self.depth, self.lr, self.seed):
            slider.observe(self._move, 'value')
        self._move()

    @property
    def pair(self):
        """(plain, residual), the results of what the sliders say."""
        return self.pairs[self.depth.value, self.lr.value, self.seed.value]

    def picture(self):
        """The curves of the pair that is chosen."""
        histories = {arm: (r.train_step_losses, r.dev_losses, r.dev_scores)
                     for arm, r in zip(('plain', 'residual'), self.pair, strict=True)}
        figure = plot_arms(histories, f'stored results: {self.depth.value} layers, learning rate '
                                      f'{self.lr.value:g}, seed {self.seed.value}')
        figure.set_size_inches(9, 3.4)
        return figure

    def difference(self):
        """Residual - plain on the test digits over all seeds, in points, with its interval."""
        chosen = self.depth.value, self.lr.value
        return mean_interval([100 * (residual.test_score - plain.test_score)
                              for key, (plain, residual) in self.pairs.items()
                              if key[:2] == chosen])

    def _slider(self, description):
        return ipywidgets.SelectionSlider(
            options=sorted({key[0] for key in self.pairs}), description=description,
            continuous_update=False, style={'description_width': '7em'},
            layout=Layout(width='min(30em, 98%)'))

    def _move(self, change=None):
        """Offer what is stored for the sliders above; then show the pair."""
        if change is not None and self._offering:
            return
        self._offering = True
        for place, slider in enumerate((self.depth, self.lr, self.seed)):
            above = tuple(s.value for s in (self.depth, self.lr, self.seed)[:place])
            offered = sorted({key[place] for key in self.pairs if key[:place] == above})
            if list(slider.options) != offered:
                kept = slider.value if slider.value in offered else offered[0]
                slider.options = offered
                slider.value = kept
        self._offering = False
        self._show()

    def _show(self):
        words, n_test = self.words, self.pair[0].n_test
        plain, residual = (100 * result.test_score for result in self.pair)
        seeds = self.difference()
        lines = [words['pair'].format(n_test=n_test, plain=plain, residual=residual,
                                      difference=residual - plain), self._interval(seeds)]
        self.said.value = f'<p aria-live="polite">{"<br>".join(lines)}</p>'
        alt = words['alt'].format(depth=self.depth.value, lr=self.lr.value, seed=self.seed.value)
        self.curves.value = (f'<img src="{png_address(self.picture()._repr_png_())}" '
                             f'alt="{alt}" style="max-width:100%;height:auto">')

    def _interval(self, seeds):
        chosen = self.depth.value, self.lr.value
        n = sum(key[:2] == chosen for key in self.pairs)
        if n == 1:
            return self.words['one']
        shown = self.words['zero' if seeds.holds_zero else 'not_zero']
        return self.words['seeds'].format(n=n, shown=shown, **seeds._asdict())


def _by_sliders(pairs):
    """{(depth, learning rate, seed): (plain, residual)}, in order."""
    if not pairs:
        raise ValueError('there is no pair to show: give pairs_by_setting(results) with the '
                         'results of plain and residual networks')
    first = asdict(next(iter(pairs)))
    for setting in pairs:
        for name, value in asdict(setting).items():
            if name not in FREE and value != first[name]:
                raise ValueError(f'some pairs have {name} {first[name]}, others {value}: choose, '
                                 f'for example [r for r in results if r.config.{name} == '
                                 f'{first[name]!r}]')
    return {(setting.depth, setting.lr, plain.config.seed): (plain, residual)
            for setting, group in pairs.items() for plain, residual in group}
