"""Trainings that are killed at random moments and resumed; run by test_checkpoint.py.

    python killed_training.py FOLDER KILLS

Imports torch once and forks a process for each training, which is then killed with SIGKILL.
Prints as JSON what an unbroken and the resumed training ended with.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
import torch._dynamo  # the first optimizer imports it, which takes a second
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

from nndl.files import load_tensors
from nndl.metric import Accuracy
from nndl.runner import RunnerV3


class NoisyBlobs(Dataset):
    """Draws from torch's global generator for every sample, so that its state matters."""

    def __len__(self):
        return 61

    def __getitem__(self, i):
        return torch.randn(20) + i % 3, i % 3


def train(folder, resume):
    """A training with dropout, momentum, a scheduler, shuffling, and many large checkpoints."""
    torch.set_num_threads(1)
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(20, 600), nn.ReLU(), nn.Dropout(0.5), nn.Linear(600, 600),
                          nn.BatchNorm1d(600), nn.Linear(600, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=64)
    runner = RunnerV3(model, optimizer, F.cross_entropy, Accuracy(), scheduler=scheduler,
                      log=lambda line: None)
    loader = DataLoader(NoisyBlobs(), batch_size=8, shuffle=True)
    runner.train(loader, loader, num_epochs=8, eval_steps=5, save_path=folder / 'best',
                 checkpoint_path=folder / 'checkpoint', checkpoint_steps=1, resume=resume)
    return {'weights': digest(model.state_dict()), 'best': digest(load_tensors(folder / 'best')),
            'step_losses': runner.train_step_losses, 'epoch_losses': runner.train_epoch_losses,
            'dev_losses': runner.dev_losses, 'dev_scores': runner.dev_scores,
            'best_score': runner.best_score}


def digest(state):
    content = b''.join(tensor.numpy().tobytes() for tensor in state.values())
    return hashlib.sha256(content).hexdigest()


def in_a_process(folder, resume):
    """Start a training that writes its end to result.json; the process id."""
    child = os.fork()
    if child == 0:
        result = train(folder, resume)
        (folder / 'result.part').write_text(json.dumps(result))
        (folder / 'result.part').replace(folder / 'result.json')
        os._exit(0)
    return child


def main(folder, kills):
    whole = folder / 'whole'
    whole.mkdir()
    start = time.perf_counter()
    os.waitpid(in_a_process(whole, False), 0)
    duration = time.perf_counter() - start
    expected = json.loads((whole / 'result.json').read_text())

    moments = random.Random(0)
    killed, while_writing, ends, resumed_steps = 0, 0, [], []
    while killed < kills or len(ends) == 0:
        broken = folder / f'broken{len(ends)}'
        broken.mkdir()
        while not (broken / 'result.json').exists():
            child = in_a_process(broken, True)
            if killed < kills:
                time.sleep(moments.uniform(0.05, 0.4) * duration)
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            if os.WIFSIGNALED(status):
                killed += 1
                while_writing += any(broken.glob('.*.part'))
                for name in ('checkpoint', 'best'):
                    if (broken / name).exists():
                        load_tensors(broken / name)  # raises if a kill left half a file
                if (broken / 'checkpoint').exists():
                    resumed_steps.append(load_tensors(broken / 'checkpoint')['progress']
                                         ['global_step'])
        ends.append(json.loads((broken / 'result.json').read_text()))
    print(json.dumps({'expected': expected, 'ends': ends, 'killed': killed,
                      'while_writing': while_writing, 'resumed_steps': resumed_steps}))


if __name__ == '__main__':
    main(Path(sys.argv[1]), int(sys.argv[2]))
