"""Lab 03: accuracy."""

from nndl.grading.inside.plain import pack
from nndl.grading.probes.compare import same_number

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'ANSWERS', 'PROBES', 'judge']

NAME = 'accuracy'
CHECK = 'accuracy'
HIDDEN = {}
ANSWERS = {'nndl.metric': ('Accuracy',)}
PROBES = {
    'flat': (1, {'en': 'labels of shape (N,)', 'zh': '形状为 (N,) 的标签'}),
    'column': (1, {'en': 'labels of shape (N, 1)', 'zh': '形状为 (N, 1) 的标签'}),
}
SIZES = (31, 6), (7, 5), (4, 9)  # samples, classes


def judge(ask, draw):
    """By the share of right answers among random scores."""
    import torch

    for probe, column in (('flat', False), ('column', True)):
        batches, expected = [], []
        for n, classes in SIZES:
            outputs, labels = draw.normal(n, classes), draw.integers(classes, n)
            right = outputs.argmax(1)
            labels = torch.where(labels == right, (labels + 1) % classes, labels)
            # From 1 to n - 1 hits: a share of sevenths is never one that was rounded.
            hits = torch.randperm(n, generator=draw.generator)[:1 + int(draw.integers(n - 1, 1))]
            labels[hits] = right[hits]
            expected.append((outputs.argmax(1) == labels).double().mean().item())
            batches.append([pack(outputs), pack(labels[:, None] if column else labels)])
        shares = ask('share', batches=batches).get('shares', [])
        yield probe, (len(shares) == len(expected)
                      and all(same_number(*each, 1e-6) for each in zip(shares, expected,
                                                                   strict=True)))
