"""Answers to the exercise mapping_check: right ones in several styles, wrong ones by fault."""

import torch
from torch import nn

PLANTED = ('.abs().max()', '.max()')  # makes the lab's solution wrong


def randomise(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model


# ---- right ---------------------------------------------------------------------------------

def strict(mapping, ours, theirs, images):
    """The lab's own."""
    randomise(theirs)
    ours.load_state_dict(mapping(theirs.state_dict()))
    with torch.no_grad():
        return (ours.eval()(images) - theirs.eval()(images)).abs().max().item()


def not_strict(mapping, ours, theirs, images):
    """What has no place is seen in the outputs."""
    ours.load_state_dict(mapping(randomise(theirs).state_dict()), strict=False)
    ours.eval()
    theirs.eval()
    return float(torch.dist(ours(images), theirs(images), p=float('inf')))


def both_random(mapping, ours, theirs, images):
    randomise(ours)
    randomise(theirs)
    missing, unexpected = ours.load_state_dict(mapping(theirs.state_dict()), strict=False)
    if missing or unexpected:
        raise ValueError(f'{missing} {unexpected}')
    for network in (ours, theirs):
        network.train(False)
    with torch.inference_mode():
        return torch.max(torch.abs(theirs(images) - ours(images)))


def trained_a_little(mapping, ours, theirs, images):
    """Statistics and parameters moved by steps of training instead of at random."""
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    for _ in range(3):
        loss = nn.functional.cross_entropy(theirs(images), torch.arange(len(images)))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    ours.load_state_dict(mapping(theirs.state_dict()))
    with torch.no_grad():
        return (ours.eval()(images) - theirs.eval()(images)).abs().max().item()


RIGHT = {'strict': strict, 'not strict': not_strict, 'both random': both_random,
         'trained a little': trained_a_little}


# ---- wrong ---------------------------------------------------------------------------------

def fresh(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(theirs.state_dict()))
    with torch.no_grad():
        return (ours.eval()(images) - theirs.eval()(images)).abs().max().item()


def naive(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(theirs.state_dict()), strict=False)
    with torch.no_grad():
        return torch.max(ours(images) - theirs(images)).item()


def in_train_mode(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(randomise(theirs).state_dict()))
    with torch.no_grad():
        return (ours(images) - theirs(images)).abs().max().item()


def only_ours_in_eval_mode(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(randomise(theirs).state_dict()))
    with torch.no_grad():
        return (ours.eval()(images) - theirs(images)).abs().max().item()


def without_abs(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(randomise(theirs).state_dict()))
    with torch.no_grad():
        return (ours.eval()(images) - theirs.eval()(images)).max().item()


def random_afterwards(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(theirs.state_dict()))
    randomise(theirs)
    with torch.no_grad():
        return (ours.eval()(images) - theirs.eval()(images)).abs().max().item()


def truth_value(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(randomise(theirs).state_dict()))
    with torch.no_grad():
        return torch.equal(ours.eval()(images), theirs.eval()(images))


def fresh_and_in_train_mode(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(theirs.state_dict()))
    with torch.no_grad():
        return (ours(images) - theirs(images)).abs().max().item()


def mean_difference(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(randomise(theirs).state_dict()))
    with torch.no_grad():
        return (ours.eval()(images) - theirs.eval()(images)).abs().mean().item()


def named_only(mapping, ours, theirs, images):
    """The load alone."""
    ours.load_state_dict(mapping(randomise(theirs).state_dict()))
    return 0.0


def crashes(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(theirs))
    return 0.0


def always_zero(mapping, ours, theirs, images):
    return 0.0


def always_one(mapping, ours, theirs, images):
    return 1.0


def tensor_of_differences(mapping, ours, theirs, images):
    ours.load_state_dict(mapping(randomise(theirs).state_dict()))
    with torch.no_grad():
        return (ours.eval()(images) - theirs.eval()(images)).abs()


WRONG = {fresh: 'missed_layers', in_train_mode: 'missed_statistics', without_abs: 'missed_sign',
         naive: 'missed_names', always_zero: 'missed_names', only_ours_in_eval_mode: 'false_alarm',
         random_afterwards: 'false_alarm', always_one: 'false_alarm', truth_value: 'not_a_number',
         tensor_of_differences: 'not_a_number', fresh_and_in_train_mode: 'missed_layers',
         mean_difference: 'missed_one', named_only: 'missed_layers', crashes: 'crashed'}
