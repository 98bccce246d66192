"""The learning rate at which each network does best."""

import statistics

__all__ = ['best_rates', 'dev_scores', 'edge_notes']


def dev_scores(results):
    """{(arm, depth): {learning rate: mean dev score over the seeds}}, all in ascending order."""
    scores = {}
    for result in sorted(results, key=lambda r: (r.config.depth, r.config.arm, r.config.lr)):
        config = result.config
        scores.setdefault((config.arm, config.depth), {}).setdefault(config.lr, []).append(
            result.dev_score)
    return {arm: {lr: statistics.fmean(values) for lr, values in of_rates.items()}
            for arm, of_rates in scores.items()}


def best_rates(scores):
    """{(arm, depth): the rate with the highest of these ``dev_scores``}."""
    return {arm: max(of_rates, key=of_rates.get) for arm, of_rates in scores.items()}


def edge_notes(scores):
    """A sentence for each network whose best rate is the lowest or highest of those tried."""
    ends = [(arm, depth, lr, name) for (arm, depth), lr in best_rates(scores).items()
            for name, end in (('lowest', min), ('highest', max)) if lr == end(scores[arm, depth])]
    return [f'The best rate of {arm}-{depth} is the {name} that was tried, {lr:g}: a better one '
            'may lie beyond. Give more with --lr; finished runs are kept.'
            for arm, depth, lr, name in ends]
