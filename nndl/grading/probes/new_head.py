"""Lab 06: new_head."""

from nndl.grading.inside.plain import pack
from nndl.grading.probes.compare import close, unpacked

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'PRELOADED', 'PROBES', 'judge']

NAME = 'new_head'
CHECK = 'new_head'
HIDDEN = {}
PRELOADED = ('torchvision.models',)
PROBES = {
    'basic': (1, {'en': 'a linear layer on 512 features, the body as it was',
                  'zh': '512 维特征上的全连接层，主体保持原样'}),
    'bottleneck': (1, {'en': 'a linear layer on 2048 features, the body as it was',
                       'zh': '2048 维特征上的全连接层，主体保持原样'}),
    'learning': (1, {'en': 'the new layer learns, the body does not',
                     'zh': '新的全连接层能学习，主体不再变化'}),
}
CALLS = ('basic', 7), ('bottleneck', 4)


def judge(ask, draw):
    """By the output for random images, and by which parameters get a gradient."""
    from nndl.grading.inside.functions import body

    learning = []
    for probe, num_classes in CALLS:
        network, x = body(probe).eval(), draw.normal(2, 3, 32, 32)
        values = draw.filled(network)
        told = ask('head', kind=probe, values=values, num_classes=num_classes, x=pack(x))
        head = _head(told, network.fc.in_features, num_classes)
        right = bool(head) and _is_right(told, network, head, x)
        yield probe, right
        if right:  # what learns of a network that is wrong anyway says nothing
            learning.append(sorted(told['learning']) == sorted(head))
    yield 'learning', bool(learning) and all(learning)


def _head(told, features, num_classes):
    """{name: tensor} of the new layer, {} if there is none such."""
    new = {name: unpacked(packed) for name, packed in told.get('new', {}).items()}
    weights = {n: t for n, t in new.items() if t is not None
               and tuple(t.shape) == (num_classes, features)}
    biases = {n: t for n, t in new.items() if t is not None and tuple(t.shape) == (num_classes,)}
    return weights | biases if len(weights) == 1 and len(biases) <= 1 else {}


def _is_right(told, network, head, x):
    import torch
    import torch.nn.functional as F

    from nndl.grading.probes.networks import tells

    tensors = len(list(network.parameters())) - 2 + len(head)
    network.fc = torch.nn.Identity()
    with torch.no_grad():
        expected = F.linear(network(x), *head.values())
    return tells(expected) and told['tensors'] == tensors and close(told['output'], expected)
