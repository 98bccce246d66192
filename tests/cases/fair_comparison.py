"""Answers to the exercise fair_comparison: right ones in several styles, wrong ones by fault."""

import copy
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, Subset

from nndl import Model_ResNet18, copy_initial_tensors, load_mnist, skip_dead_taps

# ---- right ---------------------------------------------------------------------------------

def the_kit(digits):
    for seed in range(5):
        torch.manual_seed(seed)
        residual = Model_ResNet18(in_channels=1, use_residual=True)
        plain = Model_ResNet18(in_channels=1, use_residual=False)
        copy_initial_tensors(residual, plain)
        arms = []
        for model in (plain, residual):
            model = skip_dead_taps(model)
            order = torch.Generator().manual_seed(seed)
            arms.append((model, torch.optim.SGD(model.parameters(), lr=0.01),
                         DataLoader(digits, 64, shuffle=True, generator=order)))
        yield arms


def a_list(digits):
    """By load_state_dict, with a sampler and a batch size of its own; a list of pairs instead of a generator."""
    def arm(model, seed):
        sampler = RandomSampler(digits, generator=torch.Generator().manual_seed(seed + 100))
        return (model, torch.optim.SGD(model.parameters(), lr=0.005),
                DataLoader(digits, batch_size=32, sampler=sampler))

    pairs = []
    for seed in (3, 14, 15):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            residual = Model_ResNet18(1, 10)
        plain = Model_ResNet18(1, 10, False)
        own = plain.state_dict()
        plain.load_state_dict({k: v for k, v in residual.state_dict().items() if k in own})
        pairs.append((arm(plain, seed), arm(residual, seed)))
    return pairs


class Reseeded(DataLoader):
    """One loader for both arms, whose order depends on the seed alone."""

    def __init__(self, digits, seed):
        self.order = torch.Generator()
        self.seed = seed
        super().__init__(digits, 50, shuffle=True, generator=self.order)

    def __iter__(self):
        self.order.manual_seed(self.seed)
        return super().__iter__()


def one_loader(digits):
    for seed in (1, 2, 3):
        torch.manual_seed(seed)
        residual = Model_ResNet18(1)
        plain = Model_ResNet18(1, use_residual=False)
        with torch.no_grad():
            for name, parameter in plain.named_parameters():
                parameter.copy_(residual.get_parameter(name))
        loader = Reseeded(digits, seed)
        yield tuple((model, torch.optim.SGD(model.parameters(), lr=0.01), loader)
                    for model in (plain, residual))


class Block(nn.Module):
    """A block of one's own, with other names and a bias in every convolution."""

    def __init__(self, c_in, c_out, stride, residual):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(c_in, c_out, 3, stride, 1), nn.BatchNorm2d(c_out), nn.ReLU(),
                               nn.Conv2d(c_out, c_out, 3, 1, 1), nn.BatchNorm2d(c_out))
        self.residual = residual
        if residual and (c_in != c_out or stride != 1):
            self.side = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride), nn.BatchNorm2d(c_out))

    def forward(self, x):
        y = self.f(x)
        if self.residual:
            y = y + (self.side(x) if hasattr(self, 'side') else x)
        return F.relu(y)


