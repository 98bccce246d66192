"""What a lab's printed numbers do over seeds and threads: where "measured over 5 seeds" is from.

    python notebooks/margins.py 03                              # 5 seeds, on 1 and on 2 threads
    python notebooks/margins.py 04 --seeds 10 --threads 2

Each run is a process of its own that executes the code cells of the complete English edition in
order, with every seed shifted by a multiple of 1000 (0 is the lab as it stands). For each line
that a cell prints, the smallest and the largest value of each of its numbers is shown.
"""

import argparse
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from build import editions, sources

GAP = '\0'
NUMBER = re.compile(r'(?<![\w.])[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)')


def shift_seeds(by):
    """Every seed given to torch from now on is larger by this."""
    import torch

    class Shifted(torch.Generator):
        def manual_seed(self, seed):
            super().manual_seed(seed + by)
            return self

    plain = torch.manual_seed
    torch.manual_seed = lambda seed: plain(seed + by)
    torch.Generator = Shifted


def execute(source, shift):
    """[[cell id, what it printed]], and what went wrong, if anything."""
    shift_seeds(1000 * shift)
    printed, space = [], {'__name__': '__main__'}
    for cell in editions(source)['en'].cells:
        if cell.cell_type == 'code':
            out = io.StringIO()
            try:
                with contextlib.redirect_stdout(out):
                    exec(compile(cell.source, cell.id, 'exec'), space)
            except Exception as error:
                return printed, f'{cell.id}: {type(error).__name__}: {error}'
            printed.append([cell.id, out.getvalue()])
    return printed, None


def run(lab, shift, threads):
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(
            [sys.executable, __file__, lab, '--shift', str(shift)], capture_output=True, text=True,
            cwd=folder, env=os.environ | {'OMP_NUM_THREADS': str(threads), 'TQDM_DISABLE': '1'})
    if ended.returncode:
        return [], ended.stderr[-500:]
    return json.loads(ended.stdout.splitlines()[-1])


def ranges(runs):
    """{(cell, its line, words of the line): [values of each number]}."""
    found = defaultdict(list)
    for printed, _ in runs:
        for cell, text in printed:
            for number, line in enumerate(text.splitlines()):
                values = [float(value.replace(',', '')) for value in NUMBER.findall(line)]
                if values:
                    found[cell, number, NUMBER.sub(GAP, line)].append(values)
    return {key: list(zip(*rows, strict=True)) for key, rows in found.items()}


def report(lab, threads, seeds):
    at_once = max(1, (os.cpu_count() or 1) // threads)
    with ThreadPoolExecutor(at_once) as pool:
        runs = list(pool.map(lambda shift: run(lab, shift, threads), range(seeds)))
    print(f'\nlab {lab}, {seeds} seeds, {threads} thread(s)')
    for shift, (_, fault) in enumerate(runs):
        if fault:
            print(f'  SEED {shift} FAILED: {fault}')
    for (cell, _, words), columns in ranges(runs).items():
        shown = [f'{min(column):g}' if min(column) == max(column)
                 else f'[{min(column):g} to {max(column):g}]' for column in columns]
        if any(text.startswith('[') for text in shown):
            for text in shown:
                words = words.replace(GAP, text, 1)
            print(f'  {cell}  {words}', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('lab', metavar='NN')
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--threads', type=int, nargs='+', default=[1, 2])
    parser.add_argument('--shift', type=int, help=argparse.SUPPRESS)  # within a run's own process
    options = parser.parse_args()
    if options.shift is not None:
        print(json.dumps(execute(sources([options.lab])[0], options.shift)))
        return
    for threads in options.threads:
        report(options.lab, threads, options.seeds)


if __name__ == '__main__':
    main()
