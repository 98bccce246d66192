"""Answers to the exercise new_head: right ones in several styles, and wrong ones by their fault."""

import copy

import torch
from torch import nn
from torchvision.models import resnet18, resnet50

PLANTED = ('requires_grad_(False)', 'requires_grad_(True)')  # makes the lab's solution wrong


# ---- right ---------------------------------------------------------------------------------

def freeze_then_replace(model, num_classes):
    """The lab's own."""
    model.requires_grad_(False)
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


def replace_then_freeze_by_name(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith('fc.')
    return model


def on_a_copy(model, num_classes):
    model = copy.deepcopy(model)
    for parameter in model.parameters():
        parameter.requires_grad = False
    model.fc = nn.Linear(model.fc.weight.shape[1], num_classes, bias=False)
    return model


def as_a_sequence(model, num_classes):
    *body, head = model.children()
    body = nn.Sequential(*body, nn.Flatten()).requires_grad_(False)
    return nn.Sequential(body, nn.Linear(head.in_features, num_classes))


def body_without_gradient(model, num_classes):
    """Frozen by what forward does."""
    class Frozen(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(model.fc.in_features, num_classes)
            self.body = model
            self.body.fc = nn.Identity()

        def forward(self, x):
            with torch.no_grad():
                features = self.body(x)
            return self.head(features)
    return Frozen()


class Matrix(nn.Module):
    """A linear layer of its own, the weight stored the other way round."""

    def __init__(self, in_features, out_features):
        super().__init__()
        self.matrix = nn.Parameter(0.01 * torch.randn(in_features, out_features))
        self.shift = nn.Parameter(torch.zeros(1, out_features))

    def forward(self, x):
        return x @ self.matrix + self.shift


def own_linear(model, num_classes):
    model.requires_grad_(False)
    model.fc = Matrix(model.fc.in_features, num_classes)
    return model


def begins_at_zero(model, num_classes):
    freeze_then_replace(model, num_classes)
    nn.init.zeros_(model.fc.weight)
    nn.init.zeros_(model.fc.bias)
    return model


def lazy(model, num_classes):
    model.requires_grad_(False)
    model.fc = nn.LazyLinear(num_classes)
    return model


def head_in_a_sequence(model, num_classes):
    model.requires_grad_(False)
    model.fc = nn.Sequential(nn.Flatten(), nn.Linear(model.fc.in_features, num_classes))
    return model


def detached(model, num_classes):
    """Frozen where the features pass."""
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    model.fc.register_forward_pre_hook(lambda layer, inputs: (inputs[0].detach(),))
    return model


def gradients_set_to_zero(model, num_classes):
    for parameter in model.parameters():
        parameter.register_hook(torch.zeros_like)
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


def cut_from_the_old_head(model, num_classes):
    model.requires_grad_(False)
    model.fc.weight = nn.Parameter(model.fc.weight[:num_classes].clone())
    model.fc.bias = nn.Parameter(model.fc.bias[:num_classes].clone())
    return model


def old_head_kept_aside(model, num_classes):
    model.requires_grad_(False)
    model.old = model.fc
    model.fc = nn.Linear(model.old.in_features, num_classes)
    return model


RIGHT = {'own layer': own_linear, 'begins at 0': begins_at_zero, 'lazy': lazy,
         'a sequence as head': head_in_a_sequence, 'detach': detached,
         'gradients set to 0': gradients_set_to_zero, 'cut': cut_from_the_old_head,
         'old head aside': old_head_kept_aside, 'the lab': freeze_then_replace, 'by name': replace_then_freeze_by_name,
         'on a copy, no bias': on_a_copy, 'nn.Sequential': as_a_sequence,
         'torch.no_grad': body_without_gradient}


# ---- wrong ---------------------------------------------------------------------------------

def no_num_classes(model):
    return freeze_then_replace(model, 10)


def as_in_vgg(model, num_classes):
    model.requires_grad_(False)
    model.classifier[6] = nn.Linear(4096, num_classes)
    return model


def no_return(model, num_classes):
    freeze_then_replace(model, num_classes)


def returns_the_layer(model, num_classes):
    return freeze_then_replace(model, num_classes).fc


def hard_coded_512(model, num_classes):
    model.requires_grad_(False)
    model.fc = nn.Linear(512, num_classes)
    return model


def takes_the_outputs(model, num_classes):
    model.requires_grad_(False)
    model.fc = nn.Linear(model.fc.out_features, num_classes)
    return model


def appended(model, num_classes):
    model.requires_grad_(False)
    model.add_module('add_linear', nn.Linear(1000, num_classes))
    return model


def another_name(model, num_classes):
    model.requires_grad_(False)
    model.classifier = nn.Linear(model.fc.in_features, num_classes)
    return model


def only_the_number(model, num_classes):
    model.requires_grad_(False)
    model.fc.out_features = num_classes
    model.fc.requires_grad_(True)
    return model


def always_ten(model, num_classes):
    return freeze_then_replace(model, 10)


def on_top(model, num_classes):
    model.requires_grad_(False)
    return nn.Sequential(model, nn.Linear(1000, num_classes))


def on_top_within_fc(model, num_classes):
    model.requires_grad_(False)
    model.fc = nn.Sequential(model.fc, nn.Linear(1000, num_classes))
    return model


def new_network(model, num_classes):
    made = resnet18 if model.fc.in_features == 512 else resnet50
    return freeze_then_replace(made(weights=None), num_classes)


def started_anew(model, num_classes):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.reset_parameters()
    return freeze_then_replace(model, num_classes)


def statistics_reset(model, num_classes):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    return freeze_then_replace(model, num_classes)


def two_layers(model, num_classes):
    n = model.fc.in_features
    model.requires_grad_(False)
    model.fc = nn.Sequential(nn.Linear(n, 64), nn.ReLU(), nn.Linear(64, num_classes))
    return model


def frozen_after_replacing(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model.requires_grad_(False)


def only_the_weight(model, num_classes):
    freeze_then_replace(model, num_classes).fc.bias.requires_grad_(False)
    return model


def nothing_frozen(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


def misspelt(model, num_classes):
    """requires_grad is an attribute of parameters: on the module it means nothing."""
    model.requires_grad = False
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


def only_convolutions_frozen(model, num_classes):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.requires_grad_(False)
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


def softmax_behind(model, num_classes):
    model.requires_grad_(False)
    model.fc = nn.Sequential(nn.Linear(model.fc.in_features, num_classes), nn.Softmax(dim=1))
    return model


def relu_behind(model, num_classes):
    model.requires_grad_(False)
    model.fc = nn.Sequential(nn.Linear(model.fc.in_features, num_classes), nn.ReLU())
    return model


def doubled(model, num_classes):
    freeze_then_replace(model, num_classes)
    model.fc.register_forward_hook(lambda layer, inputs, output: 2 * output)
    return model


def normed_features(model, num_classes):
    n = model.fc.in_features
    model.requires_grad_(False)
    model.fc = nn.Sequential(nn.BatchNorm1d(n), nn.Linear(n, num_classes))
    return model


def relu_before(model, num_classes):
    """The features are no longer those of the body."""
    freeze_then_replace(model, num_classes)
    model.fc.register_forward_pre_hook(lambda layer, inputs: (inputs[0].relu() - 1,))
    return model


def typo(model, num_classes):
    for parameter in model.parameters():
        parameter.require_grad = False
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


def only_evaluated(model, num_classes):
    model.eval()
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


def all_without_gradient(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    model.forward = torch.no_grad()(model.forward)
    return model


def last_block_learns(model, num_classes):
    freeze_then_replace(model, num_classes).layer4.requires_grad_(True)
    return model


def arguments_exchanged(num_classes, model):
    return freeze_then_replace(model, num_classes)


def crashes(model, num_classes):
    model.head = nn.Linear(model.features, num_classes)
    return model


WRONG = {
    no_num_classes: 'crashed_in_library', as_in_vgg: 'crashed', no_return: 'not_a_model',
    returns_the_layer: 'not_a_model', hard_coded_512: 'crashed_in_library',
    takes_the_outputs: 'crashed_in_library', appended: 'wrong_shape',
    another_name: 'wrong_shape', only_the_number: 'wrong_shape',
    always_ten: 'wrong_shape', on_top: 'not_one_linear',
    on_top_within_fc: 'not_one_linear', new_network: 'body_lost', started_anew: 'body_lost',
    statistics_reset: 'body_lost', two_layers: 'not_one_linear',
    frozen_after_replacing: 'head_frozen', only_the_weight: 'head_frozen',
    nothing_frozen: 'body_not_frozen', misspelt: 'body_not_frozen',
    only_convolutions_frozen: 'body_not_frozen', softmax_behind: 'differs',
    relu_behind: 'differs', doubled: 'differs', normed_features: 'differs',
    relu_before: 'differs', typo: 'body_not_frozen', only_evaluated: 'body_not_frozen',
    all_without_gradient: 'head_frozen', last_block_learns: 'body_not_frozen',
    arguments_exchanged: 'crashed',
    crashes: 'crashed',
}
