"""Everything a training needs to go on after it was killed, as if it had not been.

A checkpoint holds the model, the optimizer, the runner's histories, and the state of every random
number generator twice: as it was when the epoch began, to draw the same batches again, and as it
is now.
"""

import random
from pathlib import Path

import numpy as np
import torch

from nndl.files import CheckpointError, load_into, load_tensors, save_tensors

__all__ = ['save_training', 'resume_training', 'batches_left_in_epoch']

VERSION = 2

# What of the runner itself goes on: plain data.
PROGRESS = ('train_step_losses', 'train_epoch_losses', 'dev_losses', 'dev_scores', 'best_score',
            'best_path', 'global_step', 'epoch_loss_sum', 'epoch_samples', 'epoch_random_state')


def save_training(runner, loader, plan):
    """Write the state of a running training to ``plan.checkpoint_path``, whole or not at all."""
    save_tensors({
        'version': VERSION,
        'batches_per_epoch': plan.batches_per_epoch,
        'kinds': _kinds(runner),
        'states': {name: part.state_dict() for name, part in _stateful(runner).items()},
        'progress': {name: getattr(runner, name) for name in PROGRESS},
        'random_state': random_state(loader),
    }, plan.checkpoint_path)


def resume_training(runner, loader, plan):
    """Put runner, loader and random generators where the checkpoint left them.

    Raises:
        CheckpointError: if the file is damaged or belongs to another training, or the best model
            that it speaks of is gone.
    """
    path = plan.checkpoint_path
    content = load_tensors(path)
    if not isinstance(content, dict) or content.get('version') != VERSION:
        raise CheckpointError(f'{path} is not a training checkpoint of this kit (is it a model? '
                              'load that with load_model)')
    if content['batches_per_epoch'] != plan.batches_per_epoch:
        raise CheckpointError(f'{path} was made with {content["batches_per_epoch"]} batches an '
                              f'epoch, train_loader has {plan.batches_per_epoch}: give it the '
                              'same data and batch size as before')
    if content['progress']['global_step'] > plan.num_steps:
        raise CheckpointError(f'{path} is at step {content["progress"]["global_step"]}, beyond the '
                              f'{plan.num_steps} steps of num_epochs={plan.num_epochs}: give at '
                              'least as many epochs as before')
    _check_best_model(content['progress']['best_path'], plan)
    _check_kinds(content['kinds'], runner, path)
    _load_states(runner, content['states'], path)
    for name, value in content['progress'].items():
        setattr(runner, name, value)
    restore_random_state(content['random_state'], loader)


def batches_left_in_epoch(runner, loader, plan):
    """An iterator over the running epoch; after a resumption, over what is left of it.

    The batches that were trained on before are drawn again and passed over.
    """
    done = runner.global_step % plan.batches_per_epoch
    if not done:
        runner.epoch_random_state = random_state(loader)
        return iter(loader)
    now = random_state(loader)
    restore_random_state(runner.epoch_random_state, loader)
    batches = iter(loader)
    for _ in range(done):
        next(batches)
    restore_random_state(now, loader)
    return batches


def random_state(loader):
    """State of all generators that a training with this ``DataLoader`` draws from."""
    _, keys, position, has_gauss, gauss = np.random.get_state()
    return {
        'python': random.getstate(),
        'numpy': (torch.from_numpy(keys.astype(np.int64)), position, has_gauss, gauss),
        'torch': torch.get_rng_state(),
        'cuda': torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        'loader': [generator.get_state() for generator in _generators(loader)],
    }


def restore_random_state(state, loader):
    keys, position, has_gauss, gauss = state['numpy']
    random.setstate(state['python'])
    np.random.set_state(('MT19937', keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    torch.set_rng_state(state['torch'])
    if torch.cuda.is_available() and state['cuda']:
        torch.cuda.set_rng_state_all(state['cuda'])
    for generator, saved in zip(_generators(loader), state['loader'], strict=True):
        generator.set_state(saved)


def _stateful(runner):
    parts = {'model': runner.model, 'optimizer': runner.optimizer,
             'scheduler': runner.scheduler, 'scaler': runner.scaler}
    return {name: part for name, part in parts.items() if part is not None}


def _kinds(runner):
    return {name: type(part).__name__ for name, part in _stateful(runner).items()}


def _check_kinds(kinds, runner, path):
    if kinds != _kinds(runner):
        raise CheckpointError(f'{path} holds {kinds}, this training has {_kinds(runner)}: give '
                              'the runner the same parts as before')


def _check_best_model(best_path, plan):
    if best_path is None:
        return
    if best_path != str(plan.save_path):
        raise CheckpointError(f'the best model so far is in {best_path!r}, save_path is now '
                              f'{str(plan.save_path)!r}: give the same save_path as before')
    if not Path(best_path).exists():
        raise CheckpointError(f'the best model so far is gone from save_path={best_path!r}: bring '
                              'it back, or start again with resume=False')


def _load_states(runner, states, path):
    parts = _stateful(runner)
    load_into(parts.pop('model'), states['model'], path)
    for name, part in parts.items():
        try:
            part.load_state_dict(states[name])
        except (ValueError, KeyError) as error:
            raise CheckpointError(f'the {name} in {path} does not fit: {error}') from error


def _generators(loader):
    """The loader's own generators, each once, in a fixed order."""
    batch_sampler = getattr(loader, 'batch_sampler', None)
    holders = (loader, getattr(loader, 'sampler', None), batch_sampler,
               getattr(batch_sampler, 'sampler', None))
    found = [getattr(holder, 'generator', None) for holder in holders]
    return list(dict.fromkeys(g for g in found if isinstance(g, torch.Generator)))
