"""A training that is watched: what is shown, how often, and how it ends early."""

import signal
import threading
from types import SimpleNamespace

import pytest
from conftest import make_blobs
from test_runner import make_runner

from nndl.widgets import live


class Interrupted(live.LivePlot):
    """A plot whose training is interrupted in one step; None: in none."""

    def __init__(self, step=None, times=1):
        super().__init__('en')
        self.step, self.times = step, times

    def on_backward(self, runner):
        if len(runner.train_step_losses) == self.step:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


def make_loader():
    return make_blobs(shuffle=True)  # in an order that torch's own generator gives


def train(runner, tmp_path, loader=None, **kwargs):
    options = {'num_epochs': 4, 'eval_steps': 3, 'log_steps': 0, 'save_path': tmp_path / 'best',
               **kwargs}
    runner.train(loader or make_loader(), make_blobs(), **options)
    return runner


@pytest.fixture
def shown(monkeypatch):
    """What a notebook shows."""
    pages = []
    output = SimpleNamespace(update=lambda page: pages.append(page.data))
    monkeypatch.setattr(live, 'display', lambda page, display_id: pages.append('begun') or output)
    monkeypatch.setattr(live, 'get_ipython', lambda: SimpleNamespace(kernel=True))
    return pages


def test_a_watched_training_is_the_same_training(tmp_path):
    plain = train(make_runner(), tmp_path)
    before = signal.getsignal(signal.SIGINT)
    plot = live.LivePlot()
    watched = train(make_runner(), tmp_path, callbacks=[plot])
    assert watched.train_step_losses == plain.train_step_losses
    assert watched.dev_scores == plain.dev_scores
    assert plot.state == 'done'
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize('step', [1, 5, 7, 10, 20])  # of 5 steps an epoch
def test_an_interrupt_ends_after_the_step_and_keeps_everything(tmp_path, step):
    plot, lines, before = Interrupted(step), [], signal.getsignal(signal.SIGINT)
    runner = train(make_runner(log=lines.append), tmp_path, callbacks=[plot])
    assert plot.state == ('stopped' if step < 20 else 'done')
    assert runner.global_step == step == len(runner.train_step_losses)
    assert runner.dev_losses[-1][0] == step - 1  # the last step is always evaluated
    assert len(set(runner.dev_losses)) == len(runner.dev_losses)
    assert len(runner.train_epoch_losses) == step // 5
    assert (f'[Train] stopped after step {step}/20' in lines) == (step < 20)
    assert runner.best_score == max(runner.dev_scores)
    assert signal.getsignal(signal.SIGINT) == before
    make_runner().load_model(tmp_path / 'best')


def test_a_training_without_dev_digits_can_be_stopped():
    runner = make_runner()
    runner.train(make_loader(), num_epochs=2, callbacks=[Interrupted(3)])
    assert (runner.global_step, runner.dev_losses) == (3, [])


@pytest.mark.parametrize('step', [1, 7])
def test_a_second_interrupt_and_one_without_a_plot_are_ones(tmp_path, step):
    plot, before = Interrupted(step, times=2), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(make_runner(), tmp_path, callbacks=[plot])
    assert plot.state == 'interrupted'
    assert signal.getsignal(signal.SIGINT) == before
    with pytest.raises(KeyboardInterrupt):
        train(make_runner(), tmp_path,
              custom_print_log=lambda runner: signal.raise_signal(signal.SIGINT))


def test_pictures_are_drawn_seldom_enough(monkeypatch):
    """With a clock of our own: whatever drawing costs, it takes 5% of the time at most."""
    now = 0.0
    monkeypatch.setattr(live.time, 'perf_counter', lambda: now)
    for cost in (0.001, 0.1, 0.5):
        plot, spent = live.LivePlot(), 0.0

        def show(cost=cost):
            nonlocal now, spent
            now += cost
            spent += cost

        plot.show, start = show, now
        with plot:
            while now - start < 300:
                now += 0.02
                plot.on_step(SimpleNamespace(global_step=1, num_steps=1))
        assert spent <= 0.05 * (now - start) + 2 * cost
        assert spent >= cost * 10


def test_only_the_main_thread_minds_interrupts(tmp_path):
    plot = live.LivePlot()
    thread = threading.Thread(target=train, args=[make_runner(), tmp_path],
                              kwargs={'callbacks': [plot]})
    thread.start()
    thread.join()
    assert plot.state == 'done'


def test_a_notebook_shows_each_training_and_its_end(tmp_path, shown):
    plot = Interrupted(3)
    train(make_runner(), tmp_path, callbacks=[plot])
    assert shown[0] == 'begun'
    assert shown[1].startswith('<p lang="en">Training: step 1 of 20, loss ')
    assert 'Stopped after 3 of 20 steps; the network keeps what' in shown[-1]
    plot.step = None
    train(make_runner(), tmp_path, callbacks=[plot])
    assert shown.count('begun') == 2
    assert 'Done: 20 steps.' in shown[-1]
    with pytest.raises(ZeroDivisionError):
        train(make_runner(), tmp_path, callbacks=[live.LivePlot('zh')],
              custom_print_log=lambda runner: 1 / (3 - len(runner.train_step_losses)))
    assert '训练在第 3 步后因出错而结束。' in shown[-1]
