"""Answers to the exercise gradient_norms: right ones in several styles, and typical wrong ones."""

import copy

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


RIGHT = {'the kit': the_kit, 'autograd.grad': functional, 'on a copy': on_a_copy,
         'zeros': with_zeros}


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


def clears_only_afterwards(model, loss_fn, inputs, labels):
    norms = accumulates(model, loss_fn, inputs, labels)
    model.zero_grad()
    return norms


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


WRONG = [
    ('unused parameter', all_that_learn, 'unused'),
    ('autograd.grad of all', all_used, 'unused'),
    ('a list', a_list, 'not_a_dict'),
    ('nothing returned', nothing, 'not_a_dict'),
    ('no backward', no_backward, 'no_backward'),
    ('no backward, empty dict', no_backward_but_asked, 'no_backward'),
    ('None returned', measured(lambda p: None), 'no_backward'),
    ('no_grad', without_graph, 'no_graph'),
    ('item before backward', item_before_backward, 'no_graph'),
    ('labels first', labels_first, 'swapped'),
    ('only the weights', only_weights, 'names_missing'),
    ('numbered', numbered, 'names_missing'),
    ('names of layers', named_conv, 'names_missing'),
    ('one too many', with_the_total, 'names_extra'),
    ('stops at a frozen one', stops_at_frozen, 'frozen'),
    ('differentiates a frozen one', differentiates_frozen, 'frozen'),
    ('the gradient itself', measured(lambda p: p.grad.clone()), 'not_a_number'),
    ('text', measured(lambda p: f'{p.grad.norm():.3f}'), 'not_a_number'),
    ('norm of the weight', measured(lambda p: p.norm().item()), 'weight_norm'),
    ('squared', measured(lambda p: (p.grad ** 2).sum().item()), 'squared'),
    ('mean', measured(lambda p: p.grad.mean().item()), 'mean'),
    ('mean of sizes', measured(lambda p: p.grad.abs().mean().item()), 'mean'),
    ('root mean square', measured(lambda p: (p.grad ** 2).mean().sqrt().item()), 'mean'),
    ('sum of sizes', measured(lambda p: p.grad.abs().sum().item()), 'other_norm'),
    ('largest', measured(lambda p: p.grad.abs().max().item()), 'other_norm'),
    ('relative', measured(lambda p: (p.grad.norm() / p.norm()).item()), 'relative'),
    ('sum of the outputs', differentiated(lambda y, labels: y.sum()), 'loss_ignored'),
    ('its own loss', differentiated(F.cross_entropy), 'loss_ignored'),
    ('accumulates', accumulates, 'accumulates'),
    ('clears only afterwards', clears_only_afterwards, 'accumulates'),
    ('leaves gradients', leaves_gradients, 'leaves_gradients'),
    ('eval mode', in_eval_mode, 'wrong_mode'),
    ('eval mode and back', in_eval_mode_and_back, 'wrong_mode'),
    ('takes a step', takes_a_step, 'weights_changed'),
    ('first digit only', first_digit_only, 'wrong_norms'),
    ('misspelt', misspelt, 'crashed'),
]
PLANTED = ('.norm()', '.sum()')  # makes the lab's solution wrong
