"""RunnerV3: train, evaluate, predict, keep the best model, go on after a crash."""

import math
from contextlib import nullcontext

import torch

from nndl.batches import (
    check_batch,
    check_outputs,
    explain_forward,
    explain_loss,
    number_of_batches,
)
from nndl.checkpoint import batches_left_in_epoch, resume_training, save_training
from nndl.device import check_device, choose_device, deterministic_algorithms
from nndl.files import load_into, load_tensors, save_tensors
from nndl.plan import TrainingPlan
from nndl.progress import progress_bar, say

__all__ = ['RunnerV3', 'NotFiniteLoss', 'TrainingInterrupted']


class NotFiniteLoss(ArithmeticError):
    """The loss became nan or infinite."""


class TrainingInterrupted(KeyboardInterrupt):
    """An interrupt during a training; a notebook shows its message instead of a traceback."""

    def _render_traceback_(self):
        return str(self).splitlines()


class RunnerV3:
    """Trains a model and keeps the best one.

    Args:
        model: maps a batch of inputs to outputs, here logits (N, C). Moved to ``device``.
        optimizer: over the model's parameters.
        loss_fn: (outputs, labels) -> mean loss of the batch.
        metric: ``update(outputs, labels)``, ``accumulate()``, ``reset()``; larger is better.
            None if nothing is evaluated.
        scheduler: a torch learning rate scheduler, stepped after every training step.
        device: 'auto' (cuda, else mps, else cpu) or the name of a device.
        amp: mixed precision; on cuda only.
        deterministic: train with deterministic algorithms only.
        log: function that takes the log lines; prints them if not given.
        label: stands before the progress bar.

    Attributes:
        train_step_losses: [(step, loss of the batch)].
        train_epoch_losses: [mean loss over the epoch's samples].
        dev_losses: [(step, mean loss over the dev samples)].
        dev_scores: [score], one for each entry of ``dev_losses``.
        best_score: the best of them, -inf before the first.
        global_step: training steps done.
    """

    def __init__(self, model, optimizer, loss_fn, metric, *, scheduler=None, device='auto',
                 amp=False, deterministic=False, log=say, label='training'):
        self.device = choose_device(device)
        if amp and self.device.type != 'cuda':
            raise ValueError(f'amp=True needs a cuda device, this one is {self.device}: '
                             'leave amp out')
        self.model = model.to(self.device)
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.metric = metric
        self.scheduler = scheduler
        self.scaler = torch.amp.GradScaler('cuda') if amp else None
        self.deterministic = deterministic
        self.log = log
        self.label = label
        self._start_anew()

    def train(self, train_loader, dev_loader=None, *, num_epochs, log_steps=100, eval_steps=0,
              save_path='best_model.pdparams', custom_print_log=None,
              checkpoint_path=None, checkpoint_steps=None, resume=False, live_plot=False):
        """Train, evaluate now and then, and save the best model.

        A second call is a new training: the model goes on from where it is, the histories and
        the best score start anew (unless ``resume``).

        Args:
            train_loader: yields (inputs, labels).
            dev_loader: the same for evaluation; with None nothing is evaluated or saved.
            num_epochs: passes through ``train_loader``.
            log_steps: steps between log lines of the training loss; 0: none.
            eval_steps: steps between evaluations; the last step is always evaluated.
            save_path: file for the model with the best dev score.
            custom_print_log: called with the runner after each backward pass.
            checkpoint_path: file from which a killed training can go on; None: no checkpoints.
            checkpoint_steps: steps between checkpoints; None: one an epoch.
            resume: go on from ``checkpoint_path`` if it is there; every later loss and the final
                weights are those of a training that was never killed.
            live_plot: show loss and dev score in the notebook as they come, with a button that
                ends the training after the step under way. An interrupt then does the same.
                What was trained so far is evaluated and kept, as at the end of any training.

        Raises:
            NotFiniteLoss: if the loss becomes nan or infinite; the best model stays saved.
            TrainingInterrupted: at an interrupt, unless ``live_plot``.
            ValueError: for wrong arguments and for batches that do not fit the model.
            CheckpointError: if the checkpoint belongs to another training.
        """
        plan = TrainingPlan(num_epochs, number_of_batches(train_loader, 'train_loader'),
                            log_steps, eval_steps, save_path, checkpoint_path, checkpoint_steps,
                            resume, evaluates=dev_loader is not None)
        self._check_ready(plan)
        self._start_anew()
        if plan.goes_on:
            resume_training(self, train_loader, plan)
            self.log(f'[Train] resumed from {checkpoint_path} at step {self.global_step}')
        self.optimizer.zero_grad()  # whatever was left by an interrupted step or by others
        with (deterministic_algorithms(self.deterministic), self._progress(plan) as bar,
              self._watched(live_plot, plan) as is_stopped):
            try:
                self._train_epochs(train_loader, dev_loader, plan, custom_print_log, bar,
                                   is_stopped)
            except KeyboardInterrupt as interrupt:
                raise TrainingInterrupted(
                    f'interrupted in step {self.global_step}/{plan.num_steps}; {self._kept()}. The '
                    'model stays as it is; train() begins a new training with it.') from interrupt
        self.log('[Train] Training done!')

    def _train_epochs(self, train_loader, dev_loader, plan, custom_print_log, bar, is_stopped):
        for epoch in range(self.global_step // plan.batches_per_epoch, plan.num_epochs):
            for batch in batches_left_in_epoch(self, train_loader, plan):
                loss = self._train_step(batch, custom_print_log)
                self._log_loss(epoch, loss, plan)
                if plan.evaluates_at(self.global_step):
                    self._evaluate_and_keep_best(dev_loader, plan.save_path, self.global_step)
                self.global_step += 1
                self._show(bar, loss)
                if plan.saves_within_epoch(self.global_step):
                    save_training(self, train_loader, plan)
                if plan.is_within_epoch(self.global_step) and is_stopped():
                    return self._end_early(train_loader, dev_loader, plan)
            # Only now has the loader drawn the last of its random numbers for this epoch.
            self._close_epoch()
            if plan.saves_after_epoch(self.global_step):
                save_training(self, train_loader, plan)
            if self.global_step < plan.num_steps and is_stopped():
                return self._end_early(train_loader, dev_loader, plan)
        return None

    def _end_early(self, train_loader, dev_loader, plan):
        """After a training was stopped: what there is is evaluated and kept."""
        self.log(f'[Train] stopped after step {self.global_step}/{plan.num_steps}')
        last = self.global_step - 1
        if plan.evaluates and (not self.dev_losses or self.dev_losses[-1][0] != last):
            with torch.random.fork_rng():  # a training that goes on later draws as if never stopped
                self._evaluate_and_keep_best(dev_loader, plan.save_path, last)
        if plan.checkpoint_path is not None:
            save_training(self, train_loader, plan)

    @torch.no_grad()
    def evaluate(self, dev_loader, *, global_step=None):
        """Score and mean loss over all samples of a loader, in eval mode.

        Args:
            dev_loader: yields (inputs, labels).
            global_step: if given, the result is kept in ``dev_losses`` and ``dev_scores``.

        Returns:
            (score, loss).
        """
        number_of_batches(dev_loader, 'the loader to evaluate')
        if self.metric is None:
            raise ValueError('the runner has no metric: give RunnerV3 one, e.g. Accuracy()')
        check_device(self.model, self.device)
        self.model.eval()
        self.metric.reset()
        total_loss, n_samples = 0.0, 0
        for batch in dev_loader:
            outputs, labels = self._forward(batch)
            total_loss += self._loss(outputs, labels).item() * len(labels)
            n_samples += len(labels)
            self.metric.update(outputs, labels)
        score, loss = self.metric.accumulate(), total_loss / n_samples
        if global_step is not None:
            self.dev_losses.append((global_step, loss))
            self.dev_scores.append(score)
        return score, loss

    @torch.no_grad()
    def predict(self, x):
        """Outputs for a batch of inputs, in eval mode."""
        check_device(self.model, self.device)
        self.model.eval()
        return self._outputs(x)

    def save_model(self, save_path):
        """Write the model's state_dict, whole or not at all."""
        save_tensors(self.model.state_dict(), save_path)

    def load_model(self, model_path):
        """Load what ``save_model`` wrote.

        Raises:
            CheckpointError: if the file is missing, damaged, or does not fit the model.
        """
        load_into(self.model, load_tensors(model_path), model_path)

    def _start_anew(self):
        self.train_step_losses, self.train_epoch_losses = [], []
        self.dev_losses, self.dev_scores = [], []
        self.best_score, self.best_path = -math.inf, None
        self.global_step = 0
        self.epoch_loss_sum, self.epoch_samples = 0.0, 0
        self.epoch_random_state = None

    def _check_ready(self, plan):
        if plan.evaluates and self.metric is None:
            raise ValueError('there is a dev_loader but the runner has no metric: '
                             'give RunnerV3 one, e.g. Accuracy()')
        check_device(self.model, self.device)

    def _train_step(self, batch, custom_print_log):
        """Predict, loss, backward, step; returns the loss as a number."""
        self.model.train()
        outputs, labels = self._forward(batch)
        loss = self._loss(outputs, labels)
        value = loss.item()
        self._check_finite(value)
        self.train_step_losses.append((self.global_step, value))
        self.epoch_loss_sum += value * len(labels)
        self.epoch_samples += len(labels)
        self._backward(loss)
        if custom_print_log is not None:
            custom_print_log(self)
        self._step()
        return value

    def _forward(self, batch):
        """Outputs of the model and the labels, both on the device, checked."""
        inputs, labels = check_batch(batch)
        outputs = self._outputs(inputs)
        check_outputs(outputs, labels)
        return outputs, labels.to(self.device, non_blocking=True)

    def _loss(self, outputs, labels):
        with explain_loss(outputs, labels), self._autocast():
            return self.loss_fn(outputs, labels)

    def _outputs(self, inputs):
        with explain_forward(self.model, inputs), self._autocast():
            return self.model(inputs.to(self.device, non_blocking=True))

    def _autocast(self):
        return torch.autocast(self.device.type, dtype=torch.float16,
                              enabled=self.scaler is not None)

    def _backward(self, loss):
        (loss if self.scaler is None else self.scaler.scale(loss)).backward()

    def _step(self):
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        self.optimizer.zero_grad()
        if self.scheduler is not None:
            self.scheduler.step()

    def _close_epoch(self):
        self.train_epoch_losses.append(self.epoch_loss_sum / self.epoch_samples)
        self.epoch_loss_sum, self.epoch_samples = 0.0, 0

    def _evaluate_and_keep_best(self, dev_loader, save_path, step):
        score, loss = self.evaluate(dev_loader, global_step=step)
        self.log(f'[Evaluate]  dev score: {score:.5f}, dev loss: {loss:.5f}')
        if score > self.best_score:
            self.save_model(save_path)
            self.log('[Evaluate] best accuracy performance has been updated: '
                     f'{self.best_score:.5f} --> {score:.5f}')
            self.best_score, self.best_path = score, str(save_path)

    def _check_finite(self, loss):
        if math.isfinite(loss):
            return
        rate = self.optimizer.param_groups[0]['lr']
        raise NotFiniteLoss(f'the loss is {loss} at step {self.global_step}, learning rate '
                            f'{rate:g}. Try a learning rate ten times smaller, and look for nan '
                            f'in the inputs; {self._kept()}.')

    def _kept(self):
        return (f'the best model so far (dev score {self.best_score:.5f}) is in {self.best_path}'
                if self.best_path else 'no model was saved yet')

    def _log_loss(self, epoch, loss, plan):
        if plan.logs_at(self.global_step):
            self.log(f'[Train] epoch: {epoch}/{plan.num_epochs}, '
                     f'step: {self.global_step}/{plan.num_steps}, loss: {loss:.5f}')

    def _progress(self, plan):
        return progress_bar(plan.num_steps, self.label, done=self.global_step)

    def _watched(self, live_plot, plan):
        """Yields what is asked after each step: whether the training was stopped."""
        if not live_plot:
            return nullcontext(lambda: False)
        from nndl.widgets.live import watch  # ipywidgets only where something is shown

        return watch(self, plan.num_steps)

    def _show(self, bar, loss):
        dev = f', dev score {self.dev_scores[-1]:.3f}' if self.dev_scores else ''
        bar.set_postfix_str(f'loss {loss:.3f}{dev}', refresh=False)
        bar.update()
