"""The seed's way and the kit's, side by side: training step, main job, data pipeline, memory.

    python tests/benchmarks/train_step.py            # about seven minutes on two cores
    python tests/benchmarks/train_step.py --rounds 1

The seed's way: digits as lists of numbers, a PIL pipeline for every sample in every epoch, torch's
default layout and convolutions. The kit's way: what ``python -m nndl ablation`` does. Each timing
is a process of its own; the two ways take turns; the ratio of a round is that of its two
neighbours, and the median over the rounds is printed with the smallest and largest.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time

BATCH, EPOCHS, LR = 64, 5, 0.01


# ---- the seed's way -------------------------------------------------------------------------

def seed_datasets():
    """The textbook's MNIST_dataset: every sample goes through PIL whenever it is asked for."""
    import numpy as np
    from PIL import Image
    from torch.utils.data import Dataset
    from torchvision.transforms import Compose, Normalize, Resize, ToTensor

    from nndl.data import _draw

    class PILDataset(Dataset):
        def __init__(self, dataset, transforms):
            self.images = [image.reshape(-1).tolist() for image in dataset[0]]
            self.labels = dataset[1].tolist()
            self.transforms = transforms

        def __len__(self):
            return len(self.labels)

        def __getitem__(self, i):
            image = np.reshape(np.array(self.images[i]).astype('float32'), [28, 28])
            return self.transforms(Image.fromarray(image.astype('uint8'))), int(self.labels[i])

    transforms = Compose([Resize(32), ToTensor(), Normalize(mean=[0.5], std=[0.5])])
    parts = _draw('bundled', None, {'train': 1000, 'dev': 200, 'test': 200}, 0)
    return [PILDataset(parts[name], transforms) for name in ('train', 'dev', 'test')]


def seed_job():
    """Both arms as the seed's cells train and test them."""
    import torch

    from nndl.resnet import Model_ResNet18

    train, dev, test = seed_datasets()
    for use_residual in (False, True):
        torch.manual_seed(0)
        model = Model_ResNet18(1, use_residual=use_residual)
        optimizer = torch.optim.SGD(model.parameters(), lr=LR)
        loader = torch.utils.data.DataLoader(train, BATCH, shuffle=True)
        dev_loader = torch.utils.data.DataLoader(dev, BATCH)
        best, step = 0, 0
        for _ in range(EPOCHS):
            for inputs, labels in loader:
                model.train()
                loss = torch.nn.functional.cross_entropy(model(inputs), labels)
                loss.item()
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
                if step and (step % 15 == 0 or step == EPOCHS * len(loader) - 1):
                    score = seed_score(model, dev_loader)
                    if score > best:
                        torch.save(model.state_dict(), 'best_model.pdparams')
                        best = score
                step += 1
        model.load_state_dict(torch.load('best_model.pdparams'))
        seed_score(model, torch.utils.data.DataLoader(test, BATCH))


def seed_score(model, loader):
    import torch

    model.eval()
    with torch.no_grad():
        correct = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return correct / len(loader.dataset)


# ---- what is timed --------------------------------------------------------------------------

def step(way):
    """Milliseconds of one residual training step on a batch of 64, median of 30."""
    import torch

    from nndl.fast import skip_dead_taps
    from nndl.machine import keep_freed_memory
    from nndl.resnet import Model_ResNet18

    torch.manual_seed(0)
    model = Model_ResNet18(1)
    if way == 'kit':
        keep_freed_memory()
        model = skip_dead_taps(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)
    inputs, labels = torch.randn(BATCH, 1, 32, 32), torch.arange(BATCH) % 10
    times = []
    for _ in range(35):
        start = time.perf_counter()
        loss = torch.nn.functional.cross_entropy(model(inputs), labels)
        loss.item()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[5:])


def matrix_product():
    """The machine's matrix products in GFLOP/s."""
    import torch

    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    times = []
    for _ in range(12):
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    return 2 * 2048 ** 3 / statistics.median(times) / 1e9


