"""The stored results: whole, fair, summed up rightly, and the pages say what they say."""

import json
import shlex
from dataclasses import replace
from types import SimpleNamespace

import make_results
import pytest
from conftest import ROOT
from draw_results import EXPERIMENTS, cost_table, result_table

from nndl.sources import bundled_path
from nndl.study.pairs import compare
from nndl.study.plot_pairs import HE_ET_AL, plot_depth, plot_differences
from nndl.study.report import summary
from nndl.study.stored import stored_names, stored_results
from nndl.study.sweep import ResultsError

PAGE = (ROOT / 'data' / 'results' / 'README.md').read_text(encoding='utf-8')
PLAN = (ROOT / 'data' / 'results' / 'plan.md').read_text(encoding='utf-8')


def stored_summary(name):
    return json.loads((bundled_path('results') / f'{name}.json').read_text())


def without(arguments, options=('--jobs', '--out', '--dask')):
    """A command line without the options that do not change what is run, and their values."""
    kept, skip = [], False
    for argument in arguments:
        if not skip and argument not in options:
            kept.append(argument)
        skip = argument in options
    return kept


def test_all_experiments_are_there():
    assert set(stored_names()) - set(make_results.PLANNED) == set(make_results.EXPERIMENTS)
    assert set(make_results.EXPERIMENTS) == {*EXPERIMENTS, 'main_job'}


@pytest.mark.parametrize(('name', 'n_runs'), [
    ('tuning', 168), ('pairs', 380), ('initialisation', 360), ('epochs_20', 40),
    ('full_mnist_1000', 80)])
def test_what_is_run_is_what_was_planned(name, n_runs, monkeypatch):
    """As many runs as the plan says, with fresh digits and seeds that tuning did not use."""
    best = {(arm, depth): 0.003 for arm in ('plain', 'residual') for depth in make_results.PAIRS}
    if name not in stored_names() or 'tuning' not in stored_names():
        monkeypatch.setattr(make_results, 'best_rates', lambda: best)
    planned = {run for stage in make_results.PLANNED[name]() for run in stage}
    assert n_runs - 190 * (name == 'pairs') <= len(planned) <= n_runs  # own rate may be the common
    row, = (line for line in PLAN.splitlines() if line.startswith(f'| {name} |'))
    assert row.rstrip(' |').endswith(str(n_runs))
    assert all(run.seed == run.split_seed for run in planned if run.source == 'bundled')
    assert name == 'tuning' or not {run.seed for run in planned} & {*make_results.TUNING_SEEDS}
    if name in stored_names():
        assert {result.config for result in stored_results(name)} <= planned


def test_each_arms_own_rate_is_the_best_on_the_dev_digits(monkeypatch):
    def result(arm, lr, score):
        config = replace(make_results.BASE, arm=arm, lr=lr)
        return SimpleNamespace(config=config, dev_score=score)

    monkeypatch.setattr(make_results, 'read_results', lambda path: [
        result('plain', 0.01, 0.5), result('plain', 0.01, 0.9), result('plain', 0.1, 0.69),
        result('plain', 0.1, 0.69), result('residual', 0.1, 0.9), result('residual', 0.01, 0.8)])
    assert make_results.best_rates() == {('plain', 18): 0.01, ('residual', 18): 0.1}


@pytest.mark.parametrize('name', make_results.EXPERIMENTS)
def test_pairs_are_fair_and_summed_up(name):
    """``compare`` refuses unfair pairs; a figure that was altered by hand would be seen."""
    results, content = stored_results(name), stored_summary(name)
    assert content == json.loads(json.dumps(summary(results, content['command'])))
    assert without(shlex.split(content['command'])) == [
        'python', '-m', 'nndl', 'ablation', *make_results.EXPERIMENTS[name].split()]


@pytest.mark.parametrize('name', make_results.EXPERIMENTS)
def test_results_say_where_they_come_from(name):
    for result in stored_results(name):
        assert result.date
        assert result.versions['torch']
        assert result.machine['processor']
        assert result.n_test >= 1000
        assert result.hits.sum() == result.test_correct


def test_settings_that_were_asked_for():
    by_lr = compare(stored_results('learning_rate'))
    assert [(c.setting.lr, len(c.seeds)) for c in by_lr] == [(0.005, 10), (0.01, 10), (0.1, 10)]
    for name, momentum, n_train, seeds in (('depth', 0, 1000, 5), ('depth_momentum', 0.9, 1000, 5),
                                           ('depth_3000_digits', 0, 3000, 5)):
        comparisons = compare(stored_results(name))
        assert [c.setting.depth for c in comparisons] == [18, 34, 66]
        for c in comparisons:
            assert (c.setting.momentum, c.setting.n_train, len(c.seeds)) == (
                momentum, n_train, seeds)
    without_norm = compare(stored_results('no_batch_norm'))
    assert [(c.setting.depth, c.setting.batch_norm) for c in without_norm] == [(18, False),
                                                                               (34, False)]
    for name, schedule in (('full_mnist', 'constant'), ('full_mnist_one_cycle', 'one_cycle')):
        c, = compare(stored_results(name))
        assert (c.setting.schedule, c.setting.n_test, len(c.seeds)) == (schedule, 10_000, 3)


