"""Answers to the exercise gradient_norms: right ones in several styles, and typical wrong ones."""

import copy
from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F

# ---- right ---------------------------------------------------------------------------------


def the_kit(model, loss_fn, inputs, labels):
    model.zero_grad()
    loss_fn(model(inputs), labels).backward()
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters()
             if p.grad is not None}
    model.zero_grad()
    return norms


def functional(model, loss_fn, inputs, labels):
    learning = {n: p for n, p in model.named_parameters() if p.requires_grad}
    gradients = torch.autograd.grad(loss_fn(model(inputs), labels), list(learning.values()),
                                    allow_unused=True)
    return {n: float(torch.linalg.vector_norm(g))
            for n, g in zip(learning, gradients, strict=True) if g is not None}


def on_a_copy(model, loss_fn, inputs, labels):
    twin = copy.deepcopy(model)
    twin.zero_grad(set_to_none=True)
    loss_fn(twin(inputs), labels).backward()
    return {n: (p.grad ** 2).sum() ** 0.5 for n, p in twin.named_parameters()
            if p.grad is not None}


def with_zeros(model, loss_fn, inputs, labels):
    """Clears with zeros instead of None, and gives numpy numbers."""
    model.zero_grad(set_to_none=False)
    loss_fn(model(inputs), labels).backward()
    norms = {}
    for name, p in model.named_parameters():
        if p.requires_grad and p.grad is not None:
            norms[name] = p.grad.flatten().norm(p=2).numpy().copy().item()
    model.zero_grad(set_to_none=False)
    return norms


