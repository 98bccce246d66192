"""Lab 03: training_step."""

from nndl.grading.inside.plain import pack, unpack, unpack_all
from nndl.grading.probes.compare import close, same_number

__all__ = ['NAME', 'CHECK', 'HIDDEN', 'ANSWERS', 'PRELOADED', 'PROBES', 'judge']

NAME = 'training_step'
CHECK = 'training_step'
HIDDEN = {}
ANSWERS = {'nndl.runner': ('RunnerV3',)}
PRELOADED = ('torch._dynamo',)
PROBES = {
    'first': (1, {'en': 'parameters and statistics after one step',
                  'zh': '更新一次之后的参数和统计量'}),
    'second': (1, {'en': 'the same after a second step', 'zh': '再更新一次之后的参数和统计量'}),
    'loss': (1, {'en': "the loss of the batch before the step, as a number",
                 'zh': '以普通的数返回更新之前这个批次的损失'}),
}


def judge(ask, draw):
    """By what two steps make of a small network with random parameters."""
    values = random_values(draw)
    lr, scale = draw.number(0.2, 0.6), draw.number(1.5, 2.5)
    batches = [(draw.normal(6, 4), draw.integers(3, 6)) for _ in range(2)]
    told = ask('steps', values=values, lr=lr, scale=scale,
               batches=[list(map(pack, batch)) for batch in batches])
    states, losses = _right(unpack_all(values), batches, lr, scale)
    for number, probe in enumerate(('first', 'second')):
        yield probe, bool(told) and told['states'][number].keys() == states[number].keys() and all(
            close(told['states'][number][name], tensor)
            for name, tensor in states[number].items())
    # The second loss is that of the network as the student's first step left it.
    left = {n: unpack(t) for n, t in told['states'][0].items()} if told else unpack_all(values)
    losses[1] = _right(left, batches[1:], lr, scale)[1][0]
    yield 'loss', bool(told) and len(told['losses']) == len(losses) and all(
        map(same_number, told['losses'], losses))


def random_values(draw):
    """Packed values for ``small_network``."""
    import torch

    small = [['0.weight', [5, 4]], ['0.bias', [5]], ['1.weight', [5]], ['1.bias', [5]],
             ['3.weight', [3, 5]], ['3.bias', [3]]]
    values = draw.values([[name, shape, True, True] for name, shape in small])
    values |= draw.values([[f'1.running_{name}', [5], False, True] for name in ('mean', 'var')])
    return values | {'1.num_batches_tracked': pack(torch.tensor(0))}


def _right(values, batches, lr, scale):
    """(state_dict after each step, loss of each batch) done right."""
    import torch

    from nndl.grading.inside.training import scaled_loss, small_network

    network, states, losses = small_network(values).train(), [], []
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    for inputs, labels in batches:
        loss = scaled_loss(scale)(network(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        states.append({name: tensor.clone() for name, tensor in network.state_dict().items()})
        losses.append(loss.item())
    return states, losses
