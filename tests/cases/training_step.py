"""Answers to the exercise training_step: right ones in several styles, wrong ones by fault."""

import torch
import torch.nn.functional as F

PLANTED = ('    optimizer.zero_grad()\n', '')  # makes the lab's solution wrong


# ---- right ---------------------------------------------------------------------------------

def zero_after_step(model, optimizer, loss_fn, inputs, labels):
    """The kit's order: RunnerV3 sets the gradients to zero after the step."""
    model.train()
    outputs = model(inputs)
    loss = loss_fn(outputs, labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def zero_first(model, optimizer, loss_fn, inputs, labels):
    model.train(True)
    optimizer.zero_grad(set_to_none=False)
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def models_zero_grad(model, optimizer, loss_fn, inputs, labels):
    model.train()
    with torch.enable_grad():
        loss = loss_fn(model(inputs), labels)
    model.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()
    return loss.detach().numpy().item()


def gradients_by_hand(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    parameters = list(model.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.tolist()


def with_a_closure(model, optimizer, loss_fn, inputs, labels):
    model.train()

    def closure():
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


RIGHT = {'the kit': zero_after_step, 'a closure': with_a_closure, 'zero first': zero_first, 'model.zero_grad': models_zero_grad,
         'autograd.grad': gradients_by_hand}


# ---- wrong ---------------------------------------------------------------------------------

def never_zeroed(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def zeroed_between(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def zeroed_between_in_place(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()
    return loss.item()


def no_step(model, optimizer, loss_fn, inputs, labels):
    model.train()
    optimizer.zero_grad()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    return loss.item()


def no_backward(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def step_before_backward(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


def returns_nan(model, optimizer, loss_fn, inputs, labels):
    zero_after_step(model, optimizer, loss_fn, inputs, labels)
    return float('nan')


def stays_in_eval_mode(model, optimizer, loss_fn, inputs, labels):
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def under_no_grad(model, optimizer, loss_fn, inputs, labels):
    model.train()
    with torch.no_grad():
        loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def outputs_detached(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs).detach(), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def item_before_backward(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels).item()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss


def arguments_swapped(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(labels, model(inputs))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def loss_of_the_inputs(model, optimizer, loss_fn, inputs, labels):
    model.train()
    model(inputs)
    loss = loss_fn(inputs, labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def softmax_before_the_loss(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(F.softmax(model(inputs), dim=1), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def loss_of_the_predictions(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs).argmax(dim=1).float(), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def another_loss_function(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = F.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def two_steps(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.step()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def backward_of_the_sum(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    (loss * len(labels)).backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def returns_the_tensor(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss


def returns_nothing(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


def returns_the_sum(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item() * len(labels)


def misspelt(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backwards()
    return loss.item()


def loss_after_the_step(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss_fn(model(inputs), labels).backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss_fn(model(inputs), labels).item()


WRONG = {
    loss_after_the_step: 'forward_twice',
    never_zeroed: 'not_zeroed', zeroed_between: 'zeroed_before_step',
    zeroed_between_in_place: 'zeroed_before_step', no_step: 'no_step',
    returns_nan: 'wrong_value',
    no_backward: 'no_backward', step_before_backward: 'step_before_backward',
    stays_in_eval_mode: 'eval_mode', under_no_grad: 'no_graph', outputs_detached: 'no_graph',
    item_before_backward: 'loss_is_number', arguments_swapped: 'loss_arguments',
    loss_of_the_inputs: 'loss_arguments', softmax_before_the_loss: 'loss_arguments',
    loss_of_the_predictions: 'loss_arguments', another_loss_function: 'own_loss',
    two_steps: 'wrong_step', backward_of_the_sum: 'wrong_step',
    returns_the_tensor: 'returns_tensor', returns_nothing: 'returns_nothing',
    returns_the_sum: 'wrong_value', misspelt: 'crashed',
}
