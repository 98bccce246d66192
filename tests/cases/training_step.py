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


def with_an_evaluation_after(model, optimizer, loss_fn, inputs, labels):
    value = zero_first(model, optimizer, loss_fn, inputs, labels)
    model.eval()
    with torch.no_grad():
        str((model(inputs).argmax(1) == labels).float().mean().item())
    return value


def updated_by_hand(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= optimizer.param_groups[0]['lr'] * parameter.grad
            parameter.grad = None
    return loss.item()


def layer_by_layer(model, optimizer, loss_fn, inputs, labels):
    model.train()
    optimizer.zero_grad()
    outputs = inputs
    for layer in model:
        outputs = layer(outputs)
    loss = loss_fn(outputs, labels)
    loss.backward()
    optimizer.step()
    return loss.detach().numpy()[()]  # a number of numpy's


def without_hooks(model, optimizer, loss_fn, inputs, labels):
    """torch.func: nothing is recorded in the parameters."""
    model.train()
    named = dict(model.named_parameters())
    gradients = torch.autograd.grad(
        loss := loss_fn(torch.func.functional_call(model, named, (inputs,)), labels),
        list(named.values()))
    for p, g in zip(named.values(), gradients, strict=True):
        p.data.sub_(optimizer.param_groups[0]['lr'] * g)
    return float(loss)


RIGHT = {'the kit': zero_after_step, 'a closure': with_a_closure, 'zero first': zero_first, 'model.zero_grad': models_zero_grad,
         'autograd.grad': gradients_by_hand,
         'evaluates afterwards': with_an_evaluation_after, 'by hand': updated_by_hand,
         'layer by layer': layer_by_layer, 'functional_call': without_hooks}


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


def stepping(before_step=None, factor=1.0, returns=lambda loss: loss.item()):
    """A step that is right but for what is done to the gradients, the loss or its value."""
    def answer(model, optimizer, loss_fn, inputs, labels):
        model.train()
        loss = loss_fn(model(inputs), labels)
        optimizer.zero_grad()
        (factor * loss).backward()
        if before_step:
            before_step(model, optimizer)
        optimizer.step()
        return returns(loss)
    return answer


def clips(limit, clip=torch.nn.utils.clip_grad_norm_):
    return stepping(lambda model, optimizer: clip(model.parameters(), limit))


def decays(model, optimizer):
    for p in model.parameters():
        p.grad += 0.1 * p.detach()


def evaluated_after_the_step(model, optimizer, loss_fn, inputs, labels):
    zero_first(model, optimizer, loss_fn, inputs, labels)
    with torch.no_grad():
        return loss_fn(model.eval()(inputs), labels).item()


def trains_twice(model, optimizer, loss_fn, inputs, labels):
    zero_first(model, optimizer, loss_fn, inputs, labels)
    return zero_first(model, optimizer, loss_fn, inputs, labels)


def forward_for_the_accuracy(model, optimizer, loss_fn, inputs, labels):
    value = zero_first(model, optimizer, loss_fn, inputs, labels)
    (model(inputs).argmax(1) == labels).float().mean()
    return value


def rebinds_the_parameters(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    loss.backward()
    for p in model.parameters():
        p = p - optimizer.param_groups[0]['lr'] * p.grad
    return loss.item()


def another_optimizer(model, optimizer, loss_fn, inputs, labels):
    model.train()
    own = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = loss_fn(model(inputs), labels)
    own.zero_grad()
    loss.backward()
    own.step()
    return loss.item()


def uphill(model, optimizer, loss_fn, inputs, labels):
    return stepping(factor=-1.0, returns=float)(model, optimizer, loss_fn, inputs, labels)


def evaluation_before(model, optimizer, loss_fn, inputs, labels):
    model.eval()
    loss_fn(model(inputs), labels)
    return stays_in_eval_mode(model, optimizer, loss_fn, inputs, labels)


def returns_text(model, optimizer, loss_fn, inputs, labels):
    return f'{zero_first(model, optimizer, loss_fn, inputs, labels):.3f}'


def rounded(model, optimizer, loss_fn, inputs, labels):
    return round(zero_first(model, optimizer, loss_fn, inputs, labels))


def returns_true(model, optimizer, loss_fn, inputs, labels):
    zero_first(model, optimizer, loss_fn, inputs, labels)
    return True


def noisy(model, optimizer):
    for p in model.parameters():
        p.grad *= 1 + 0.1 * torch.rand_like(p)


def decay_by_hand(model, optimizer, loss_fn, inputs, labels):
    model.train()
    loss = loss_fn(model(inputs), labels)
    (loss + 1e-4 * sum(p.pow(2).sum() for p in model.parameters())).backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def gradient_asked_of_the_loss(model, optimizer, loss_fn, inputs, labels):
    """As forums advise: the loss is cut off, and made to need a gradient again."""
    model.train()
    loss = loss_fn(model(inputs).detach(), labels)
    loss.requires_grad_(True)
    loss.backward()
    optimizer.step()
    return loss.item()


WRONG = [
    ('gradient asked of the loss', gradient_asked_of_the_loss, 'cut_off'),
    ('decay by hand', decay_by_hand, 'differs'),
    ('loss after the step', loss_after_the_step, 'forward_twice'),
    ('evaluated after the step', evaluated_after_the_step, 'wrong_value'),
    ('never zeroed', never_zeroed, 'not_zeroed'),
    ('zeroed between', zeroed_between, 'step_in_vain'),
    ('zeroed between in place', zeroed_between_in_place, 'step_in_vain'),
    ('no step', no_step, 'no_step'),
    ('rebinds the parameters', rebinds_the_parameters, 'no_step'),
    ('returns nan', returns_nan, 'wrong_value'),
    ('no backward', no_backward, 'no_backward'),
    ('step before backward', step_before_backward, 'step_in_vain'),
    ('stays in eval mode', stays_in_eval_mode, 'eval_mode'),
    ('evaluation before', evaluation_before, 'eval_mode'),
    ('no_grad', under_no_grad, 'crashed'),
    ('outputs detached', outputs_detached, 'crashed'),
    ('item before backward', item_before_backward, 'crashed'),
    ('arguments swapped', arguments_swapped, 'crashed'),
    ('loss of the inputs', loss_of_the_inputs, 'crashed'),
    ('softmax before the loss', softmax_before_the_loss, 'softmax'),
    ('loss of the predictions', loss_of_the_predictions, 'crashed'),
    ('another loss function', another_loss_function, 'no_backward'),
    ('two steps', two_steps, 'differs'),
    ('trains twice', trains_twice, 'forward_twice'),
    ('forward for the accuracy', forward_for_the_accuracy, 'forward_twice'),
    ('backward of the sum', backward_of_the_sum, 'differs'),
    ('half the loss', stepping(factor=0.5), 'differs'),
    ('uphill', uphill, 'differs'),
    ('another optimizer', another_optimizer, 'differs'),
    ('norm at most 1', clips(1.0), 'differs'),
    ('norm at most 5', clips(5.0), 'differs'),
    ('values at most 1', clips(1.0, torch.nn.utils.clip_grad_value_), 'differs'),
    ('norm at most 3', clips(3.0), 'differs'),
    ('weight decay', stepping(decays), 'differs'),
    ('noisy', stepping(noisy), 'differs'),
    ('returns the tensor', returns_the_tensor, 'returns_tensor'),
    ('returns text', returns_text, 'returns_tensor'),
    ('returns True', returns_true, 'returns_tensor'),
    ('returns nothing', returns_nothing, 'returns_nothing'),
    ('returns the sum', returns_the_sum, 'wrong_value'),
    ('rounded', rounded, 'wrong_value'),
    ('misspelt', misspelt, 'crashed'),
]
