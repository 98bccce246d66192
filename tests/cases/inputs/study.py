"""Settings that make a pair unfair, scores with what they show, damaged files of results."""

# (what differs for the plain network, message)
UNFAIR = [
    ({'lr': 0.005}, 'lr is 0.005 for the plain network and 0.01 for the residual one'),
    ({'momentum': 0.9}, 'momentum is 0.9 for the plain'),
    ({'seed': 3}, 'seed is 3 for the plain'),
    ({'n_train': 95}, 'n_train is 95'),
    ({'batch_norm': False}, 'batch_norm is False'),
    ({'arm': 'residual'}, 'the arms are residual and residual'),
]

# {scores of the plain and the residual network, a pair a seed, of 1000: what they show}
SHOWN = {
    ((900, 930), (910, 940), (900, 931), (900, 930)): 'helps',
    ((930, 900), (940, 910), (930, 899)): 'harms',
    ((900, 901), (910, 909), (900, 900), (905, 905)): 'equivalent',
    ((900, 902), (910, 912), (900, 902), (905, 907), (905, 908)): 'helps, equivalent',
    ((900, 930), (950, 940), (920, 910)): 'undecided',
}

# (how a file of two results is damaged, message)
DAMAGED = [
    (lambda text: text[:-200], 'line 2 is not a result of this version'),
    (lambda text: text.replace('"lr": 0.05', '"lr": 0.06', 1), 'line 1: the settings were altered'),
    (lambda text: text.replace('"arm": "lenet"', '"arm": "vgg"', 1), "arm is 'vgg'"),
    (lambda text: text.replace('"test_hits"', '"hits"', 1), "unexpected keyword argument 'hits'"),
    (lambda text: text + '[]\n', 'line 3 is not a result'),
]
