"""A training that is watched: what is sent, how often, and how it ends early."""

import os
import signal
from types import SimpleNamespace

import pytest
from conftest import make_blobs
from test_runner import make_runner

from nndl.widgets import live


def history(n):
    return SimpleNamespace(num_steps=n, train_step_losses=[(i, 1 / (i + 1)) for i in range(n)],
                           dev_losses=[(i, 1.0) for i in range(0, n, 10)],
                           dev_scores=[i / n for i in range(0, n, 10)])


class Pressed(live.LivePlot):
    """A plot whose button is pressed in one step; None: in none."""

    def __init__(self, step=None):
        super().__init__()
        self.step = step

    def on_step(self, runner):
        if len(runner.train_step_losses) == self.step:
            self.stop = True
        return super().on_step(runner)


def make_loader():
    return make_blobs(shuffle=True)  # in an order that torch's own generator gives


def train(runner, tmp_path, loader=None, **kwargs):
    options = {'num_epochs': 4, 'eval_steps': 3, 'log_steps': 0, 'save_path': tmp_path / 'best',
               **kwargs}
    runner.train(loader or make_loader(), make_blobs(), **options)
    return runner


def test_a_watched_training_is_the_same_training(tmp_path):
    plain = train(make_runner(), tmp_path)
    watched = train(make_runner(), tmp_path, callbacks=[live.LivePlot()])
    assert watched.train_step_losses == plain.train_step_losses
    assert watched.dev_scores == plain.dev_scores


def test_the_curves_are_those_of_the_runner(tmp_path):
    plot, before = live.LivePlot(), signal.getsignal(signal.SIGINT)
    runner = train(make_runner(), tmp_path, callbacks=[plot])
    assert signal.getsignal(signal.SIGINT) == before
    assert plot.state == 'done'
    assert plot.num_steps == 20
    assert [tuple(point) for point in plot.losses] == runner.train_step_losses
    assert [score for _, score in plot.scores] == runner.dev_scores
    assert [step for step, _ in plot.scores] == [step for step, _ in runner.dev_losses]


@pytest.mark.parametrize('step', [1, 5, 7, 10])  # of 5 steps an epoch
def test_the_stop_button_ends_after_the_step_and_keeps_everything(tmp_path, step):
    plot, lines = Pressed(step), []
    runner = train(make_runner(log=lines.append), tmp_path, callbacks=[plot])
    assert plot.state == 'stopped'
    assert runner.global_step == step == len(runner.train_step_losses)
    assert runner.dev_losses[-1][0] == step - 1  # the last step is always evaluated
    assert len(set(runner.dev_losses)) == len(runner.dev_losses)
    assert len(runner.train_epoch_losses) == step // 5
    assert f'[Train] stopped after step {step}/20' in lines
    assert runner.best_score == max(runner.dev_scores)
    make_runner().load_model(tmp_path / 'best')


def test_stopped_in_the_last_step_is_done(tmp_path):
    plot = Pressed(20)
    runner = train(make_runner(), tmp_path, callbacks=[plot])
    assert plot.state == 'done'
    assert len(runner.train_step_losses) == 20
    assert len(runner.train_epoch_losses) == 4


def test_a_training_without_dev_digits_can_be_stopped(tmp_path):
    runner = make_runner()
    runner.train(make_loader(), num_epochs=2, callbacks=[Pressed(3)])
    assert (runner.global_step, runner.dev_losses) == (3, [])


def test_one_plot_watches_two_trainings(tmp_path):
    plot = Pressed(3)
    train(make_runner(), tmp_path, callbacks=[plot])
    plot.step = None
    runner = train(make_runner(), tmp_path, callbacks=[plot])
    assert (plot.state, len(plot.losses), runner.global_step) == ('done', 20, 20)


def test_an_interrupt_ends_a_watched_training_after_the_step(tmp_path):
    before = signal.getsignal(signal.SIGINT)

    def interrupt(runner):
        if runner.global_step == 6:
            os.kill(os.getpid(), signal.SIGINT)

    runner = train(make_runner(), tmp_path, callbacks=[live.LivePlot()],
                   custom_print_log=interrupt)
    assert len(runner.train_step_losses) == 7
    assert signal.getsignal(signal.SIGINT) == before


def test_a_second_interrupt_is_one(tmp_path):
    plot = live.LivePlot()

    def interrupt(runner):
        if runner.global_step == 6:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(make_runner(), tmp_path, callbacks=[plot], custom_print_log=interrupt)
    assert plot.state == 'failed'
    assert signal.getsignal(signal.SIGINT) == before


def test_without_a_plot_an_interrupt_is_one(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(make_runner(), tmp_path,
              custom_print_log=lambda runner: os.kill(os.getpid(), signal.SIGINT))


def test_a_training_that_fails_says_so(tmp_path):
    plot = live.LivePlot()

    def fail(runner):
        if runner.global_step == 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(make_runner(), tmp_path, callbacks=[plot], custom_print_log=fail)
    assert plot.state == 'failed'
    assert len(plot.losses) == 3


def test_curves_are_thinned_and_keep_their_last_point():
    for n in (0, 1, 299, 300, 301, 12345):
        curve = [(i, i / 2) for i in range(n)]
        thin = live.thinned(curve)
        assert len(thin) <= live.POINTS
        assert len(thin) >= min(n, live.POINTS // 2)
        assert not n or thin[-1] == [n - 1, (n - 1) / 2]


def test_pictures_are_sent_seldom_enough(monkeypatch):
    """With a clock of our own: whatever sending costs, it takes 2% of the time at most."""
    now = 0.0
    monkeypatch.setattr(live.time, 'perf_counter', lambda: now)
    for cost in (0.001, 0.1, 0.5):
        plot, sent = live.LivePlot(), 0.0

        def send(cost=cost):
            nonlocal now, sent
            now += cost
            sent += cost

        plot.send_curves = send
        start = now
        while now - start < 300:
            now += 0.02
            plot.on_step(history(5))
        assert sent <= 0.02 * (now - start) + 2 * cost
        assert sent >= cost * 10


def test_there_is_a_picture_before_and_after(tmp_path):
    plot = live.LivePlot()
    assert plot.picture() is not None
    plot.on_step(history(30))
    assert len(plot.picture().axes) == 2


def test_only_the_main_thread_minds_interrupts(tmp_path):
    import threading

    errors = []

    def work():
        try:
            train(make_runner(), tmp_path, callbacks=[live.LivePlot()])
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == []


def test_a_notebook_shows_each_training_and_its_last_picture(tmp_path, monkeypatch):
    shown = []

    def display(plot, display_id):
        shown.append(('begun', plot.losses))
        return SimpleNamespace(
            update=lambda plot: shown.append((plot.state, plot.losses[-1][0])))

    monkeypatch.setattr(live, 'display', display)
    train(make_runner(), tmp_path, callbacks=[live.LivePlot()])
    assert shown == []  # no notebook
    monkeypatch.setattr(live, 'get_ipython', lambda: SimpleNamespace(kernel=True))
    plot = Pressed(3)
    train(make_runner(), tmp_path, callbacks=[plot])
    plot.step = None
    train(make_runner(), tmp_path, callbacks=[plot])
    assert shown == [('begun', []), ('stopped', 2), ('begun', []), ('done', 19)]
