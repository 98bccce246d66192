"""Plot of a training under way; an interrupt ends the training after the current step."""

import signal
import threading
import time

from IPython import get_ipython
from IPython.display import HTML, display

from nndl.lab.language import chosen_words
from nndl.plot import plot_training_loss_acc
from nndl.widgets.shown import figure_tag

__all__ = ['LivePlot']

PAUSE = 0.5  # seconds between two pictures, at least
SHARE = 0.05  # of the time may go into drawing them
WORDS = {
    'en': {
        'training': 'Training: step {step} of {steps}, loss {loss:.3f}. Interrupt the kernel (■) '
                    'to end the training after the current step.',
        'stopped': 'Stopped after {step} of {steps} steps; the network keeps what it has learnt.',
        'interrupted': 'Interrupted in step {step} of {steps}.',
        'done': 'Done: {step} steps.', 'failed': 'Ended by an error after {step} steps.',
    },
    'zh': {
        'training': '正在训练：第 {step} 步，共 {steps} 步，损失 {loss:.3f}。'
                    '中断内核（■），训练会在当前这一步做完后停止。',
        'stopped': '训练在第 {step} 步后停止，共 {steps} 步；网络保留此时的参数。',
        'interrupted': '训练在第 {step} 步被中断，共 {steps} 步。',
        'done': '训练完成，共 {step} 步。', 'failed': '训练在第 {step} 步后因出错而结束。',
    },
}


class LivePlot:
    """Callback of ``RunnerV3.train`` that shows the training while it runs.

    ``runner.train(..., callbacks=[LivePlot()])`` draws loss and dev score. The first interrupt (■
    in the notebook, Ctrl-C in a terminal) ends the training after the current step; a second one
    interrupts as always. But for the first and the last picture, drawing takes at most 5% of the
    time.

    Args:
        language: 'en' or 'zh'; None: that of the lab.

    Attributes:
        state: 'training', 'stopped', 'interrupted', 'done' or 'failed'.
        stop: True once the training was interrupted.
    """

    def __init__(self, language=None):
        self.words = chosen_words(WORDS, language)

    def __enter__(self):
        self.runner, self.due, self.stop, self.state = None, 0.0, False, 'training'
        has_kernel = hasattr(get_ipython(), 'kernel')
        self.displayed = display(HTML(''), display_id=True) if has_kernel else None
        self.handler = None  # only the main thread handles interrupts
        if threading.current_thread() is threading.main_thread():
            self.handler = signal.signal(signal.SIGINT, self._stop)
        return self

    def on_step(self, runner):
        """Show the training so far, if it is time; True once it is to end."""
        self.runner = runner
        if (start := time.perf_counter()) >= self.due:
            self.show()
            now = time.perf_counter()
            self.due = now + max(PAUSE, (now - start) / SHARE)
        return self.stop

    def __exit__(self, kind, error, traceback):
        if self.handler is not None:
            signal.signal(signal.SIGINT, self.handler)
        if kind:
            self.state = 'interrupted' if self.stop else 'failed'
        else:  # at least one step was made
            was_cut = self.stop and self.runner.global_step < self.runner.num_steps
            self.state = 'stopped' if was_cut else 'done'
        self.show()

    def show(self):
        """Replace the output of the cell by the curves so far and a sentence."""
        if self.displayed is None or self.runner is None:
            return
        losses = self.runner.train_step_losses
        said = self.words[self.state].format(step=len(losses), steps=self.runner.num_steps,
                                             loss=losses[-1][1])
        picture = figure_tag(plot_training_loss_acc(self.runner, fig_size=(8, 3),
                                                    fontsize='medium'), said)
        self.displayed.update(HTML(f'<p lang="{self.words["language"]}">{said}</p>{picture}'))

    def _stop(self, number, frame):
        self.stop = True
        signal.signal(signal.SIGINT, self.handler)
