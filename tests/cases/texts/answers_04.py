"""Figures in the answers of lab 04, computed."""

import math
from statistics import fmean

import torch.nn.functional as F

from nndl import load_mnist, skip_dead_taps
from nndl.fast import live_share
from nndl.resnet import NUM_BLOCKS
from nndl.study.config import RunConfig
from nndl.study.networks import build_model
from nndl.study.pairs import compare
from nndl.study.stored import stored_results
from nndl.study.tuning import best_rates, dev_scores

PHRASES = [
    '$2^{{-64}}={plain_chain}\\cdot10^{{-20}}$', '$1.5^{{64}}={residual_chain}\\cdot10^{{11}}$',
    'after the {blocks} blocks of 34 layers', '34 层网络有 {blocks} 个单元',
    '$6^{{{blocks}}}={sixths}\\cdot10^{{12}}$',
    'with `he` is not far above chance, {he}%', '也只比随机猜测高一点，为 {he}%',
    'Larger, by about $10^{order}$', '更大，大约是 $10^{order}$ 倍',
    '$(\\pi/(\\pi-1))^{{{deep}}}={estimate}\\cdot10^5$',
    'a factor of {mean} per block on average ({between} blocks lie',
    '平均每个单元 {mean} 倍（从第一个到最后一个单元相隔 {between} 个单元',
    'about {left}% of the gradient', '还应剩下 {left}% 左右',
    '{one34} points against {own34}. At', '{one34} 个百分点对 {own34} 个。',
    'its own rate, {own_rate}, it is about a quarter', '自己的最佳学习率 {own_rate} 时，约为权重的四分之一',
    '{long34} points after 320 steps. At 18 layers {long18} are left of the {own18}',
    '320 步之后剩 {long34} 个百分点。18 层时，{own18} 个中剩下 {long18} 个',
    'of length {bias}, and this rate would move it by $10^{{{bias_order}}}$',
    '长度为 {bias}，这个学习率会使它移动 $10^{{{bias_order}}}$',
    'about ${rate}\\cdot10^{{-7}}$. The first step of the last block is then '
    '${last_step}\\cdot10^{{-7}}$',
    '约为 ${rate}\\cdot10^{{-7}}$。这时最后一个单元的第一步只有权重的 ${last_step}\\cdot10^{{-7}}$',
    'from {lowest} to {highest} no rate', '从 {lowest} 到 {highest}，没有一种',
    'are then {side1}, {side2}, {side3} and 7 pixels wide, and {share_least}% to {share_most}% of',
    '边长为 {side1}、{side2}、{side3} 和 7 个像素，步长为 1 的卷积有 {share_least}% 到 {share_most}% 的',
    'to {large} of that with `he_live` instead of ${small}\\cdot10^{{-6}}$',
    '`he_live` 的 {large}，而不是 ${small}\\cdot10^{{-6}}$',
    '${default}\\cdot10^{{-14}}$']


def facts():
    """{name: text}."""
    return chains() | gradients() | paddings() | results()


def chains():
    factor, blocks = math.pi / (math.pi - 1), sum(NUM_BLOCKS[34])
    return {'plain_chain': f'{0.5 ** 64 * 1e20:.1f}', 'residual_chain': f'{1.5 ** 64 / 1e11:.1f}',
            'blocks': str(blocks), 'sixths': f'{6 ** blocks / 1e12:.1f}',
            'deep': str(sum(NUM_BLOCKS[66])), 'estimate': f'{factor ** 32 / 1e5:.1f}',
            'left': f'{100 / 1.3:.0f}'}


def gradients():
    """Of the plain networks at the start: 34 layers without batch normalisation, and 66."""
    train, _, _ = load_mnist(n_train=384)
    bare = skip_dead_taps(build_model(RunConfig('plain', num_blocks=NUM_BLOCKS[34],
                                                batch_norm=False)))
    F.cross_entropy(bare(train.images[:64]), train.labels[:64]).backward()
    *_, (name, last) = bare.named_parameters()
    assert name == 'net.7.bias'
    stored = [r.gradients for r in stored_results('pairs') if r.config.network == 'plain-66']
    norms = [fmean(of_block) for of_block in zip(*stored, strict=True)]
    lengths = [math.sqrt(channels / 3) for channels in (64, 512)]  # variance 1 / (3 fan_in)
    rate, growth, between = 0.01 * lengths[0] / norms[0], norms[0] / norms[-1], len(norms) - 1
    return {'bias': f'{last.grad.norm().item():.2f}',
            'bias_order': f'{math.log10(1e16 * last.grad.norm().item()):.0f}',
            'rate': f'{rate * 1e7:.0f}', 'last_step': f'{rate * norms[-1] / lengths[-1] * 1e7:.0f}',
            'order': f'{math.log10(growth):.0f}', 'between': str(between),
            'mean': f'{growth ** (1 / between):.2f}'}


def paddings():
    """Shares of the products with a pixel, and what they make of the length of a gradient."""
    sides = [224 // 4 // 2 ** module for module in range(4)]
    assert sides[-1] == 7
    shares = [live_share(side, 3, 1, 1) ** 2 for side in sides]

    def shortened(sides, factor):
        blocks = math.prod((factor * live_share(side, 3, 1, 1) ** 2) ** n
                           for side, n in zip(sides, NUM_BLOCKS[34], strict=True))
        return blocks * math.prod(live_share(2 * side, 3, 2, 1) / live_share(side, 3, 1, 1)
                                  for side in sides[1:])
    return {'side1': str(sides[0]), 'side2': str(sides[1]), 'side3': str(sides[2]),
            'share_least': f'{100 * min(shares):.0f}', 'share_most': f'{100 * max(shares):.0f}',
            'large': f'{shortened(sides, 1):.2f}',
            'small': f'{shortened([8, 4, 2, 1], 1) * 1e6:.0f}',
            'default': f'{shortened(sides, 1 / 6) * 1e14:.0f}'}


def results():
    scores = dev_scores(stored_results('tuning'))
    own, pairs = best_rates(scores), stored_results('pairs')
    at_own, at_one = compare(pairs, own), compare(pairs, dict.fromkeys(own, 0.01))
    long18, long34 = compare(stored_results('epochs_20'), own)
    bare = {}
    for result in stored_results('initialisation'):
        config = result.config
        if not config.batch_norm:
            bare.setdefault((config.init, config.arm, config.depth), {}).setdefault(
                config.lr, []).append(result)
    best = {key: fmean(r.test_score for r in max(
        rates.values(), key=lambda runs: fmean(r.dev_score for r in runs)))
        for key, rates in bare.items()}
    assert {key for key, score in best.items() if score < 0.11} == {
        ('torch', 'plain', 18), ('torch', 'plain', 34), ('he', 'plain', 34),
        ('he_live', 'residual', 34)}
    tried = scores['plain', 66]
    return {'he': f"{100 * best['he', 'plain', 18]:.0f}", 'lowest': f'{min(tried):g}',
            'highest': f'{max(tried):g}', 'own_rate': f"{own['plain', 34]:g}",
            'own18': f'{100 * at_own[0].difference.estimate:.1f}',
            'own34': f'{100 * at_own[1].difference.estimate:.0f}',
            'one34': f'{100 * at_one[1].difference.estimate:.0f}',
            'long18': f'{100 * long18.difference.estimate:.1f}',
            'long34': f'{100 * long34.difference.estimate:.1f}'}
