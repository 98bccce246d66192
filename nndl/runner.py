"""RunnerV3: train a model, evaluate it, keep the best one."""

import math
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from tqdm.auto import tqdm

from nndl import explain
from nndl.device import check_device, choose_device
from nndl.files import load_into, load_tensors, save_tensors, set_aside

__all__ = ['RunnerV3']


class RunnerV3:
    """Trains a model and keeps the best one.

    Args:
        model: maps a batch of inputs to outputs, here logits (N, C). Moved to ``device``.
        optimizer: over the model's parameters. None if nothing is trained.
        loss_fn: (outputs, labels) -> mean loss of the batch.
        metric: ``update(outputs, labels)``, ``accumulate()``, ``reset()``; larger is better.
            None if nothing is evaluated.
        scheduler: a torch learning rate scheduler of this optimizer.
        scheduler_step: 'batch' (default for OneCycleLR and CyclicLR) or 'epoch', after which it is
            stepped. ReduceLROnPlateau is stepped after each evaluation, with the dev score.
        device: 'auto' or the name of a device, as in ``choose_device``.
        log: function called with each log line. Default: print it above the progress bar.
        label: text in front of the progress bar.

    Attributes:
        train_step_losses: [(step, loss of the batch)].
        train_epoch_losses: [mean loss over the epoch's samples].
        dev_losses: [(step, mean loss over the dev samples)].
        dev_scores: [score], one for each entry of ``dev_losses``.
        best_score: the best of them, -inf before the first.
        best_path: file of the model with this score, None before the first.
        global_step: index of the current training step; after the training, how many were done.
        num_steps: number of training steps asked for; inf if the loader has no length.
    """

    def __init__(self, model, optimizer, loss_fn, metric, *, scheduler=None, scheduler_step=None,
                 device='auto', log=tqdm.write, label='training'):
        explain.check_parts(model, optimizer, loss_fn, metric)
        self.device = choose_device(device)
        self.model = model.to(self.device)
        self.optimizer, self.loss_fn, self.metric = optimizer, loss_fn, metric
        self.scheduler, self.log, self.label = scheduler, log, label
        self.scheduler_step = explain.check_scheduler(scheduler, scheduler_step, optimizer)
        self._start_anew(num_steps=0)

    def train(self, train_loader, dev_loader=None, *, num_epochs, log_steps=100, eval_steps=0,
              save_path='best_model.pdparams', custom_print_log=None, callbacks=()):
        """Train, evaluate at intervals, and save the best model.

        Args:
            train_loader: yields (inputs, labels).
            dev_loader: the same for evaluation; with None nothing is evaluated or saved.
            num_epochs: passes through ``train_loader``, from the current weights on.
            log_steps: steps between log lines of the training loss; 0: none.
            eval_steps: steps between evaluations; 0: none. The last step is always evaluated.
            save_path: file for the best model; one that is there becomes ``save_path.previous``.
            custom_print_log: function called with the runner after each backward pass.
            callbacks: objects with any of ``on_backward``, ``on_step``, ``on_evaluate`` and
                ``on_epoch``, called with the runner; one that returns True ends the training after
                the current step, with a last evaluation. Context managers are entered.

        Raises:
            NotFiniteLoss: if the loss becomes nan or infinite; the best model stays saved.
            TrainingInterrupted: if the training is interrupted (Ctrl-C).
            ValueError: for wrong arguments and for batches that do not fit the model.
        """
        self._start_anew(explain.check_training(
            self, train_loader, dev_loader, num_epochs, log_steps, eval_steps, callbacks))
        self._print_log, self._callbacks = custom_print_log or (lambda runner: None), callbacks
        if dev_loader is not None:
            with torch.random.fork_rng(devices=[]):  # what is wrong with it shows now
                self.evaluate([next(iter(dev_loader), None)])
            save_path = set_aside(save_path)
        self.optimizer.zero_grad()  # gradients of an interrupted step, or of other code
        bar = tqdm(total=self.num_steps, desc=self.label, unit='step', leave=False)
        with self._entered(bar, *callbacks):
            for epoch, batch in self._batches(train_loader, num_epochs):
                loss = self._train_step(batch)
                self._report(loss, f'{epoch}/{num_epochs}', log_steps, bar)
                if eval_steps and self.global_step and self.global_step % eval_steps == 0:
                    self._evaluate_and_keep_best(dev_loader, save_path, self.global_step)
                self._call('on_step')
                self.global_step += 1
            if dev_loader is not None and self.global_step - 1 not in dict(self.dev_losses):
                self._evaluate_and_keep_best(dev_loader, save_path, self.global_step - 1)
        if self.global_step < self.num_steps and self._is_stopped:
            self.log(f'[Train] stopped after step {self.global_step}/{self.num_steps}')
        self.log('[Train] Training done!')

    @torch.no_grad()
    def evaluate(self, dev_loader):
        """(score, mean loss) over all samples of a loader of (inputs, labels), in eval mode."""
        explain.check_evaluation(self, dev_loader)
        self.model.eval()
        self.metric.reset()
        total_loss, n_samples = 0.0, 0
        for batch in dev_loader:
            outputs, labels, loss = self._forward(batch)
            total_loss += explain.check_loss(loss, self) * len(labels)
            n_samples += len(labels)
            self.metric.update(outputs, labels)
        explain.require(n_samples, 'the loader to evaluate gave no batch')
        return float(self.metric.accumulate()), total_loss / n_samples

    @torch.no_grad()
    def predict(self, x):
        """Outputs for a batch of inputs, in eval mode, on the CPU."""
        check_device(self.model, self.device)
        self.model.eval()
        return self._outputs(x).cpu()

    def save_model(self, save_path):
        """Write the model's state_dict, on the CPU, whole or not at all."""
        save_tensors(self.model.state_dict(), save_path)

    def load_model(self, model_path):
        """Load a file written by ``save_model``; a CheckpointError says why it cannot be loaded."""
        load_into(self.model, load_tensors(model_path), model_path)

    def _start_anew(self, num_steps):
        self.train_step_losses, self.train_epoch_losses = [], []
        self.dev_losses, self.dev_scores, self.best_score, self.best_path = [], [], -math.inf, None
        self.global_step, self.num_steps, self._is_stopped = 0, num_steps, False

    @contextmanager
    def _entered(self, *contexts):
        with ExitStack() as entered:
            for context in contexts:
                if hasattr(context, '__exit__'):
                    entered.enter_context(context)
            try:
                yield
            except KeyboardInterrupt as interrupt:
                raise explain.TrainingInterrupted(self) from interrupt

    def _batches(self, loader, num_epochs):
        """(epoch, batch) of every training step."""
        for epoch in range(num_epochs):
            self._loss_sum, self._n_samples = 0.0, 0
            batches = iter(loader)
            for batch in batches:
                yield epoch, batch
                if self._is_stopped and next(batches, None) is not None:
                    return
            explain.require(self._n_samples, f'train_loader gave no batch in epoch {epoch}')
            self.train_epoch_losses.append(self._loss_sum / self._n_samples)
            self._step_scheduler('epoch')
            self._call('on_epoch')
            if self._is_stopped:
                return

    def _train_step(self, batch):
        """Predict, loss, backward, step; returns the loss as a number."""
        self.model.train()
        _, labels, loss = self._forward(batch)
        value = explain.check_loss(loss, self)
        self.train_step_losses.append((self.global_step, value))
        self._loss_sum += value * len(labels)
        self._n_samples += len(labels)
        loss.backward()
        self._print_log(self)
        self._call('on_backward')
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._step_scheduler('batch')
        return value

    def _forward(self, batch):
        """Outputs, labels and loss of a batch, all on the device, checked."""
        inputs, labels = explain.check_batch(batch)
        outputs = self._outputs(inputs)
        explain.check_outputs(outputs, labels, getattr(self.loss_fn, 'ignore_index', -100))
        labels = labels.to(self.device, non_blocking=True)
        with explain.loss_errors(self.loss_fn, outputs, labels):
            return outputs, labels, self.loss_fn(outputs, labels)

    def _outputs(self, inputs):
        with explain.forward_errors(self.model, inputs):
            return self.model(inputs.to(self.device, non_blocking=True))

    def _evaluate_and_keep_best(self, dev_loader, save_path, step):
        score, loss = self.evaluate(dev_loader)
        self.dev_losses.append((step, loss))
        self.dev_scores.append(score)
        self.log(f'[Evaluate]  dev score: {score:.5f}, dev loss: {loss:.5f}')
        if score > self.best_score or self.best_path is None:
            self.save_model(save_path)
            self.log('[Evaluate] best accuracy performance has been updated: '
                     f'{max(0, self.best_score):.5f} --> {score:.5f}')
            self.best_score, self.best_path = max(self.best_score, score), str(save_path)
        self._step_scheduler('evaluation', score)
        self._call('on_evaluate')

    def _step_scheduler(self, after, *score):
        if after == self.scheduler_step:
            group = self.optimizer.param_groups[0]
            before = group['lr']
            self.scheduler.step(*score)
            if before and not before / 9.99 < group['lr'] < before * 9.99:
                self.log(f'[Train] learning rate: {before:.3g} --> {group["lr"]:.3g}')

    def _call(self, event):
        for callback in self._callbacks:
            result = getattr(callback, event, lambda runner: None)(self)
            self._is_stopped |= isinstance(result, bool | np.bool_) and bool(result)

    def _report(self, loss, epoch, log_steps, bar):
        if log_steps and self.global_step % log_steps == 0:
            self.log(f'[Train] epoch: {epoch}, '
                     f'step: {self.global_step}/{self.num_steps}, loss: {loss:.5f}')
        bar.set_postfix({'loss': loss, 'best score': max(0, self.best_score)}, refresh=False)
        bar.update()