def small_network(residual):
    sizes = (8, 8, 1), (8, 16, 2), (16, 16, 1)
    return nn.Sequential(nn.Conv2d(1, 8, 7, 2, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                         *(Block(*size, residual) for size in sizes),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


def own_blocks(digits):
    for seed in (7, 8, 9, 10):
        torch.manual_seed(seed)
        residual, plain = small_network(True), small_network(False)
        copy_initial_tensors(residual, plain)
        yield {name: (model, torch.optim.SGD(model.parameters(), lr=0.005),
                      DataLoader(digits, 10, shuffle=True,
                                 generator=torch.Generator().manual_seed(seed)))
               for name, model in (('plain', plain), ('residual', residual))}.values()


def wrapped_and_grouped(digits):
    """Other names in one arm; the parameters in groups of equal settings; batches in a list."""
    for (plain, _, loader), (residual, _, _) in pairs(digits):
        batches = list(loader)
        yield ((plain, torch.optim.SGD(plain.parameters(), lr=0.01, foreach=False), batches),
               (nn.Sequential(skip_dead_taps(residual)),
                torch.optim.SGD([{'params': [p]} for p in residual.parameters()], lr=0.01), batches))


RIGHT = {'the kit': the_kit, 'a list': a_list, 'one loader': one_loader, 'own blocks': own_blocks,
         'wrapped and grouped': wrapped_and_grouped}


def one_block_more(digits):
    for seed in range(3):
        torch.manual_seed(seed)
        residual = Model_ResNet18(in_channels=1, num_blocks=(2, 2, 3, 2))
        plain = Model_ResNet18(in_channels=1, use_residual=False)
        copy_initial_tensors(residual, plain)
        yield [(model, torch.optim.SGD(model.parameters(), lr=0.01),
                DataLoader(digits, 64, shuffle=True,
                           generator=torch.Generator().manual_seed(seed)))
               for model in (plain, residual)]


# ---- wrong ---------------------------------------------------------------------------------

def pairs(digits, seeds=(0, 1, 2), *, lr=(0.01, 0.01), momentum=(0.0, 0.0), use=(False, True),
          copied=True, tensor_seed=lambda seed: seed, order_seed=lambda seed, arm: seed):
    """A fair comparison, spoilt by one argument."""
    for seed in seeds:
        if tensor_seed is not None:
            torch.manual_seed(tensor_seed(seed))
        twin = Model_ResNet18(1)
        arms = []
        for i in range(2):
            model = Model_ResNet18(1, use_residual=use[i])
            if copied:
                copy_initial_tensors(twin, model)
            order = torch.Generator().manual_seed(order_seed(seed, i))
            arms.append((model,
                         torch.optim.SGD(model.parameters(), lr=lr[i], momentum=momentum[i]),
                         DataLoader(digits, 64, shuffle=True, generator=order)))
        yield arms


def textbook(digits):
    """As the textbook has it: one run each, one of them seeded, two learning rates."""
    torch.manual_seed(100)
    plain = Model_ResNet18(in_channels=1, use_residual=False)
    arms = [(plain, torch.optim.SGD(plain.parameters(), lr=0.005),
             DataLoader(digits, batch_size=64, shuffle=True))]
    residual = Model_ResNet18(in_channels=1, use_residual=True)
    arms.append((residual, torch.optim.SGD(residual.parameters(), lr=0.01),
                 DataLoader(digits, batch_size=64, shuffle=True)))
    return [arms]


def seeded_before_each(digits):
    for seed in range(3):
        arms = []
        for use_residual in (False, True):
            torch.manual_seed(seed)
            model = Model_ResNet18(1, use_residual=use_residual)
            order = torch.Generator().manual_seed(seed)
            arms.append((model, torch.optim.SGD(model.parameters(), lr=0.01),
                         DataLoader(digits, 64, shuffle=True, generator=order)))
        yield arms


def order_from_the_global_generator(digits):
    for plain, residual in pairs(digits):
        torch.manual_seed(0)
        yield [(model, optimizer, DataLoader(digits, 64, shuffle=True))
               for model, optimizer, _ in (plain, residual)]


def one_loader_for_both(digits):
    for (plain, optimizer, loader), (residual, other, _) in pairs(digits):
        yield (plain, optimizer, loader), (residual, other, loader)


def apart_from_the_second_epoch(digits):
    """The arms agree in the first epoch only."""
    for (plain, optimizer, _), (residual, other, _) in pairs(digits):
        batches = list(DataLoader(digits, 64))
        yield (plain, optimizer, batches), (residual, other, DriftsLater(batches))


class DriftsLater:
    def __init__(self, batches):
        self.batches, self.epoch = batches, -1

    def __iter__(self):
        self.epoch += 1
        return iter(self.batches[self.epoch:] + self.batches[:self.epoch])


def other_batch_size(digits):
    for plain, (model, optimizer, _) in pairs(digits):
        yield plain, (model, optimizer, DataLoader(digits, 32))


def never_shuffled(digits):
    for pair in pairs(digits):
        yield [(model, optimizer, DataLoader(digits, 64)) for model, optimizer, _ in pair]


def optimizer_of_the_other(digits):
    for (plain, optimizer, loader), (residual, _, twin) in pairs(digits):
        wrong = torch.optim.SGD(plain.parameters(), lr=0.01)
        yield (plain, optimizer, loader), (residual, wrong, twin)


def assigned_instead_of_copied(digits):
    for (plain, _, loader), residual in pairs(digits):
        tensors = residual[0].state_dict(keep_vars=True)
        plain.load_state_dict({name: tensors[name] for name in plain.state_dict()}, assign=True)
        yield (plain, torch.optim.SGD(plain.parameters(), lr=0.01), loader), residual


def adam_against_sgd(digits):
    for plain, (model, _, loader) in pairs(digits):
        yield plain, (model, torch.optim.Adam(model.parameters(), lr=0.01), loader)


def deep_copies(digits):
    for plain, (_, _, loader) in pairs(digits):
        model = copy.deepcopy(plain[0])
        yield plain, (model, torch.optim.SGD(model.parameters(), lr=0.01), loader)


def swapped(digits):
    for plain, residual in pairs(digits):
        yield residual, plain


def one_pair_not_in_a_list(digits):
    return tuple(next(pairs(digits)))


def models_only(digits):
    for (plain, *_), (residual, *_) in pairs(digits):
        yield plain, residual


def nothing(digits):
    list(pairs(Subset(digits, range(10)), seeds=()))


def no_seeds(digits):
    return []


def batches_by_chance(digits):
    for plain, residual in pairs(digits):
        seed = torch.randint(10 ** 6, ()).item() + BY_CHANCE.pop()
        yield [(model, optimizer, DataLoader(digits, 64, shuffle=True,
                                             generator=torch.Generator().manual_seed(seed)))
               for model, optimizer, _ in (plain, residual)]


BY_CHANCE = list(range(1000))


def gone_through(digits):
    """An iterator in the place of the loader: the second epoch is empty."""
    for pair in pairs(digits):
        yield [(model, optimizer, iter(loader)) for model, optimizer, loader in pair]


def head_only(digits):
    for plain, (model, _, loader) in pairs(digits):
        yield plain, (model, torch.optim.SGD(model.net[7].parameters(), lr=0.01), loader)


def adam_in_both(digits):
    for pair in pairs(digits):
        yield [(model, torch.optim.Adam(model.parameters(), lr=0.01), loader)
               for model, _, loader in pair]


def two_rates_in_both(digits):
    for pair in pairs(digits):
        yield [(model, torch.optim.SGD([{'params': model.net[:7].parameters()},
                                        {'params': model.net[7].parameters(), 'lr': 0.005}], lr=0.01), loader)
               for model, _, loader in pair]


def decay_of_the_head(digits):
    for plain, (model, _, loader) in pairs(digits):
        groups = [{'params': model.net[:7].parameters()},
                  {'params': model.net[7].parameters(), 'weight_decay': 0.1}]
        yield plain, (model, torch.optim.SGD(groups, lr=0.01), loader)


def slower_head(digits):
    for plain, (model, _, loader) in pairs(digits):
        groups = [{'params': model.net[:7].parameters()}, {'params': model.net[7].parameters(), 'lr': 0.005}]
        yield plain, (model, torch.optim.SGD(groups, lr=0.01), loader)


def weight_decay_in_one(digits):
    for plain, (model, _, loader) in pairs(digits):
        yield plain, (model, torch.optim.SGD(model.parameters(), lr=0.01, weight_decay=1e-4), loader)


def lenets(digits):
    for pair in pairs(digits):
        yield [(model, torch.optim.SGD(model.parameters(), lr=0.01), loader)
               for *_, loader in pair for model in [lenet()]]


def lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 10))


