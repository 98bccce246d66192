"""How long grading takes: isolated, with nbval, and with nbgrader, on the same submissions.

    python tests/benchmarks/grade.py                    # 40 submissions of lab 01
    python tests/benchmarks/grade.py --growth 100 400   # does memory grow with their number?

All get the same cores: each tool's submissions are shared out among as many processes as there are
workers. nbval and nbgrader run the whole notebook in a fresh kernel each; the isolated grader runs
the exercise and what it needs, in children forked from a warm process. nbgrader is left out where
it is not installed (pip install nbgrader).
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests' / 'grading'), str(ROOT / 'tests'), str(ROOT)]

import workshop  # noqa: E402

LAB = workshop.LAB
NBGRADER = 'c = get_config()\nc.CourseDirectory.course_id = "x"\n'


class Memory(threading.Thread):
    """Largest memory in MB of this process's children, what they share counted once."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.ended = 0.0, threading.Event()

    def run(self):
        while not self.ended.wait(0.5):
            total = 0
            for child in psutil.Process().children(recursive=True):
                try:
                    total += child.memory_full_info().pss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total / 1e6)


def honest(number):
    """Submissions as students write them: the lab's solution with names and order of their own."""
    code = workshop.solution('resblock')
    return [code.replace('y = ', f'h{k} = ').replace('(y)', f'(h{k})').replace('y + ', f'h{k} + ')
            for k in range(number)]


def write_submissions(folder, codes):
    for number, code in enumerate(codes):
        notebook = workshop.submission({'resblock': code})
        workshop.write(notebook, folder / f'student{number:03}' / LAB / f'{LAB}.ipynb')


ENVIRONMENT = os.environ | {  # nbgrader looks for alembic on the path
    'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(ROOT), 'TQDM_DISABLE': '1',
    'PATH': f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}'}


def timed(commands):
    """(seconds, peak MB) of commands side by side."""
    memory, start = Memory(), time.perf_counter()
    memory.start()
    running = [subprocess.Popen(command, cwd=cwd, env=ENVIRONMENT, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
               for command, cwd in commands]
    outputs = [process.communicate()[0] for process in running]
    seconds = time.perf_counter() - start
    memory.ended.set()
    memory.join()
    for process, output in zip(running, outputs, strict=True):
        if process.returncode:
            raise SystemExit(f'{process.args} failed:\n{output[-3000:]}')
    return seconds, memory.peak


def this_grader(folder, codes, workers, *options):
    write_submissions(folder / 'submissions', codes)
    done = timed([([sys.executable, '-m', 'nndl', 'grade', folder / 'submissions', '--out',
                    folder / 'out', '--workers', str(workers), *options], folder)])
    for path in (folder / 'out' / 'results').iterdir():
        exercise, = json.loads(path.read_text())['exercises']
        assert exercise['points'] == 4, exercise
    return done


def plain_way(folder, codes, workers):
    return this_grader(folder, codes, workers, '--plain')


def wrong_answers(folder, codes, workers):
    """The same number of answers without the shortcut, for which the fault is named as well."""
    write_submissions(folder / 'submissions', [f'{workshop.WRONG}# {k}' for k in range(len(codes))])
    return timed([([sys.executable, '-m', 'nndl', 'grade', folder / 'submissions', '--out',
                    folder / 'out', '--workers', str(workers)], folder)])


def nbgrader(folder, codes, workers):
    commands = []
    for worker in range(workers):
        course = folder / str(worker)
        workshop.write(workshop.handed_out(), course / 'source' / LAB / f'{LAB}.ipynb')
        (course / 'nbgrader_config.py').write_text(NBGRADER)
        write_submissions(course / 'submitted', codes[worker::workers])
        tool = [sys.executable, '-m', 'nbgrader']
        subprocess.run([*tool, 'generate_assignment', LAB, '--force'], cwd=course, check=True,
                       capture_output=True, env=ENVIRONMENT)
        commands.append(([*tool, 'autograde', LAB], course))
    return timed(commands)


TOOLS = {'this grader, isolated': this_grader, 'the same, wrong answers': wrong_answers,
         'the plain way, nbval': plain_way, 'nbgrader autograde': nbgrader}


def measure(tool, number, workers):
    folder = Path(tempfile.mkdtemp(prefix='nndl-bench-'))
    folder.chmod(0o755)
    try:
        return tool(folder, honest(number), workers)
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--submissions', type=int, default=40)
    parser.add_argument('--workers', type=int, default=os.cpu_count())
    parser.add_argument('--rounds', type=int, default=1)
    parser.add_argument('--growth', type=int, nargs='+', metavar='N', help='only this: peak memory '
                        'of this grader with so many submissions')
    options = parser.parse_args()
    if options.growth:
        for number in options.growth:
            seconds, peak = measure(this_grader, number, options.workers)
            print(f'{number:4d} submissions: {seconds / number:.2f} s each, peak {peak:.0f} MB',
                  flush=True)
        return
    tools = {name: tool for name, tool in TOOLS.items()
             if tool is not nbgrader or importlib.util.find_spec('nbgrader')}
    rounds = {name: [] for name in tools}
    for _ in range(options.rounds):
        for name, tool in tools.items():
            rounds[name].append(measure(tool, options.submissions, options.workers))
    own = statistics.median(seconds for seconds, _ in rounds['this grader, isolated'])
    for name, measured in rounds.items():
        seconds = statistics.median(seconds for seconds, _ in measured)
        ratios = [a / b for (a, _), (b, _) in zip(measured, rounds['this grader, isolated'],
                                                  strict=True)]
        print(f'{name:26s} {seconds:7.1f} s  {seconds / options.submissions:5.2f} s each  '
              f'{seconds / own:5.2f} times ours ({min(ratios):.2f} to {max(ratios):.2f})  '
              f'peak {max(peak for _, peak in measured):5.0f} MB')
    print(f'{options.submissions} submissions of lab {LAB}, {options.workers} processes, '
          f'n = {options.rounds}')


if __name__ == '__main__':
    main()
