"""Arguments of ``python -m nndl ablation``."""

# (arguments, settings of the runs)
SETTINGS = [
    ([], {'n_train': 1000, 'n_dev': 200, 'n_test': 3800, 'batch_norm': True}),
    (['--train-size', '3000'], {'n_test': 1800}),
    (['--train-size', '4500'], {'n_test': 1000}),
    (['--source', 'full'], {'n_test': 10_000, 'source': 'full'}),
    (['--test-size', '200', '--epochs', '2'], {'n_test': 200, 'epochs': 2}),
]

# (arguments, message)
WRONG_VALUES = [
    (['--depth', '18', '20'], 'choose from 18, 34, 66'),
    (['--lr', '0'], "'0': give a number above 0"),
    (['--lr', 'nan'], "'nan': give a number above 0"),
    (['--epochs', '0'], "'0': give a whole number, at least 1"),
    (['--seeds', '1.5'], "'1.5': give a whole number"),
    (['--batch-size', 'x'], "'x': give a whole number"),
    (['--train-size', '-1'], 'at least 1'),
    (['--source', 'mnist'], "(choose from"),
    (['--jobs', '0'], 'at least 1'),
    (['--learning-rate', '1'], 'unrecognized arguments'),
]