def test_the_page_holds_the_tables():
    assert result_table() in PAGE
    assert cost_table() in PAGE


def test_unknown_names_are_refused():
    with pytest.raises(ResultsError, match="no stored results 'deep': there are batch_norm"):
        stored_results('deep')
    with pytest.raises(SystemExit):
        make_results.main(['deep'])


def test_figure_of_depth_shows_every_seed_and_he_et_al():
    figure = plot_depth(compare(stored_results('depth')), 'title')
    left, right = figure.axes
    dots = sorted(y for line in left.lines if line.get_linestyle() == 'None'
                  for y in line.get_ydata())
    assert dots == pytest.approx(sorted(100 * r.test_score for r in stored_results('depth')
                                        if r.config.arm != 'lenet'))
    drawn = [list(line.get_ydata()) for line in right.lines]
    assert drawn == [[100 - e for e in errors.values()] for errors in HE_ET_AL.values()]


def test_figure_of_differences_tells_nothing_shown_apart():
    figure = plot_differences({'clear': [0.01, 0.011, 0.012], 'unclear': [-0.01, 0.02, 0.0]})
    styles = {line.get_linestyle() for line in figure.axes[0].lines if len(line.get_xdata()) == 2}
    assert styles == {'-', ':'}
    means = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == 'D']
    assert means == pytest.approx([1.1, 1 / 3])


def test_what_the_labs_say_of_the_results():
    """The figures within the labs' texts, in both languages, from the stored pairs."""
    said = {lab: ''.join((ROOT / 'notebooks' / 'source' / f'{lab}.md').read_text('utf-8').split())
            for lab in ('03_ablation', '04_why_it_works')}

    def says(lab, *phrases):
        for phrase in phrases:
            assert ''.join(phrase.replace('-', '−').split()) in said[lab].replace('-', '−'), phrase

    low, usual, high = compare(stored_results('learning_rate'))
    plain, residual = 100 * high.plain.estimate, 100 * high.residual.estimate
    gain = 100 * (usual.residual.estimate - low.residual.estimate)
    nothing, least, most = (f'{100 * value:+.1f}' for value in low.difference)
    mean, below, above = (f'{100 * value:+.1f}' for value in usual.difference)
    says('03_ablation',
         f'falls to {plain:.0f}% and the residual one still reads {residual:.0f}%',
         f'准确率降到 {plain:.0f}%，而带残差连接的网络仍有 {residual:.0f}%',
         f'the difference is {nothing} points',
         f'{gain:.1f} points, when only its rate', f'就能提高 {gain:.1f} 个百分点',
         f'(95% interval {least} to {most})', f'（95% 区间为 {least} 到 {most}）',
         f'(the interval of the mean is {least} to {most})',
         f'（平均差值的区间为 {least} 到 {most}）',
         f'({mean}, {below} to {above})', f'（{mean}，区间为 {below} 到 {above}）',
         f'showed {100 * high.difference.estimate:.0f} points',
         f'相差 {100 * high.difference.estimate:.0f} 个百分点')

    assert nothing == '+0.0'  # "about 0"

    _, at_34, at_66 = compare(stored_results('depth'))
    scores = [100 * each.residual.estimate for each in (at_34, at_66)]
    (constant,), (cycle,) = (compare(stored_results(f'full_mnist{name}'))
                             for name in ('', '_one_cycle'))
    with_it, without_it = (100 * each.difference.estimate for each in (cycle, constant))
    recipe = 100 * (cycle.plain.estimate - constant.plain.estimate)
    says('04_why_it_works',
         'still read {:.0f}% and {:.0f}%'.format(*scores),
         '仍有 {:.0f}% 和 {:.0f}%'.format(*scores),
         f'gives {without_it:+.1f} points at the constant rate (the interval holds 0) and '
         f'{with_it:+.1f} with the recipe, where the interval just leaves 0 out; the recipe '
         f'gives the plain network {recipe:.1f} points',
         f'固定学习率时为 {without_it:.1f} 个百分点（区间包含 0），',
         f'用好的方案时为 {with_it:.1f} 个百分点（区间勉强不含 0）；'
         f'而训练方案使普通网络提高 {recipe:.1f} 个百分点')
    assert constant.difference.holds_zero
    assert 0 < 100 * cycle.difference.low < 0.05
    _, more_digits, _ = compare(stored_results('depth_3000_digits'))
    left = more_digits.difference.estimate / at_34.difference.estimate
    assert left == pytest.approx(1 / 3, abs=0.03)  # "a third of the gap is left"
