"""Check of the accuracy, by its value on random scores."""

import torch

from nndl.check.feedback import described, exercise, first_faults, is_number

__all__ = ['accuracy']

PASSED = {
    'en': 'Your function gives the share of right answers as a number between 0 and 1, for labels '
          'of shape (N,) and (N, 1), for more classes than samples and for fewer.',
    'zh': '你的函数给出了正确回答所占的比例，是 0 到 1 之间的一个数；标签形状为 (N,) 或 (N, 1)、'
          '类别数多于或少于样本数时都正确。',
}
FAULTS = {
    'argmax_dimension': {
        'en': 'The largest value is looked for among the samples of a class, not among the classes '
              'of a sample. Which dimension of (N, C) holds the classes?',
        'zh': '你是在同一类的各个样本之间找最大值，而不是在同一个样本的各个类别之间找。(N, C) 的哪一维是类别？',
    },
    'mean_of_booleans': {
        'en': 'The mean of True and False is asked for, and torch takes means of numbers only. '
              'What turns them into 1.0 and 0.0 first?',
        'zh': '这里对 True 和 False 求平均，而 torch 只能对数求平均。怎样先把它们变成 1.0 和 0.0？',
    },
    'zero': {
        'en': 'For {n} samples of which {right} are classified correctly the function returns 0. '
              'Print the predictions and the quotient: is every prediction the same, or does // '
              'drop what comes after the decimal point?',
        'zh': '{n} 个样本中有 {right} 个分类正确，函数却返回 0。把预测和商打印出来看看：是所有的预测都相同，'
              '还是 // 舍去了小数部分？',
    },
    'label_column': {
        'en': 'Labels of shape (N, 1) are compared with all predictions instead of each with its '
              'own: (N,) against (N, 1) gives (N, N). What brings both to the same shape?',
        'zh': '标签形状为 (N, 1) 时，每个标签与所有的预测都比了一遍：(N,) 与 (N, 1) 比较得到 (N, N)。'
              '怎样让两者形状相同？',
    },
    'averages_probabilities': {
        'en': 'This is the mean probability of the right class. Accuracy asks only whether the '
              'right class came first, not by how much.',
        'zh': '这是正确类别的平均概率。准确率只问正确类别是不是排在第一，不问领先多少。',
    },
    'count': {
        'en': 'This is the number of right answers, not their share.',
        'zh': '这是答对的个数，不是答对的比例。',
    },
    'percent': {
        'en': 'This is a percentage. Return a share between 0 and 1, as RunnerV3 shows it.',
        'zh': '这是百分数。请返回 0 到 1 之间的比例，与 RunnerV3 的显示一致。',
    },
    'error_rate': {
        'en': 'This is the share of wrong answers.',
        'zh': '这是答错的比例。',
    },
    'divided_by_classes': {
        'en': 'The number of right answers is divided by something other than the number of '
              'samples. How many answers are there in a batch of shape (N, C)?',
        'zh': '答对的个数除以的不是样本数。形状为 (N, C) 的一批输出里有多少个回答？',
    },
    'returns_tensor': {
        'en': 'The function returns {got} where a plain number is wanted.',
        'zh': '函数返回的是 {got}，这里需要的是一个普通的数。',
    },
    'wrong_value': {
        'en': 'For {n} samples of which {right} are classified correctly the function returns '
              '{got:.4f}. When is a prediction right?',
        'zh': '{n} 个样本中有 {right} 个分类正确，函数却返回 {got:.4f}。什么时候算预测正确？',
    },
}


# Samples, classes, and a seed for which no two explanations of a value agree.
SIZES = (5, 5, 33), (12, 4, 4), (4, 7, 1)


@exercise('accuracy', PASSED, FAULTS)
def accuracy(fn):
    """Check the accuracy.

    Args:
        fn: the student's function, ``fn(outputs, labels)``: the share of right answers.

    Returns:
        ``Feedback``.
    """
    scores = [_scores(*size) for size in SIZES]
    yield from first_faults(*(_accuracy_faults(fn, outputs, labels, given)
                              for outputs, labels in scores
                              for given in (labels, labels[:, None])))


def _accuracy_faults(fn, outputs, labels, given):
    """``given`` are the labels as the student gets them, (N,) or (N, 1)."""
    try:
        got = fn(outputs.clone(), given.clone())
    except RuntimeError as error:
        faults = {'size of tensor': 'argmax_dimension', 'Got: Bool': 'mean_of_booleans'}
        fault = next((fault for text, fault in faults.items() if text in str(error)), None)
        if fault is None:
            raise
        yield fault, {}
        return
    right = int((outputs.argmax(dim=1) == labels).sum())
    value = got.item() if isinstance(got, torch.Tensor) and got.numel() == 1 else got
    fault = _fault_of_value(value, outputs, labels, given) if is_number(value) else None
    if fault:
        yield fault, {'n': len(labels), 'right': right, 'got': value}
    elif not is_number(got):
        yield 'returns_tensor', {'got': described(got)}


def _fault_of_value(got, outputs, labels, given):
    """Which mistake gives this number; None if it is right."""
    n, classes = outputs.shape
    predictions = outputs.argmax(dim=1)
    right = (predictions == labels).sum().item()
    of_right_class = outputs.softmax(dim=1).gather(1, labels[:, None]).mean().item()
    explanations = [
        (None, right / n), ('count', right), ('percent', 100 * right / n),
        ('error_rate', 1 - right / n), ('averages_probabilities', of_right_class),
        ('divided_by_classes', right / classes), ('divided_by_classes', right / (n * classes)),
        ('divided_by_classes', right / 64), ('zero', 0),
    ]
    if n == classes:
        over_samples = (outputs.argmax(dim=0) == labels).float().mean().item()
        explanations += [('argmax_dimension', over_samples)]
    if given.dim() == 2:
        pairs = (predictions == given).float()  # (N, N)
        explanations += [('label_column', pairs.mean().item()),
                         ('label_column', pairs.sum().item() / n)]
    return next((fault for fault, value in explanations if abs(got - value) < 1e-5),
                'wrong_value')


def _scores(n, classes, seed):
    """Logits, all negative, and labels, two thirds of which are right."""
    generator = torch.Generator().manual_seed(seed)
    outputs = 2 * torch.randn(n, classes, generator=generator) - 8
    labels = outputs.argmax(dim=1)
    wrong = torch.arange(n) % 3 == 2  # a third
    labels[wrong] = (labels[wrong] + 1) % classes
    return outputs, labels
