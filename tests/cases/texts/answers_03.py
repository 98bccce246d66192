"""Figures in the answers of lab 03, computed."""

import math
from statistics import fmean

from scipy.stats import t

from nndl import Model_ResNet18, Torch_LeNet
from nndl.study.pairs import Comparison, compare
from nndl.study.stats import mcnemar
from nndl.study.stored import stored_results
from nndl.study.tuning import best_rates, dev_scores

PHRASES = [
    'LeNet-5 has {tensors} of them', 'LeNet-5 一共有 {tensors} 个参数张量',
    'gives all {tensors} a gradient', '使 {tensors} 个张量都有了梯度',
    '$\\frac14\\cdot\\frac18=1/{last}$ instead of $\\frac14\\cdot\\frac1{{64}}=1/{first}$',
    '$\\frac14\\cdot\\frac18=1/{last}$，而第一批中是 $\\frac14\\cdot\\frac1{{64}}=1/{first}$',
    '{fewer} entries. The plain network has the other {plain}', '共 {fewer} 项。普通网络有其余的 {plain} 项',
    'a dict of names and tensors, has {residual} entries', '（“名字：张量”的字典）有 {residual} 项',
    'LeNet-5 has about {lenet} thousand parameters', 'LeNet-5 约有 {lenet_zh} 万个参数',
    'reach {lenet_mean}% on average, between {lenet_least}% and {lenet_most}%',
    '平均准确率为 {lenet_mean}%，最低 {lenet_least}%，最高 {lenet_most}%',
    '$0.9^{{16}}\\approx {left}\\,\\%$', '$0.9^{{16}}\\approx {left}\\%$',
    '$2\\cdot{t}\\,s/\\sqrt3\\approx{width}\\,s$',
    'by {own18} points with 18 layers (50 pairs, 95% interval {own18_low} to {own18_high}) and by '
    '{own34} points with 34 (30 pairs, {own34_low} to {own34_high}), whereas both at 0.01 give '
    '{one18} and {one34}',
    '领先 {own18} 个百分点（50 对，95% 区间为 {own18_low} 到 {own18_high}），34 层时领先 {own34} 个百分点'
    '（30 对，{own34_low} 到 {own34_high}）；如果两组都取 0.01，得到的则是 {one18} 和 {one34} 个百分点',
    '{half} and {power} digits for each network: about {near_half}, preferably {near_power}',
    '分别需要 {half} 个和 {power} 个样本：大约 {near_half} 个，最好 {near_power} 个',
    'right on {both} of the 3800 digits, only the plain network on {only_plain} and only the '
    'residual one on {only_residual}',
    '都答对 {both} 个，只有普通网络答对的 {only_plain} 个，只有残差网络答对的 {only_residual} 个',
    '$121/3800={d}$ points, with an interval of {d_low} to {d_high} points',
    '$121/3800={d}$ 个百分点，区间为 {d_low} 到 {d_high} 个百分点',
    'about {same_digits} digits are enough where about {other_digits} for each network',
    '每个网络大约要 {other_digits} 个', '用同一批样本时大约 {same_digits} 个就能',
    'differ by {dev_one18} points with 18 layers (before rounding) and by {dev_one34} with 34; with '
    'each network at its own rate it is {dev_own18} and {dev_own34}',
    '在 18 层为 {dev_one18} 个百分点，34 层为 {dev_one34} 个；各取最佳学习率时为 {dev_own18} 和 {dev_own34} 个',
    '{book} points, and its interval is the narrowest of the three, {book_low} to {book_high}. The '
    '{book} points mix two effects: {slow} of the connection at 0.005 plus {rate_residual} of the '
    "residual network's higher rate, or, in the other order, {usual} of the connection at 0.01 plus "
    "{rate_plain} of the plain network's rate",
    '{book} 个百分点，而且区间是三者中最窄的：{book_low} 到 {book_high}。这 {book} 个百分点混合了两种作用：'
    '学习率 0.005 时残差连接的 {slow} 个，加上残差网络提高学习率的 {rate_residual} 个；换一种次序，则是学习率 0.01 时残差连接的 '
    '{usual} 个，加上普通网络学习率的 {rate_plain} 个',
    '$2/51$, or {outside}%', '$2/51$，即 {outside}%',
    'of the 50 stored pairs at the own rates only {within} lie', '50 对中，只有 {within} 对落',
    '$\\pm1.96\\sqrt{{200}}/3800$, or ±{even} points', '$\\pm1.96\\sqrt{{200}}/3800$，即 ±{even} 个百分点',
    'each is right on {each} of the 200', '200 个中两者各答对 {each} 个',
    '$0.5^{{16}}={rest}\\cdot10^{{-5}}$',
    'more accurate, by {one34} points', '更准确，高 {one34} 个百分点',
    'is worth {one34} points at 34 layers: with each network at its own best rate it is {own34}, '
    'and after 320 steps {long34}',
    '值 {one34} 个百分点。各取最佳学习率时是 {own34} 个，320 步之后是 {long34} 个']


def points(value, digits=1):
    return f'{100 * value:.{digits}f}'


