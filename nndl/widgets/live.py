"""Plot of a training under way, with a button that ends it."""

import signal
import threading
import time

import anywidget
import traitlets
from IPython import get_ipython
from IPython.display import display

from nndl.lab.language import chosen_words
from nndl.plot import new_figure, plot_training_loss_acc
from nndl.widgets.shown import Shown, script, style

__all__ = ['LivePlot']

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
    """Callback of ``RunnerV3.train`` that shows the training while it runs.

    ``runner.train(..., callbacks=[LivePlot()])`` draws loss and dev score. The button, or an
    interrupt (■ in the notebook, Ctrl-C in a terminal), ends the training after the current step.
    Curves are sent at most four times a second, and seldom enough to take under 2% of the time.

    Args:
        language: 'en' or 'zh'; None: that of the lab.

    Attributes:
        losses: [[step, training loss]], thinned out to at most 300 points.
        scores: [[step, dev score]], likewise.
        state: 'training', 'stopped', 'done' or 'failed'.
        stop: True once the button was pressed.
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

    def __init__(self, language=None):
        super().__init__(words=chosen_words(WORDS, language))
        self.runner, self.due = None, 0.0

    def __enter__(self):
        """Show the plot, and let an interrupt stop the training instead of raising."""
        self.runner, self.due, self.stop, self.state = None, 0.0, False, 'training'
        self.losses = self.scores = []
        has_kernel = hasattr(get_ipython(), 'kernel')
        self.displayed = display(self, display_id=True) if has_kernel else None
        self.handler = None  # only the main thread handles interrupts
        if threading.current_thread() is threading.main_thread():
            self.handler = signal.signal(signal.SIGINT, self._stop)
        return self

    def on_step(self, runner):
        """Show the training so far, if it is time; True once it is to end."""
        self.runner, self.num_steps = runner, runner.num_steps
        if (start := time.perf_counter()) >= self.due:
            self.send_curves()
            now = time.perf_counter()
            self.due = now + max(PAUSE, (now - start) / SHARE)
        return self.stop

    def __exit__(self, kind, error, traceback):
        """Show the whole training and how it ended."""
        if self.handler is not None:
            signal.signal(signal.SIGINT, self.handler)
        self.send_curves()
        was_cut = self.stop and self.runner.global_step < self.num_steps
        self.state = 'failed' if kind else 'stopped' if was_cut else 'done'
        if self.displayed is not None:
            self.displayed.update(self)  # with the picture of the whole training

    def send_curves(self):
        """Show the training as it is now."""
        if self.runner is None:
            return
        steps = [step for step, _ in self.runner.dev_losses]
        with self.hold_sync():
            self.losses = thinned(self.runner.train_step_losses)
            self.scores = thinned(list(zip(steps, self.runner.dev_scores, strict=True)))

    def picture(self):
        """The curves so far."""
        if self.runner is None or not self.runner.train_step_losses:
            return new_figure((8, 3))
        return plot_training_loss_acc(self.runner, fig_size=(8, 3), fontsize='medium')

    def _stop(self, number, frame):
        """Handle the first interrupt as the button; a second one interrupts as always."""
        self.stop = True
        signal.signal(signal.SIGINT, self.handler)


def thinned(curve):
    """At most ``POINTS`` of the points, evenly, the last one among them; as lists."""
    every = -(-len(curve) // POINTS)
    return [list(point) for point in curve[::-1][::max(every, 1)][::-1]]
