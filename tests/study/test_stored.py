"""The stored results: whole, fair, as planned, and the pages say what they say."""

import re

import make_results
import pytest
from conftest import ROOT
from draw_results import PAGES, filled_in, own_rates, tables

from nndl.study.design import RATES
from nndl.study.pairs import compare
from nndl.study.stored import stored_names, stored_results

PLAN = (ROOT / 'data' / 'results' / 'plan.md').read_text(encoding='utf-8')


@pytest.mark.parametrize('name', make_results.EXPERIMENTS)
def test_what_is_stored_is_what_was_planned(name):
    """As many runs as the plan says, with fresh digits and seeds that tuning did not use."""
    planned = {run for stage in make_results.EXPERIMENTS[name]() for run in stage}
    most = {'pairs': 380}.get(name, len(planned))
    assert re.search(rf'\| {name} \|.* {most} \|\n|`{name}` \({most} runs', PLAN)
    assert len(planned) <= most
    assert all(run.seed == run.split_seed for run in planned
               if run.source == 'bundled' and name != 'fixed_digits')
    assert name == 'tuning' or not {run.seed for run in planned} & {*make_results.TUNING_SEEDS}
    results = stored_results(name)
    assert {result.config for result in results} == planned
    assert len(results) == len(planned)
    assert len({result.versions['code'] for result in results}) == 1


@pytest.mark.parametrize('name', [name for name in stored_names() if name != 'finer'])
def test_pairs_are_fair_and_say_where_they_come_from(name):
    results = stored_results(name)
    assert compare(results, own_rates() if name in ('pairs', 'epochs_20', 'full_mnist_1000')
                   else None)  # unfair pairs are refused
    for result in results:
        assert result.date
        assert result.versions['torch']
        assert result.machine['processor']
        assert result.n_test >= 1000
        assert result.hits.sum() == result.test_correct
        assert result.test_score == result.test_correct / result.n_test


def test_every_stored_experiment_is_described():
    assert set(stored_names()) <= set(make_results.EXPERIMENTS)


def test_best_rates_are_no_edges():
    """At an edge the next rates would have to be tried (plan.md)."""
    assert not {*own_rates().values()} & {min(RATES), max(RATES)}


@pytest.mark.parametrize('path', PAGES, ids=lambda path: path.name)
def test_pages_hold_the_tables(path):
    page = path.read_text(encoding='utf-8')
    assert page.count(': data/draw_results.py -->') == page.count('<!-- end -->') >= 2
    assert filled_in(page, tables()) == page


def test_a_figure_altered_by_hand_is_seen():
    page = PAGES[0].read_text(encoding='utf-8')
    altered = page.replace('18 layers, lr 0.01', '18 layers, lr 0.02', 1)
    assert altered != page == filled_in(altered, tables())
