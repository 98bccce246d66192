"""What a training is to do at which step; wrong arguments are refused here."""

from dataclasses import dataclass
from pathlib import Path

from nndl.arguments import check_whole

__all__ = ['TrainingPlan']


@dataclass(frozen=True)
class TrainingPlan:
    """The arguments of ``RunnerV3.train``, checked.

    Raises:
        ValueError: naming the argument, its value, and what is allowed.
    """

    num_epochs: int
    batches_per_epoch: int
    log_steps: int
    eval_steps: int
    save_path: str | Path
    checkpoint_path: str | Path | None
    checkpoint_steps: int | None
    resume: bool
    evaluates: bool

    def __post_init__(self):
        check_whole('num_epochs', self.num_epochs, least=1)
        check_whole('log_steps', self.log_steps, least=0)
        check_whole('eval_steps', self.eval_steps, least=0)
        if self.checkpoint_steps is not None:
            check_whole('checkpoint_steps', self.checkpoint_steps, least=1)
        if self.evaluates and Path(self.save_path or '').name == '':
            raise ValueError(f'save_path is {self.save_path!r}: give the name of a file for the '
                             'best model')
        if self.eval_steps and not self.evaluates:
            raise ValueError(f'eval_steps is {self.eval_steps} but there is no dev_loader: '
                             'give one, or eval_steps=0')
        if self.checkpoint_path is None and (self.resume or self.checkpoint_steps):
            raise ValueError('resume and checkpoint_steps need checkpoint_path, the file to '
                             'write to and to go on from')

    @property
    def num_steps(self):
        return self.num_epochs * self.batches_per_epoch

    @property
    def goes_on(self):
        """Whether there is a checkpoint to go on from."""
        return self.resume and Path(self.checkpoint_path).exists()

    def logs_at(self, step):
        return self.log_steps > 0 and step % self.log_steps == 0

    def evaluates_at(self, step):
        """Every ``eval_steps`` but the very first, and always the last step."""
        due = self.eval_steps > 0 and step > 0 and step % self.eval_steps == 0
        return self.evaluates and (due or step == self.num_steps - 1)

    def is_within_epoch(self, steps_done):
        return steps_done % self.batches_per_epoch != 0

    def saves_within_epoch(self, steps_done):
        due = self.checkpoint_steps and steps_done % self.checkpoint_steps == 0
        return bool(due) and self.is_within_epoch(steps_done)

    def saves_after_epoch(self, steps_done):
        due = not self.checkpoint_steps or steps_done % self.checkpoint_steps == 0
        return self.checkpoint_path is not None and (due or steps_done == self.num_steps)
