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


RIGHT = {'the lab': freeze_then_replace, 'by name': replace_then_freeze_by_name,
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


def crashes(model, num_classes):
    model.head = nn.Linear(model.features, num_classes)
    return model


WRONG = {
    no_num_classes: 'signature', as_in_vgg: 'no_classifier', no_return: 'not_a_model',
    returns_the_layer: 'not_a_model', hard_coded_512: 'wrong_in_features',
    takes_the_outputs: 'wrong_in_features', appended: 'head_not_used',
    another_name: 'head_not_used', only_the_number: 'head_not_replaced',
    always_ten: 'num_classes_ignored', on_top: 'old_head_stays',
    on_top_within_fc: 'old_head_stays', new_network: 'body_lost', started_anew: 'body_lost',
    statistics_reset: 'body_lost', two_layers: 'not_one_linear',
    frozen_after_replacing: 'head_frozen', only_the_weight: 'head_frozen',
    nothing_frozen: 'body_not_frozen', misspelt: 'body_not_frozen',
    only_convolutions_frozen: 'body_not_frozen', softmax_behind: 'wrong_output',
    crashes: 'crashed',
}
