"""The loss and the dev score while a network trains, and a button that ends the training."""

import signal
import threading
import time
from contextlib import contextmanager

import anywidget
import traitlets

from nndl.plot import new_figure, plot_training_loss_acc
from nndl.progress import in_notebook
from nndl.widgets.shown import Shown, script, style
from nndl.widgets.words import chosen_words

__all__ = ['LivePlot', 'watch']

PAUSE = 0.25  # seconds between two pictures, at least
SHARE = 0.02  # of the time may go into sending them
POINTS = 300  # of a curve, at most
WORDS = {
    'en': {
        'loss': 'training loss', 'score': 'dev score', 'step': 'step', 'stop': 'Stop training',
        'training': 'Training: step {step} of {steps}, loss {value}.',
        'stopping': 'Ending after this step …',
        'hint': 'This page cannot reach the kernel while a cell runs: interrupt the kernel '
                '(■), which does the same here.',
        'stopped': 'Stopped after {step} of {steps} steps; everything so far is kept.',
        'done': 'Done: {steps} steps.', 'failed': 'Ended by an error after {step} steps.',
        'none': 'none yet',
    },
    'zh': {
        'loss': '训练损失', 'score': '验证集得分', 'step': '步', 'stop': '停止训练',
        'training': '正在训练：第 {step} 步，共 {steps} 步，损失 {value}。',
        'stopping': '这一步做完就停止……',
        'hint': '单元格运行时，这个页面无法把消息送到内核：请中断内核（■），效果与按这个按钮相同。',
        'stopped': '训练在第 {step} 步后停止，共 {steps} 步；此前的结果全部保留。',
        'done': '训练完成，共 {steps} 步。', 'failed': '训练在第 {step} 步后因出错而结束。',
        'none': '还没有',
    },
}


class LivePlot(Shown, anywidget.AnyWidget):
    """Curves of a training under way.

    They are sent at most four times a second, and seldom enough to take under 2% of the time.

    Args:
        num_steps: of the whole training.
        language: 'en' or 'zh'; None: that of the lab.

    Attributes:
        losses: [[step, training loss]], thinned out to at most 300 points.
        scores: [[step, dev score]], likewise.
        state: 'training', 'stopped', 'done' or 'failed'.
        stop: whether the button was pressed.
    """

    note = None  # the picture says all
    _esm = script('tools', 'live')
    _css = style()
    losses = traitlets.List().tag(sync=True)
    scores = traitlets.List().tag(sync=True)
    num_steps = traitlets.Int().tag(sync=True)
    state = traitlets.Unicode('training').tag(sync=True)
    stop = traitlets.Bool(False).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, num_steps, language=None):
        super().__init__(num_steps=num_steps, words=chosen_words(WORDS, language))
        self.history = None
        self.due = 0.0

    def see(self, history):
        """Take note of the training so far; show it if it is time.

        Args:
            history: has ``train_step_losses``, ``dev_losses`` and ``dev_scores``, as a runner.
        """
        self.history = history
        if (start := time.perf_counter()) < self.due:
            return
        self.send_curves()
        now = time.perf_counter()
        self.due = now + max(PAUSE, (now - start) / SHARE)

    def send_curves(self):
        """Show the training as it is now."""
        if self.history is None:
            return
        steps = [step for step, _ in self.history.dev_losses]
        with self.hold_sync():
            self.losses = thinned(self.history.train_step_losses)
            self.scores = thinned(list(zip(steps, self.history.dev_scores, strict=True)))

    def picture(self):
        """The curves so far."""
        if self.history is None:
            return new_figure((8, 3))
        return plot_training_loss_acc(self.history, fig_size=(8, 3), fontsize='medium')


def thinned(curve):
    """At most ``POINTS`` of the points, evenly, the last one among them; as lists."""
    every = -(-len(curve) // POINTS)
    return [list(point) for point in curve[::-1][::max(every, 1)][::-1]]


@contextmanager
def watch(history, num_steps):
    """Show a training in the notebook while it runs.

    Ends it, by the button or by an interrupt (■ in the notebook, Ctrl-C in a terminal), after the
    step under way.

    Args:
        history: has ``train_step_losses``, ``dev_losses`` and ``dev_scores``.
        num_steps: of the whole training.

    Yields:
        A function to call after each step; whether to end the training now.
    """
    plot = LivePlot(num_steps)
    shown = _show(plot)

    def stops():
        plot.see(history)
        return plot.stop

    try:
        with _interrupt_stops(plot):
            yield stops
        was_cut = plot.stop and len(history.train_step_losses) < num_steps
        plot.state = 'stopped' if was_cut else 'done'
    except BaseException:
        plot.state = 'failed'
        raise
    finally:
        plot.send_curves()
        if shown is not None:
            shown.update(plot)  # now with the picture of the whole training


def _show(plot):
    """The place where the plot is displayed; None outside a notebook."""
    if not in_notebook():
        return None
    from IPython.display import display

    return display(plot, display_id=True)


@contextmanager
def _interrupt_stops(plot):
    """Inside, the first interrupt is the stop button; a second one interrupts as always."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what an interrupt does
        return

    def first(number, frame):
        plot.stop = True
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