def facts():
    """{name: text}."""
    return networks() | sizes() | pairs() | rates()


def networks():
    lenet, models = Torch_LeNet(in_channels=1), [
        Model_ResNet18(in_channels=1, use_residual=use) for use in (False, True)]
    plain, residual = (len(model.state_dict()) for model in models)
    n = sum(p.numel() for p in lenet.parameters())
    of_lenet = [r.test_score for r in stored_results('learning_rate') if r.config.arm == 'lenet']
    assert len(of_lenet) == 10
    return {'tensors': str(len([*lenet.parameters()])), 'plain': str(plain),
            'residual': str(residual), 'fewer': str(residual - plain), 'lenet': f'{n / 1000:.0f}',
            'lenet_zh': f'{n / 10_000:.1f}', 'lenet_mean': points(fmean(of_lenet)),
            'lenet_least': points(min(of_lenet)), 'lenet_most': points(max(of_lenet)),
            'last': str(4 * 8), 'first': str(4 * 64), 'left': points(0.9 ** 16, 0),
            'rest': f'{0.5 ** 16 * 1e5:.1f}'}


def sizes():
    p1, p2 = 0.85, 0.875
    spread = p1 * (1 - p1) + p2 * (1 - p2)
    quantile = t.ppf(0.975, 2)
    assert mcnemar(0, 0) == mcnemar(100, 100) == 1
    half, power = (z ** 2 * spread / (p2 - p1) ** 2 for z in (1.96, 1.96 + 0.84))
    return {'half': math.ceil(half), 'power': math.ceil(power), 'near_half': f'{round(half, -2):.0f}',
            'near_power': f'{round(power, -2):.0f}', 't': f'{quantile:.2f}',
            'width': f'{2 * quantile / math.sqrt(3):.2f}', 'each': '100',
            'even': points(1.96 * math.sqrt(200) / 3800, 2), 'outside': points(2 / 51)}


def pairs():
    slow, usual, _ = compare(stored_results('learning_rate'))
    assert sum(difference < 0 for difference in slow.differences) == 2
    book = Comparison([(plain, residual) for (plain, _), (_, residual)
                       in zip(slow.pairs, usual.pairs, strict=True)])
    assert min((slow, usual, book), key=lambda c: c.difference.high - c.difference.low) is book
    plain, residual = (result.hits for result in usual.pairs[0])
    n, only = len(plain), ((plain & ~residual).sum(), (residual & ~plain).sum())
    d = (only[1] - only[0]) / n
    assert only[1] - only[0] == 121
    half = 1.96 * math.sqrt((sum(only) / n - d ** 2) / n)
    disagree = fmean(float((a.hits != b.hits).mean()) for a, b in usual.pairs)
    spread = sum(p * (1 - p) for p in map(fmean, (usual.plain_scores, usual.residual_scores)))
    size = 1.96 ** 2 / 0.025 ** 2
    return {'both': str((plain & residual).sum()), 'only_plain': str(only[0]),
            'only_residual': str(only[1]), 'd': points(d), 'd_low': points(d - half),
            'd_high': points(d + half), 'slow': points(slow.difference.estimate),
            'book': points(book.difference.estimate), 'book_low': points(book.difference.low),
            'book_high': points(book.difference.high),
            'usual': points(usual.difference.estimate),
            'rate_residual': points(fmean(usual.residual_scores) - fmean(slow.residual_scores)),
            'rate_plain': points(fmean(usual.plain_scores) - fmean(slow.plain_scores)),
            'same_digits': f'{50 * round(size * (disagree - 0.025 ** 2) / 50)}',
            'other_digits': f'{50 * round(size * spread / 50)}'}


def rates():
    scores = dev_scores(stored_results('tuning'))
    own, stored = best_rates(scores), stored_results('pairs')
    (own18, own34, _), (one18, one34, _) = compare(stored, own), compare(
        stored, dict.fromkeys(own, 0.01))
    long34 = compare(stored_results('epochs_20'), own)[1]
    p18, r18, p34, r34 = (scores[arm, depth][0.01] for depth in (18, 34)
                          for arm in ('plain', 'residual'))
    best_r18, best_p34 = scores['residual', 18][0.03], scores['plain', 34][0.003]
    assert own == {('plain', 18): 0.01, ('residual', 18): 0.03, ('plain', 34): 0.003,
                   ('residual', 34): 0.01, ('plain', 66): 0.003, ('residual', 66): 0.003}
    inside = [own18.difference.low <= d <= own18.difference.high for d in own18.differences]
    return {'own18': points(own18.difference.estimate), 'own18_low': points(own18.difference.low),
            'own18_high': points(own18.difference.high), 'within': str(sum(inside)),
            'own34': points(own34.difference.estimate, 0),
            'own34_low': points(own34.difference.low, 0),
            'own34_high': points(own34.difference.high, 0),
            'one18': points(one18.difference.estimate),
            'one34': points(one34.difference.estimate, 0),
            'long34': points(long34.difference.estimate),
            'dev_one18': points(r18 - p18), 'dev_one34': points(r34 - p34),
            'dev_own18': points(best_r18 - p18), 'dev_own34': points(r34 - best_p34)}