def data(way):
    """Milliseconds of one epoch of 1000 digits in batches, and of the preparation."""
    from torch.utils.data import DataLoader

    from nndl.data import load_mnist

    start = time.perf_counter()
    train = load_mnist()[0] if way == 'kit' else seed_datasets()[0]
    prepared = 1000 * (time.perf_counter() - start)
    loader = DataLoader(train, BATCH, shuffle=True)
    times = []
    for _ in range(6):
        start = time.perf_counter()
        for _ in loader:
            pass
        times.append(1000 * (time.perf_counter() - start))
    return {'prepare': prepared, 'epoch': statistics.median(times[1:])}


def job(way):
    """Seconds of the whole process of the main job without LeNet-5, and its memory in MB."""
    import os

    os.chdir(tempfile.mkdtemp())
    if way == 'seed':
        seed_job()
    else:
        from nndl.ablation import RunConfig, load_digits, run
        from nndl.machine import keep_freed_memory
        from nndl.pairs import pair_of

        keep_freed_memory()
        config = RunConfig('residual', lr=LR, epochs=EPOCHS, batch_size=BATCH, n_test=200)
        digits = load_digits(config)
        for each in pair_of(config):
            run(each, '.', digits=digits)


TASKS = {'step': step, 'data': data, 'job': job, 'product': lambda way: matrix_product()}


def in_a_process(task, way):
    """Result, seconds and peak memory (MB) of one task in a process of its own."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, '--task', task, '--way', way],
                          capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start
    result = json.loads(done.stdout.splitlines()[-1])
    return result['value'], seconds, result['peak_mb']


def ratio_line(name, pairs, unit):
    ratios = [seed / kit for seed, kit in pairs]
    seed, kit = (statistics.median(column) for column in zip(*pairs, strict=True))
    return (f'{name:30s} document {seed:8.1f} {unit}   kit {kit:8.1f} {unit}   '
            f'{statistics.median(ratios):6.2f} times as fast '
            f'({min(ratios):.2f} to {max(ratios):.2f}, n={len(ratios)})')


def main(rounds):
    steps, epochs, data_totals, jobs, memory, products = [], [], [], [], [], []
    for _ in range(rounds):
        steps.append([in_a_process('step', way)[0] for way in ('seed', 'kit')])
        products.append(in_a_process('product', 'kit')[0])
        pipeline = [in_a_process('data', way)[0] for way in ('seed', 'kit')]
        epochs.append([p['epoch'] for p in pipeline])
        data_totals.append([p['prepare'] + EPOCHS * p['epoch'] for p in pipeline])
        both = [in_a_process('job', way) for way in ('seed', 'kit')]
        jobs.append([seconds for _, seconds, _ in both])
        memory.append([peak for _, _, peak in both])
    print(ratio_line('training step (batch of 64)', steps, 'ms'))
    print(ratio_line('main job, whole process', jobs, 's '))
    print(ratio_line('data: an epoch of 1000 digits', epochs, 'ms'))
    print(ratio_line('data: preparing and 5 epochs', data_totals, 'ms'))
    print(f'peak memory of the main job: document {max(m[0] for m in memory):.0f} MB, '
          f'kit {max(m[1] for m in memory):.0f} MB')
    speed, kit_step = statistics.median(products), statistics.median(k for _, k in steps)
    # Forward and two products backward, two operations each, 20.23 M products with real pixels.
    needed = 6 * BATCH * 20.23e6 / 1e9 / (kit_step / 1000)
    print(f'matrix products of this machine: {speed:.0f} GFLOP/s; the kit\'s step makes '
          f'{needed:.0f} GFLOP/s of products with real pixels, {needed / speed:.0%} of that')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--task', choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument('--way', choices=('seed', 'kit'), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task is None:
        main(options.rounds)
    else:
        value = TASKS[options.task](options.way)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps({'value': value, 'peak_mb': peak}))
