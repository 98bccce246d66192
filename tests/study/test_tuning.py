"""The runs of an experiment, and the best rate of each network on the dev digits."""

from types import SimpleNamespace

from nndl.study.config import RunConfig
from nndl.study.design import tuning_runs, with_seed
from nndl.study.tuning import best_rates, dev_scores


def result(arm, lr, score):
    return SimpleNamespace(config=RunConfig(arm, lr=lr), dev_score=score)


def test_the_mean_over_the_seeds_decides():
    scores = dev_scores([
        result('residual', 0.1, 0.9), result('residual', 0.01, 0.8), result('plain', 0.1, 0.69),
        result('plain', 0.01, 0.5), result('plain', 0.1, 0.71), result('plain', 0.01, 0.89)])
    assert list(scores) == [('plain', 18), ('residual', 18)]
    assert list(scores['plain', 18]) == [0.01, 0.1]
    assert scores['plain', 18][0.1] == 0.7
    assert best_rates(scores) == {('plain', 18): 0.1, ('residual', 18): 0.1}


def test_digits_are_drawn_anew_for_each_seed():
    runs = tuning_runs(RunConfig('residual'), (0.1, 0.2), (3, 4))
    assert [(run.arm, run.lr, run.seed, run.split_seed) for run in runs[:3]] == [
        ('plain', 0.1, 3, 3), ('residual', 0.1, 3, 3), ('plain', 0.1, 4, 4)]
    assert len(runs) == 8
    assert with_seed(RunConfig('plain', source='full'), 7).split_seed == 0
