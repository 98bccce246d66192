"""Figures in the answers of lab 07, computed."""

from nndl import Model_ResNet18, load_mnist
from nndl.study.pairs import compare
from nndl.study.stored import stored_results
from nndl.widgets.live import PAUSE, SHARE

PHRASES = [
    'only the size of the {channels} numbers', '改变的只是 {channels} 个数的大小',
    'at most {most} of these 200 digits, {share}%,', '这 200 个样本中同一类最多 {most} 个，即 {share}%',
    'at most {drawing}% of the time', '画图至多占用 {drawing}% 的时间',
    'between {low34} and {high34} points, at 66 layers between {low66} and {high66}, at 18 between '
    '{low18} and {high18}',
    '{low34} 到 {high34} 个百分点之间；66 层为 {low66} 到 {high66}，18 层为 {low18} 到 {high18}',
    'is worth {least} points, or {largest}', '带来 {least} 个百分点，也可能是 {largest} 个',
    'to the {pairs} pairs in the first row', '第一行的 {pairs} 对里']


def facts():
    """{name: text}."""
    labels = load_mnist(n_train=4000, n_dev=200, n_test=800)[2].labels[:200]
    most = labels.bincount().max().item()
    arms = [(arm, depth) for arm in ('plain', 'residual') for depth in (18, 34, 66)]
    told = {'channels': str(Model_ResNet18().net[-1].in_features), 'most': str(most),
            'share': f'{most / 2:.0f}', 'drawing': f'{100 * SHARE:.0f}'}
    assert PAUSE == 0.5
    spread = {}
    for each in compare(stored_results('pairs'), dict.fromkeys(arms, 0.01)):
        low, high = (100 * value for value in (min(each.differences), max(each.differences)))
        depth = each.setting.depth
        told |= {f'low{depth}': f'{low:+.1f}', f'high{depth}': f'{high:+.1f}'}
        spread[depth] = high - low
        if depth == 18:
            told['pairs'] = str(len(each.pairs))
        if depth == 34:
            told |= {'least': f'{low:.0f}', 'largest': f'{high:.0f}'}
    assert max(spread, key=spread.get) == 34
    return told
