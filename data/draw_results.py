"""The tables and the figure that the pages show, made from data/results/*.jsonl.

    python data/draw_results.py          draws the figure and fills in the tables of the pages
"""

import re
import statistics
from pathlib import Path

from make_results import own_rates

from nndl.files import write_whole
from nndl.plot import save_figure
from nndl.study.design import LENET
from nndl.study.pairs import compare
from nndl.study.plot_pairs import plot_pairs
from nndl.study.report import pair_rows, rate_rows, run_rows, setting_name, table
from nndl.study.stored import stored_names, stored_results
from nndl.study.tuning import dev_scores

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / 'README.md', ROOT / 'README.zh-CN.md', ROOT / 'data' / 'results' / 'README.md'


def decided():
    """The comparisons that decide, by the name of the experiment: see plan.md."""
    own, pairs = own_rates(), stored_results('pairs')
    return {'own best rates': compare(pairs, own),
            'rate 0.01': compare(pairs, dict.fromkeys(own, 0.01)),
            'own best rates, full MNIST': compare(stored_results('full_mnist_1000'), own)}


def decisions():
    """A row for each of the eight comparisons, adjusted for their number."""
    groups = decided()
    names = ['rates', *(name for name, group in groups.items() for _ in group)]
    rows = pair_rows([each for group in groups.values() for each in group])
    return [(name, *row) for name, row in zip(names, rows, strict=True)]


def exploration():
    """Pairs that decide nothing: without p values."""
    groups = {name: compare(stored_results(name))
              for name in ('learning_rate', 'fixed_digits', 'full_mnist', 'full_mnist_one_cycle')}
    groups['epochs_20'] = compare(stored_results('epochs_20'), own_rates())
    rows = [('experiment', *pair_rows([])[0][:-2])]
    return rows + [(name, *row[:-2]) for name, group in groups.items()
                   for row in pair_rows(group)[1:]]


def finer_results():
    """Ten of the pairs, at their own rates and half-way to the neighbours."""
    own = own_rates()
    at_own = [result for result in stored_results('pairs') if result.config.seed < 210
              and result.config.depth < 66
              and result.config.lr == own[result.config.arm, result.config.depth]]
    return stored_results('finer') + at_own


def finer():
    """Mean dev scores of ``finer_results``."""
    return rate_rows(dev_scores(finer_results()))


def initialisation():
    """First gradients and test accuracies at the best of three rates, without and with norm."""
    rows = [('layers', 'batch norm', 'initialisation', 'arm', 'gradient of the first block',
             'of the last', 'best of three rates', 'test accuracy (seeds)', 'diverged')]
    groups = {}
    for result in stored_results('initialisation'):
        config = result.config
        groups.setdefault((config.depth, config.batch_norm, config.init, config.arm), []).append(
            result)
    return rows + [_initialisation_row(key, groups[key]) for key in sorted(groups)]


def at_best_rate(results):
    """Those of the results at the learning rate that has the best mean dev score."""
    by_rate = {}
    for result in results:
        by_rate.setdefault(result.config.lr, []).append(result)
    return max(by_rate.values(), key=lambda runs: statistics.fmean(r.dev_score for r in runs))


def _initialisation_row(key, results):
    depth, batch_norm, init, arm = key
    best = at_best_rate(results)
    scores = sorted(100 * result.test_score for result in best)
    first, last = ([r.gradients[k] for r in best] for k in (0, -1))
    return (str(depth), 'yes' if batch_norm else 'no', init, arm,
            f'{statistics.median(first):.1e}', f'{statistics.median(last):.1e}',
            f'{best[0].config.lr:g}',
            f'{statistics.fmean(scores):.1f}% ({scores[0]:.0f} to {scores[-1]:.0f})',
            f'{sum(r.diverged_at is not None for r in results)} of {len(results)}')


def cost():
    """Processor time of each experiment, a thread each."""
    rows = [('experiment', 'runs', 'core-hours', 'longest run, min')]
    for name in stored_names():
        seconds = [result.cpu_seconds for result in stored_results(name)]
        rows.append((name, str(len(seconds)), f'{sum(seconds) / 3600:.2f}',
                     f'{max(seconds) / 60:.1f}'))
    return rows


def main_job():
    """What ``make run`` prints of its three runs."""
    runs = [result for result in stored_results('learning_rate')
            if result.config.seed == 0 and result.config.lr in (0.01, LENET.lr)]
    return f'```\n{table(run_rows(runs))}\n\n{table(pair_rows(compare(runs)))}\n```'


def tables():
    """{marker on a page: the text below it}."""
    rows = {'decisions': decisions(), 'tuning': rate_rows(dev_scores(stored_results('tuning'))),
            'exploration': exploration(), 'finer': finer(), 'initialisation': initialisation(),
            'cost': cost()}
    return {name: table(each, markdown=True) for name, each in rows.items()} | {
        'main job': main_job()}


def filled_in(page, texts):
    """The text of a page with its tables as they are stored."""
    def fill(match):
        return f'{match[1]}{texts[match[2]]}\n{match[3]}'

    return re.sub(r'(<!-- ([a-z ]+): data/draw_results.py -->\n).*?(<!-- end -->)', fill, page,
                  flags=re.DOTALL)


def draw():
    """The READMEs' picture."""
    groups = decided()
    rows = {f'{setting_name(each)}': each for name in ('own best rates', 'rate 0.01')
            for each in groups[name]}
    figure = plot_pairs(rows, 'MNIST: 1000 training digits, drawn anew for each pair; 80 steps of '
                              'SGD; tested on 3000 others')
    save_figure(figure, ROOT / 'data' / 'results' / 'pairs.png')


def main():
    texts = tables()
    for path in PAGES:
        page = filled_in(path.read_text(encoding='utf-8'), texts)
        write_whole(path, lambda file, page=page: file.write(page.encode()))
    draw()


if __name__ == '__main__':
    main()