def clears_only_afterwards(model, loss_fn, inputs, labels):
    """The text does not say that gradients may have been there before."""
    loss_fn(model(inputs), labels).backward()
    norms = {n: p.grad.norm().item() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return norms


def numbers_of_numpy(model, loss_fn, inputs, labels):
    norms = the_kit(model, loss_fn, inputs, labels)
    return {n: np.float32(value) for n, value in norms.items()}


def of_one_element(model, loss_fn, inputs, labels):
    norms = the_kit(model, loss_fn, inputs, labels)
    return OrderedDict((n, torch.tensor([value])) for n, value in norms.items())


def in_another_order(model, loss_fn, inputs, labels):
    """Puts the state back, statistics and all."""
    state = copy.deepcopy(model.state_dict())
    norms = the_kit(model, loss_fn, inputs, labels)
    model.load_state_dict(state)
    return dict(reversed(norms.items()))


def functional_call(model, loss_fn, inputs, labels):
    twins = {n: p.detach().clone().requires_grad_(p.requires_grad)
             for n, p in model.named_parameters()}
    loss_fn(torch.func.functional_call(model, twins, (inputs,)), labels).backward()
    return {n: p.grad.pow(2).sum().sqrt() for n, p in twins.items() if p.grad is not None}


def of_two_dimensions(model, loss_fn, inputs, labels):
    norms = the_kit(model, loss_fn, inputs, labels)
    return {n: torch.full((1, 1), value) for n, value in norms.items()}


RIGHT = {'the kit': the_kit, 'autograd.grad': functional, 'on a copy': on_a_copy,
         'zeros': with_zeros, 'clears only afterwards': clears_only_afterwards,
         'numpy': numbers_of_numpy, 'one element': of_one_element,
         'two dimensions': of_two_dimensions, 'another order': in_another_order, 'functional_call': functional_call}


# ---- wrong ---------------------------------------------------------------------------------

def all_that_learn(model, loss_fn, inputs, labels):
    """Those that take no part have no gradient either."""
    model.zero_grad()
    loss_fn(model(inputs), labels).backward()
    norms = {n: p.grad.norm() for n, p in model.named_parameters() if p.requires_grad}
    model.zero_grad()
    return norms


def all_used(model, loss_fn, inputs, labels):
    learning = {n: p for n, p in model.named_parameters() if p.requires_grad}
    gradients = torch.autograd.grad(loss_fn(model(inputs), labels), list(learning.values()))
    return {n: g.norm() for n, g in zip(learning, gradients, strict=True)}


def measured(measure):
    """An answer that is right but for what it computes from a parameter."""
    def answer(model, loss_fn, inputs, labels):
        model.zero_grad()
        loss_fn(model(inputs), labels).backward()
        norms = {n: measure(p) for n, p in model.named_parameters() if p.grad is not None}
        model.zero_grad()
        return norms
    return answer


def differentiated(loss_of):
    """An answer that is right but for what it differentiates."""
    def answer(model, loss_fn, inputs, labels):
        return the_kit(model, lambda outputs, labels: loss_of(outputs, labels), inputs, labels)
    return answer


def no_backward(model, loss_fn, inputs, labels):
    loss_fn(model(inputs), labels)
    return {n: p.grad.norm().item() for n, p in model.named_parameters()}


def no_backward_but_asked(model, loss_fn, inputs, labels):
    loss_fn(model(inputs), labels)
    return {n: p.grad.norm().item() for n, p in model.named_parameters() if p.grad is not None}


def without_graph(model, loss_fn, inputs, labels):
    with torch.no_grad():
        loss = loss_fn(model(inputs), labels)
    loss.backward()
    return {n: p.grad.norm().item() for n, p in model.named_parameters()}


def item_before_backward(model, loss_fn, inputs, labels):
    loss_fn(model(inputs), labels).item().backward()


def labels_first(model, loss_fn, inputs, labels):
    loss_fn(labels, model(inputs)).backward()
    return {n: p.grad.norm().item() for n, p in model.named_parameters()}


def accumulates(model, loss_fn, inputs, labels):
    loss_fn(model(inputs), labels).backward()
    return {n: p.grad.norm().item() for n, p in model.named_parameters() if p.grad is not None}


def leaves_gradients(model, loss_fn, inputs, labels):
    model.zero_grad()
    return accumulates(model, loss_fn, inputs, labels)


def stops_at_frozen(model, loss_fn, inputs, labels):
    model.zero_grad()
    loss_fn(model(inputs), labels).backward()
    norms = {n: p.grad.norm().item() for n, p in model.named_parameters()}
    model.zero_grad()
    return norms


def differentiates_frozen(model, loss_fn, inputs, labels):
    gradients = torch.autograd.grad(loss_fn(model(inputs), labels), list(model.parameters()))
    names = [n for n, _ in model.named_parameters()]
    return {n: g.norm() for n, g in zip(names, gradients, strict=True)}


def a_list(model, loss_fn, inputs, labels):
    return list(the_kit(model, loss_fn, inputs, labels).values())


def nothing(model, loss_fn, inputs, labels):
    the_kit(model, loss_fn, inputs, labels)


def only_weights(model, loss_fn, inputs, labels):
    norms = the_kit(model, loss_fn, inputs, labels)
    return {n: v for n, v in norms.items() if n.endswith('weight')}


def numbered(model, loss_fn, inputs, labels):
    return dict(enumerate(the_kit(model, loss_fn, inputs, labels).values()))


def in_eval_mode(model, loss_fn, inputs, labels):
    model.eval()
    return the_kit(model, loss_fn, inputs, labels)


def in_eval_mode_and_back(model, loss_fn, inputs, labels):
    mode = model.training
    model.eval()
    norms = the_kit(model, loss_fn, inputs, labels)
    model.train(mode)
    return norms


def takes_a_step(model, loss_fn, inputs, labels):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    loss_fn(model(inputs), labels).backward()
    optimizer.step()
    norms = {n: p.grad.norm().item() for n, p in model.named_parameters()}
    optimizer.zero_grad()
    return norms


def first_digit_only(model, loss_fn, inputs, labels):
    model.zero_grad()
    loss_fn(model(inputs)[:1], labels[:1]).backward()
    norms = {n: p.grad.norm().item() for n, p in model.named_parameters()}
    model.zero_grad()
    return norms


def misspelt(model, loss_fn, inputs, labels):
    return model.gradients()


def named_conv(model, loss_fn, inputs, labels):
    model.zero_grad()
    loss_fn(model(inputs), labels).backward()
    norms = {name: p.grad.norm().item() for name, p in model.named_parameters() if 'conv' in name}
    model.zero_grad()
    return norms


def with_the_total(model, loss_fn, inputs, labels):
    norms = the_kit(model, loss_fn, inputs, labels)
    return {**norms, 'total': sum(norms.values())}


def of_a_copy_in_eval(model, loss_fn, inputs, labels):
    return the_kit(copy.deepcopy(model).eval(), loss_fn, inputs, labels)


def zeros_for_frozen(model, loss_fn, inputs, labels):
    norms = the_kit(model, loss_fn, inputs, labels)
    return {n: norms.get(n, 0.0) for n, _ in model.named_parameters()}


def tiny_step(model, loss_fn, inputs, labels):
    norms = the_kit(model, loss_fn, inputs, labels)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(1.01)
    return norms


def own_loss_and_mean(model, loss_fn, inputs, labels):
    return differentiated(lambda y, labels: y.mean())(model, loss_fn, inputs, labels)


def squared_by_autograd(model, loss_fn, inputs, labels):
    return {n: norm ** 2 for n, norm in functional(model, loss_fn, inputs, labels).items()}


WRONG = [
    ('unused parameter', all_that_learn, 'unused'),
    ('autograd.grad of all', all_used, 'unused'),
    ('a list', a_list, 'not_a_dict'),
    ('nothing returned', nothing, 'not_a_dict'),
    ('no backward', no_backward, 'no_backward'),
    ('no backward, empty dict', no_backward_but_asked, 'no_backward'),
    ('None returned', measured(lambda p: None), 'not_a_number'),
    ('no_grad', without_graph, 'crashed'),
    ('item before backward', item_before_backward, 'crashed'),
    ('labels first', labels_first, 'crashed'),
    ('only the weights', only_weights, 'names'),
    ('numbered', numbered, 'names'),
    ('names of layers', named_conv, 'names'),
    ('one too many', with_the_total, 'names'),
    ('stops at a frozen one', stops_at_frozen, 'frozen'),
    ('differentiates a frozen one', differentiates_frozen, 'frozen'),
    ('the gradient itself', measured(lambda p: p.grad.clone()), 'not_a_number'),
    ('text', measured(lambda p: f'{p.grad.norm():.3f}'), 'not_a_number'),
    ('norm of the weight', measured(lambda p: p.norm().item()), 'weight_norm'),
    ('squared', measured(lambda p: (p.grad ** 2).sum().item()), 'other_norm'),
    ('squared, autograd.grad', squared_by_autograd, 'other_norm'),
    ('mean', measured(lambda p: p.grad.mean().item()), 'other_norm'),
    ('mean of sizes', measured(lambda p: p.grad.abs().mean().item()), 'other_norm'),
    ('root mean square', measured(lambda p: (p.grad ** 2).mean().sqrt().item()), 'differs'),
    ('sum of sizes', measured(lambda p: p.grad.abs().sum().item()), 'other_norm'),
    ('largest', measured(lambda p: p.grad.abs().max().item()), 'other_norm'),
    ('relative', measured(lambda p: (p.grad.norm() / p.norm()).item()), 'differs'),
    ('sum of the outputs', differentiated(lambda y, labels: y.sum()), 'no_backward'),
    ('its own loss', differentiated(F.cross_entropy), 'no_backward'),
    ('accumulates', accumulates, 'not_zeroed'),
    ('leaves gradients', leaves_gradients, 'leaves_gradients'),
    ('eval mode', in_eval_mode, 'wrong_mode'),
    ('eval mode and back', in_eval_mode_and_back, 'wrong_mode'),
    ('takes a step', takes_a_step, 'weights_changed'),
    ('first digit only', first_digit_only, 'differs'),
    ('a copy in eval mode', of_a_copy_in_eval, 'wrong_mode'),
    ('0 for the frozen', zeros_for_frozen, 'frozen'),
    ('parameters a little longer', tiny_step, 'weights_changed'),
    ('mean of the outputs', own_loss_and_mean, 'no_backward'),
    ('nan', measured(lambda p: float('nan')), 'differs'),
    ('True', measured(lambda p: True), 'not_a_number'),
    ('misspelt', misspelt, 'crashed'),
]
PLANTED = ('.norm()', '.sum()')  # makes the lab's solution wrong
