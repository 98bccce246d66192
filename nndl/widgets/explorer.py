"""Stored pairs of runs, by setting and seed."""

from dataclasses import replace

from ipywidgets import Dropdown, SelectionSlider

from nndl.lab.language import chosen_words
from nndl.study.plot_pairs import plot_arms
from nndl.study.stats import mean_interval
from nndl.widgets.shown import Controls, figure_tag

__all__ = ['DepthExplorer']

WORDS = {
    'en': {'setting': 'Setting', 'seed': 'Seed', 'of': '{depth} layers, learning rate {lr:g}',
           'pair': 'Stored results; nothing is trained here. This pair, on {n_test} test digits: '
                   'plain {plain:.1f}%, residual {residual:.1f}%, difference {points:+.1f} points.',
           'seeds': 'All {n} seeds: residual − plain is {estimate:+.1f} points (95% interval of '
                    'the paired differences {low:+.1f} to {high:+.1f}).',
           'zero': 'It contains 0: no difference is shown.', 'not_zero': 'It does not contain 0.',
           'one': 'Only one seed is stored: a single pair has no interval.'},
    'zh': {'setting': '设置', 'seed': '随机种子', 'of': '{depth} 层，学习率 {lr:g}',
           'pair': '这里显示的是已存的结果，并没有现场训练。这一对网络在 {n_test} 个测试样本上：'
                   '普通网络 {plain:.1f}%，残差网络 {residual:.1f}%，相差 {points:+.1f} 个百分点。',
           'seeds': '全部 {n} 个随机种子：残差网络减普通网络为 {estimate:+.1f} 个百分点'
                    '（配对差值的 95% 置信区间为 {low:+.1f} 到 {high:+.1f}）。',
           'zero': '区间包含 0：看不出差别。', 'not_zero': '区间不包含 0。',
           'one': '只存有一个随机种子：单独一对没有置信区间。'},
}


class DepthExplorer(Controls):
    """Curves of a stored pair of runs, and the paired difference over all seeds.

    Args:
        pairs: what ``pairs_by_setting`` returns; settings differ in depth and learning rate alone.
        language: 'en' or 'zh'; None: that of the lab.
    """

    def __init__(self, pairs, language=None):
        if len({replace(each, num_blocks=(), lr=1.0) for each in pairs}) != 1:
            raise ValueError('give pairs whose settings differ in depth and learning rate alone')
        words = chosen_words(WORDS, language)
        self.pairs = {setting: {plain.config.seed: (plain, residual) for plain, residual in group}
                      for setting, group in pairs.items()}
        setting = Dropdown(options=[(words['of'].format(depth=each.depth, lr=each.lr), each)
                                    for each in pairs])
        setting.observe(self._offer_seeds, 'value')
        seed = SelectionSlider(options=list(self.pairs[setting.value]), continuous_update=False)
        super().__init__(words, setting=setting, seed=seed)

    def html(self):
        """The scores of the pair, the difference over all seeds, and the curves."""
        group = self.pairs[self.setting.value]
        pair = group[self.seed.value]
        plain, residual = (100 * result.test_score for result in pair)
        seeds = mean_interval([100 * (b.test_score - a.test_score) for a, b in group.values()])
        over = ['seeds', 'zero' if seeds.holds_zero else 'not_zero'] if len(group) > 1 else ['one']
        said = ' '.join(self.words[name] for name in ['pair', *over]).format(
            plain=plain, residual=residual, points=residual - plain, n_test=pair[0].n_test,
            n=len(group), **seeds._asdict())
        return f'<p aria-live="polite">{said}</p>' + figure_tag(self.picture(), self.setting.label)

    def picture(self):
        """The curves of the pair that is chosen."""
        pair = self.pairs[self.setting.value][self.seed.value]
        config = pair[0].config
        curves = {r.config.arm: (r.train_step_losses, r.dev_losses, r.dev_scores) for r in pair}
        return plot_arms(curves, f'stored results: {config.depth} layers, learning rate '
                                 f'{config.lr:g}, seed {config.seed}')

    def _offer_seeds(self, change):
        kept, seeds = self.seed.value, list(self.pairs[change['new']])
        self.seed.options = seeds
        self.seed.value = kept if kept in seeds else seeds[0]
