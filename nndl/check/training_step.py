"""Check of one training step, by what it does to a model, an optimizer and a loss."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from nndl.check.feedback import described, exercise, first_faults, is_number

__all__ = ['training_step']

PASSED = {
    'en': 'Your function trains: two steps on two batches gave exactly the parameters, the batch '
          'normalisation statistics and the losses that they should, in training mode, with '
          'gradients that do not pile up, and it returns a plain number.',
    'zh': '你的函数确实完成了训练：在两个批次上各走一步之后，参数、批量规范化的统计量和损失都与应有的结果一致；'
          '模型处于训练模式，梯度没有累积，返回的是一个普通的数。',
}
FAULTS = {
    'own_loss': {
        'en': 'The loss function that your function is given is never called. Which of the five '
              'arguments have you not used?',
        'zh': '传入的损失函数 loss_fn 从来没有被调用。五个参数里，哪一个你没有用上？',
    },
    'loss_arguments': {
        'en': 'loss_fn is called with something other than the outputs of the model and the '
              'labels, in this order. What does the model return, and has anything been done to '
              'it on the way?',
        'zh': '调用 loss_fn 时，传入的不是模型的输出和标签（按这个顺序）。模型返回的是什么？中途有没有对它做过别的处理？',
    },
    'eval_mode': {
        'en': 'The model is in eval mode while it is trained: batch normalisation then uses its '
              'stored statistics and does not update them. An evaluation may have come just '
              'before; which call switches back?',
        'zh': '训练时模型处于评价模式：批量规范化用的是保存的统计量，也不会更新它们。在这一步之前可能刚做过评价，'
              '哪个调用能切换回来？',
    },
    'no_graph': {
        'en': 'The loss has no gradient function, so nothing can flow back from it. What has '
              'switched the recording of operations off?',
        'zh': '损失没有 grad_fn，无法从它反向传播。是什么使运算没有被记录下来？',
    },
    'loss_is_number': {
        'en': 'backward is called on a plain number. The number is for people to read; which '
              'object knows how it was computed?',
        'zh': 'backward 是在一个普通的数上调用的。这个数只是给人看的，哪个对象才知道自己是怎么算出来的？',
    },
    'no_backward': {
        'en': 'The gradients are never computed. What has to happen between the loss and the step '
              'of the optimizer?',
        'zh': '梯度从来没有被计算。在得到损失之后、优化器更新之前，还要做什么？',
    },
    'no_step': {
        'en': 'The optimizer never takes a step: the gradients are there, but the parameters stay '
              'what they were.',
        'zh': '优化器没有更新参数：梯度已经算出来了，参数却没有变。',
    },
    'step_before_backward': {
        'en': 'The optimizer takes its step before the gradients of this batch are computed. '
              'Which gradients does it use then?',
        'zh': '优化器在算出这个批次的梯度之前就更新了参数。那么它用的是哪里来的梯度？',
    },
    'zeroed_before_step': {
        'en': 'The gradients are computed and then thrown away before the optimizer has used '
              'them. At which two places may they be set to zero?',
        'zh': '梯度算出来之后，优化器还没有用就被清零了。清零可以放在哪两个位置？',
    },
    'not_zeroed': {
        'en': 'The second step uses the sum of the gradients of both batches: backward adds to '
              'what is there. What is missing?',
        'zh': '第二步用的是两个批次的梯度之和：backward 会把新的梯度加到已有的梯度上。缺了哪一步？',
    },
    'wrong_step': {
        'en': 'After your step the parameters are not those of exactly one step along the gradient '
              'of the loss. Is anything done twice, or done to the loss or to the gradients?',
        'zh': '更新之后的参数，并不等于沿损失的负梯度方向恰好走一步的结果。是不是有什么做了两遍，或者改动了损失、梯度？',
    },
    'returns_nothing': {
        'en': 'The function returns nothing. The runner wants the loss of the batch.',
        'zh': '函数没有返回值。训练时需要得到这个批次的损失。',
    },
    'returns_tensor': {
        'en': 'The function returns {got} where a plain number is wanted. (The tensor of the loss '
              'would keep all that it was computed from in memory.) How do you get the number out?',
        'zh': '函数返回的是 {got}，这里需要的是一个普通的数。（如果返回损失这个张量，计算它时用到的一切都会一直占着内存。）'
              '怎样把里面的数取出来？',
    },
    'wrong_value': {
        'en': 'The function returns {got:.4f}, but the loss of the batch before the step is '
              '{expected:.4f}. Which loss is it that you return?',
        'zh': '函数返回 {got:.4f}，而更新之前这个批次的损失是 {expected:.4f}。你返回的是哪一个损失？',
    },
}


@exercise('training_step', PASSED, FAULTS)
def training_step(fn):
    """Check one step of training.

    Args:
        fn: the student's function, ``fn(model, optimizer, loss_fn, inputs, labels)``; it trains
            the model on one batch and returns the loss as a number.

    Returns:
        ``Feedback``.
    """
    watched = _Watched()
    try:
        for batch in watched.batches:
            watched.returned.append(fn(watched.model, watched.optimizer, watched.loss_fn, *batch))
    except _Seen:
        pass
    except AttributeError as error:
        if "'float' object has no attribute 'backward'" not in str(error):
            raise
        yield 'loss_is_number', {}
        return
    except RuntimeError as error:
        if 'modified by an inplace operation' not in str(error):
            raise
        yield ('step_before_backward' if 'empty step' in watched.events else 'wrong_step'), {}
        return
    yield from first_faults(_order_faults(watched.events), _parameter_faults(watched),
                            _returned_faults(watched.returned, watched.expected_losses))


class _Seen(Exception):
    """What is wrong has been noted; going on would only raise another error."""


class _Watched:
    """A small model with its optimizer and loss function that note what is done with them."""

    def __init__(self):
        self.events, self.outputs, self.returned = [], [], []
        generator = torch.Generator().manual_seed(7)
        self.batches = [(torch.randn(6, 4, generator=generator),
                         torch.randint(0, 3, (6,), generator=generator)) for _ in range(2)]
        self.model = _model()
        twin = copy.deepcopy(self.model)
        self.expected_losses, self.expected = _two_steps(twin, self.batches)
        self.model.register_forward_hook(self._note_forward)
        self.model.eval()  # as after an evaluation
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)
        self.optimizer.register_step_post_hook(self._note_step)

    def loss_fn(self, outputs, labels):
        if not (_is_one_of(outputs, self.outputs)
                and _is_one_of(labels, [known for _, known in self.batches])):
            self._refuse('loss_arguments')
        loss = F.cross_entropy(outputs, labels)
        if not loss.requires_grad:
            self._refuse('no_graph')
        self.events.append('loss')
        loss.register_hook(lambda gradient: self.events.append('backward'))
        return loss

    def _refuse(self, fault):
        self.events.append(fault)
        raise _Seen(fault)

    def _note_forward(self, model, inputs, outputs):
        if not model.training:
            self.events.append('eval_mode')
        self.outputs.append(outputs.detach().clone())

    def _note_step(self, optimizer, args, kwargs):
        empty = all(p.grad is None or not p.grad.any() for p in self.model.parameters())
        self.events.append('empty step' if empty else 'step')


def _is_one_of(tensor, known):
    return isinstance(tensor, torch.Tensor) and any(torch.equal(tensor, each) for each in known)


def _model():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))


def _two_steps(model, batches):
    """(losses, state_dict after both steps) done right."""
    losses = []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for inputs, labels in batches:
        loss = F.cross_entropy(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.state_dict()


def _order_faults(events):
    """What the order of the noted events says; the first that explains the rest."""
    steps = [event for event in events if event.endswith('step')]
    for refused in ('eval_mode', 'loss_arguments', 'no_graph'):
        if refused in events:
            yield refused, {}
            return
    if 'loss' not in events:
        yield 'own_loss', {}
    elif 'backward' not in events:
        yield 'no_backward', {}
    elif not steps:
        yield 'no_step', {}
    elif events.index(steps[0]) < events.index('backward'):
        yield 'step_before_backward', {}
    elif 'step' not in steps:
        yield 'zeroed_before_step', {}


def _parameter_faults(watched):
    if _close(watched.model.state_dict(), watched.expected):
        return
    piled_up = _model()
    _two_steps_without_zeroing(piled_up, watched.batches)
    yield ('not_zeroed' if _close(watched.model.state_dict(), piled_up.state_dict())
           else 'wrong_step'), {}


def _two_steps_without_zeroing(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for inputs, labels in batches:
        F.cross_entropy(model(inputs), labels).backward()
        optimizer.step()


def _close(one, other):
    return all(torch.allclose(one[name], tensor, atol=1e-5) for name, tensor in other.items())


def _returned_faults(returned, expected):
    for got, loss in zip(returned, expected, strict=True):
        if got is None:
            yield 'returns_nothing', {}
        elif not is_number(got):
            yield 'returns_tensor', {'got': described(got)}
        elif not abs(got - loss) <= 1e-4:  # nan is wrong too
            yield 'wrong_value', {'got': got, 'expected': loss}
            return