def batch_sizes_alone(digits):
    for (plain, optimizer, _), (residual, other, _) in pairs(digits):
        seed = SIZES_SEED.setdefault(len(SIZES_SEED) % 3, len(SIZES_SEED))
        order = torch.randperm(150, generator=torch.Generator().manual_seed(seed)).tolist()
        yield ((plain, optimizer, DataLoader(digits, 64, sampler=order)),
               (residual, other, DataLoader(digits, 32, sampler=order)))


SIZES_SEED = {}


def other_labels(digits):
    labels = digits.labels.roll(1)
    return pairs(list(zip(digits.images, labels, strict=True)))


def no_loader(digits):
    for pair in pairs(digits):
        yield [(model, optimizer, digits) for model, optimizer, _ in pair]


def a_step_ahead(digits):
    """One network has run in train mode: its statistics have moved."""
    for plain, residual in pairs(digits):
        residual[0](digits.images[:8])
        yield plain, residual


def used_up(digits):
    return USED_UP.setdefault(0, pairs(digits))


USED_UP = {}


def misspelt(digits):
    yield Model_ResNet(digits)  # noqa: F821  the typo is the case


def other_digits(digits):
    return pairs(load_mnist(n_train=100)[0])


def three_channels(digits):
    for seed in range(3):
        torch.manual_seed(seed)
        residual, plain = Model_ResNet18(), Model_ResNet18(use_residual=False)
        copy_initial_tensors(residual, plain)
        yield [(model, torch.optim.SGD(model.parameters(), lr=0.01),
                DataLoader(digits, 64, shuffle=True,
                           generator=torch.Generator().manual_seed(seed)))
               for model in (plain, residual)]


