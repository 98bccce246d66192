"""Stored pairs of runs, by setting and seed."""

from dataclasses import replace

from ipywidgets import Dropdown, SelectionSlider

from nndl.lab.language import chosen_words
from nndl.study.plot_pairs import plot_arms
from nndl.widgets.shown import Controls, figure_tag

__all__ = ['DepthExplorer']

WORDS = {
    'en': {'setting': 'Setting', 'seed': 'Seed', 'of': '{depth} layers, learning rate {rates}', 'and': ' and ',
           'pair': 'Stored results; nothing is trained here. This pair, on {n_test} test digits: '
                   'plain {plain:.1f}%, residual {residual:.1f}%, difference {points:+.1f} points.',
           'seeds': 'All {n} seeds: residual − plain is {estimate:+.1f} points (95% interval of '
                    'the paired differences {low:+.1f} to {high:+.1f}).'},
    'zh': {'setting': '设置', 'seed': '随机种子', 'of': '{depth} 层，学习率 {rates}', 'and': ' 和 ',
           'pair': '这里显示的是已存的结果，并没有现场训练。这一对网络在 {n_test} 个测试样本上：'
                   '普通网络 {plain:.1f}%，残差网络 {residual:.1f}%，相差 {points:+.1f} 个百分点。',
           'seeds': '全部 {n} 个随机种子：残差网络减普通网络为 {estimate:+.1f} 个百分点'
                    '（配对差值的 95% 置信区间为 {low:+.1f} 到 {high:+.1f}）。'},
}


class DepthExplorer(Controls):
    """Curves of a stored pair of runs, and the paired difference over all seeds.

    Args:
        comparisons: what ``compare`` returns, one or several lists of it joined; the settings
            differ in depth and learning rate alone.
        language: 'en' or 'zh'; None: that of the lab.
    """

    def __init__(self, comparisons, language=None):
        if len({replace(each.setting, num_blocks=(), lr=1.0) for each in comparisons}) != 1:
            raise ValueError('give pairs whose settings differ in depth and learning rate alone')
        words = chosen_words(WORDS, language)
        self.comparisons = comparisons
        setting = Dropdown(options=[
            (words['of'].format(depth=each.setting.depth, rates=words['and'].join(
                f'{lr:g}' for lr in dict.fromkeys(each.rates))), place)
            for place, each in enumerate(comparisons)])
        setting.observe(self._offer_seeds, 'value')
        seed = SelectionSlider(options=comparisons[0].seeds, continuous_update=False)
        super().__init__(words, setting=setting, seed=seed)

    def html(self):
        """The scores of the pair, the difference over all seeds, and the curves."""
        comparison = self.comparisons[self.setting.value]
        plain, residual = (100 * result.test_score for result in self._pair())
        low, high = (100 * end for end in comparison.difference[1:])
        said = f"{self.words['pair']} {self.words['seeds']}".format(
            plain=plain, residual=residual, points=residual - plain,
            n_test=comparison.setting.n_test, n=len(comparison.pairs),
            estimate=100 * comparison.difference.estimate, low=low, high=high)
        return f'<p aria-live="polite">{said}</p>' + figure_tag(self.picture(), self.setting.label)

    def picture(self):
        """The curves of the pair that is chosen."""
        curves = {f'{r.config.arm}, learning rate {r.config.lr:g}':
                  (r.train_step_losses, r.dev_losses, r.dev_scores) for r in self._pair()}
        return plot_arms(curves, f'stored results: {self._pair()[0].config.depth} layers, '
                                 f'seed {self.seed.value}')

    def _pair(self):
        comparison = self.comparisons[self.setting.value]
        return comparison.pairs[comparison.seeds.index(self.seed.value)]

    def _offer_seeds(self, change):
        kept, seeds = self.seed.value, self.comparisons[change['new']].seeds
        self.seed.options = seeds
        self.seed.value = kept if kept in seeds else seeds[0]
