"""Figures in the answers of lab 05, computed."""

import torch
from torchvision.models import resnet18

from nndl import Model_ResNet18
from nndl.weights import from_torchvision

PHRASES = [
    '{ours}: the same {theirs} and `net.0.0.bias`, of shape {shape}',
    '{ours} 项：同样的 {theirs} 项，再加上 `net.0.0.bias`，形状为 {shape}',
    '{statistics} running statistics are missing (it is silent on the {counters} counters)',
    '缺少 {statistics} 个滑动统计量（{counters} 个计数器则不会提到）',
    'up to $10^{{-{atol}}}+10^{{-{rtol}}}\\,|b|$', '不超过 $10^{{-{atol}}}+10^{{-{rtol}}}\\,|b|$',
    'changes {changed} logits of each image by 1', '的 {changed} 个 logits 改变了 1',
    'The kept bias (fault {seen})', '会发现保留的偏置（第 {seen} 个错误）']


def facts():
    """{name: text}."""
    theirs, ours = resnet18(), Model_ResNet18(in_channels=3, num_classes=1000)
    refused = ours.load_state_dict(from_torchvision(dict(theirs.named_parameters())), strict=False)
    one, zero = torch.tensor(1.0, dtype=torch.float64), torch.tensor(0.0, dtype=torch.float64)
    atol, rtol = (next(n for n in range(3, 20) if torch.allclose(to + 0.9 * 10.0 ** -n, to)
                       and not torch.allclose(to + 1.1 * 10.0 ** -n, to)) for to in (zero, one))
    return {'shape': str(tuple(ours.state_dict()['net.0.0.bias'].shape)),
            'theirs': str(len(theirs.state_dict())), 'ours': str(len(ours.state_dict())),
            'statistics': str(len(refused.missing_keys)), 'atol': str(atol), 'rtol': str(rtol),
            'counters': str(sum(name.endswith('tracked') for name in ours.state_dict())),
            'changed': str(1000 - 1), 'seen': ', '.join(seen_in_eval_mode())}


def seen_in_eval_mode():
    """Numbers of the lab's faults that the naive check sees in eval mode."""
    other = {'net.3.1.bn1': 'net.3.1.bn2', 'net.3.1.bn2': 'net.3.1.bn1'}
    faults = {
        '1': lambda state: {name.replace('bn3', 'shorcutt'): t for name, t in state.items()},
        '2': lambda state: {n: t for n, t in state.items() if not n.startswith(('net.3.0.bn3',
                                                                               'net.4.0.bn3'))},
        '3': lambda state: {n: t for n, t in state.items() if n != 'net.0.0.bias'},
        '4': lambda state: {other.get(n[:11], n[:11]) + n[11:]: t for n, t in state.items()},
        '5': lambda state: state | {'net.7.bias': state['net.7.bias']
                                    - torch.arange(1000).clamp(max=1)}}
    torch.manual_seed(0)
    x = torch.randn(2, 3, 32, 32)
    for number, break_it in faults.items():
        theirs, ours = resnet18().eval(), Model_ResNet18(in_channels=3, num_classes=1000).eval()
        ours.load_state_dict(break_it(from_torchvision(theirs.state_dict())), strict=False)
        with torch.no_grad():
            if (ours(x) - theirs(x)).max() >= 5e-4:  # printed to three decimals
                yield number