WRONG = [
    ('as the textbook has it', textbook, 'tensors_differ'),
    ('seeded before each', seeded_before_each, 'tensors_differ'),
    ('not copied', partial(pairs, copied=False), 'tensors_differ'),
    ('two learning rates', partial(pairs, lr=(0.005, 0.01)), 'optimizer_settings'),
    ('momentum in one arm', partial(pairs, momentum=(0.0, 0.9)), 'optimizer_settings'),
    ('Adam against SGD', adam_against_sgd, 'optimizer_settings'),
    ('order from the global generator', order_from_the_global_generator, 'batches_differ'),
    ('other order', partial(pairs, order_seed=lambda seed, arm: seed + arm), 'batches_differ'),
    ('one loader for both', one_loader_for_both, 'batches_differ'),
    ('apart from the second epoch', apart_from_the_second_epoch, 'batches_differ'),
    ('other batch size', other_batch_size, 'batches_differ'),
    ('both residual', partial(pairs, use=(True, True)), 'wrong_arms'),
    ('both plain', deep_copies, 'wrong_arms'),
    ('one block more', one_block_more, 'other_layers'),
    ('swapped', swapped, 'wrong_arms'),
    ('optimizer of the other', optimizer_of_the_other, 'wrong_optimizer'),
    ('assigned, not copied', assigned_instead_of_copied, 'shared_tensors'),
    ('one seed', partial(pairs, seeds=(0,)), 'few_pairs'),
    ('two seeds', partial(pairs, seeds=(0, 1)), 'few_pairs'),
    ('momentum in both', partial(pairs, momentum=(0.9, 0.9)), 'other_optimizer'),
    ('another learning rate', partial(pairs, lr=(0.1, 0.1)), 'other_optimizer'),
    ('other digits', other_digits, 'other_digits'),
    ('three channels', three_channels, 'crashed_in_library'),
    ('same tensors for every seed', partial(pairs, tensor_seed=lambda seed: 0), 'same_again'),
    ('same order for every seed', partial(pairs, order_seed=lambda seed, arm: 0),
     'same_again'),
    ('never shuffled', never_shuffled, 'same_again'),
    ('tensors not seeded', partial(pairs, tensor_seed=None), 'not_repeatable'),
    ('order by chance', batches_by_chance, 'not_repeatable'),
    ('one pair, not a list', one_pair_not_in_a_list, 'not_pairs'),
    ('models only', models_only, 'not_pairs'),
    ('nothing returned', nothing, 'not_pairs'),
    ('no seeds', no_seeds, 'not_pairs'),
    ('misspelt', misspelt, 'crashed'),
    ('gone through', gone_through, 'other_digits'),
    ('head only', head_only, 'wrong_optimizer'),
    ('Adam in both', adam_in_both, 'other_optimizer'),
    ('two rates in both', two_rates_in_both, 'other_optimizer'),
    ('decay of the head', decay_of_the_head, 'optimizer_settings'),
    ('slower head', slower_head, 'optimizer_settings'),
    ('weight decay in one', weight_decay_in_one, 'optimizer_settings'),
    ('LeNets', lenets, 'other_layers'),
    ('batch sizes alone', batch_sizes_alone, 'batches_differ'),
    ('other labels', other_labels, 'other_digits'),
    ('digits, not batches', no_loader, 'crashed_in_library'),
    ('a step ahead', a_step_ahead, 'tensors_differ'),
    ('used up', used_up, 'not_repeatable'),
]
