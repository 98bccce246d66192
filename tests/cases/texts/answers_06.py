"""Figures in the answers of lab 06, computed."""

from unittest import mock
from urllib.error import URLError

import torch
from torchvision import models

from nndl.count import multiply_adds, parameters

PHRASES = [
    'with {vgg_millions} million parameters and {vgg_billions} billion multiply-adds',
    '参数 {vgg_hundred_millions} 亿个，乘加 {vgg_products} 亿次',
    'in `weights.meta` ({inception_published} parameters instead of {inception})',
    '（{inception_published} 个参数，而不是 {inception} 个）',
    '*with* them, {googlenet_with} parameters instead of {googlenet}',
    '参数为 {googlenet_with} 个，而不是 {googlenet} 个',
    '{linear} of AlexNet\'s {alexnet} million parameters, {share}%, are',
    'only {linear} of the {alexnet_products} million multiply-adds',
    'AlexNet 的 {alexnet_wan} 万个参数中有 {linear_wan} 万个（{share}%）',
    '{alexnet_yi} 亿次乘加中它们只占 {linear_wan} 万次',
    'the error is `{offline}`', '报错是 `urllib` 的 `{offline}`',
    'instead of the {features} features', '得分之前的 {features} 维特征',
    'from {vgg_billions} to {large_billions} billion', '从 {vgg_products} 亿增加到 {large_products} 亿']


def on_meta(name, **options):
    with torch.device('meta'):
        return models.get_model(name, weights=None, **options)


def facts():
    """{name: text}."""
    vgg, alexnet = on_meta('vgg16'), on_meta('alexnet')
    products, large = (multiply_adds(vgg, (1, 3, size, size)) for size in (224, 448))
    linear = sum(layer.weight.numel() for layer in alexnet.classifier
                 if isinstance(layer, torch.nn.Linear))
    alexnet_products = multiply_adds(alexnet, (1, 3, 224, 224))
    without, with_heads = ({'aux_logits': aux, 'init_weights': False} for aux in (False, True))
    published = {name: models.get_model_weights(name).DEFAULT.meta['num_params']
                 for name in ('googlenet', 'inception_v3')}
    told = {'inception_published': published['inception_v3'],
            'inception': parameters(on_meta('inception_v3', **without)),
            'googlenet_with': parameters(on_meta('googlenet', **with_heads)),
            'googlenet': parameters(on_meta('googlenet', **without))}
    assert told['googlenet'] == published['googlenet']
    assert told['inception_published'] == parameters(on_meta('inception_v3', **with_heads))
    return {name: f'{value:,}' for name, value in told.items()} | {
        'vgg_millions': f'{parameters(vgg) / 1e6:.0f}',
        'vgg_hundred_millions': f'{parameters(vgg) / 1e8:.2f}',
        'vgg_billions': f'{products / 1e9:.1f}', 'vgg_products': f'{products / 1e8:.0f}',
        'large_billions': f'{large / 1e9:.1f}', 'large_products': f'{large / 1e8:.0f}',
        'linear': f'{linear / 1e6:.1f}', 'linear_wan': f'{linear / 1e6:.1f}'.replace('.', '') + '0',
        'alexnet': f'{parameters(alexnet) / 1e6:.1f}',
        'alexnet_wan': f'{parameters(alexnet) / 1e6:.1f}'.replace('.', '') + '0',
        'share': f'{100 * linear / parameters(alexnet):.0f}',
        'alexnet_products': f'{alexnet_products / 1e6:.0f}',
        'alexnet_yi': f'{alexnet_products / 1e8:.2f}', 'offline': offline_error(),
        'features': str(on_meta('resnet18').fc.in_features)}


def offline_error():
    """Name of the error of a builder that has no file and no network."""
    with (mock.patch('torch.hub.download_url_to_file', side_effect=URLError('no route')),
          mock.patch('torch.hub.get_dir', lambda: '/nowhere'), mock.patch('os.makedirs')):
        try:
            models.resnet18(weights='DEFAULT')
        except OSError as error:
            return type(error).__name__
    return 'none'
