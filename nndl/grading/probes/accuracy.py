"""Lab 03: accuracy."""

from nndl.grading.inside.plain import pack
from nndl.grading.probes.compare import same_number

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'ANSWERS', 'PROBES', 'judge']

NAME = 'accuracy'
CHECK = 'accuracy'
HIDDEN = {}
ANSWERS = {'nndl.metric': ('Accuracy',), 'nndl': ('Accuracy',)}
PROBES = {
    'flat': (1, {'en': 'labels of shape (N,)', 'zh': '形状为 (N,) 的标签'}),
    'column': (1, {'en': 'labels of shape (N, 1)', 'zh': '形状为 (N, 1) 的标签'}),
}
SIZES = (31, 7), (5, 5), (4, 9)  # samples, classes


def judge(ask, draw):
    """By the share of right answers among random scores."""
    for probe, column in (('flat', False), ('column', True)):
        batches, expected = [], []
        for n, classes in SIZES:
            outputs, labels = draw.normal(n, classes), draw.integers(classes, n)
            hits = draw.uniform(n, low=0, high=1) < 0.5
            labels[hits] = outputs.argmax(1)[hits]
            expected.append((outputs.argmax(1) == labels).double().mean().item())
            batches.append([pack(outputs), pack(labels[:, None] if column else labels)])
        shares = ask('share', batches=batches).get('shares', [])
        yield probe, (len(shares) == len(expected)
                      and all(map(same_number, shares, expected)))
