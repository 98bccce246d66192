"""Many runs, on the cores of this machine or on a Dask cluster; a killed sweep resumes.

Every result is written to a file as it comes, one JSON object a line, keyed by its configuration.
"""

import json
import os
import tempfile
import threading
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import torch
from tqdm.auto import tqdm

from nndl.explain import check_whole
from nndl.files import write_whole
from nndl.lab.threads import allowed_threads, choose_threads
from nndl.study.cluster import cluster, refuse_threaded_worker, without_interrupts
from nndl.study.config import RunConfig
from nndl.study.run import RunResult, code_digest, run

__all__ = ['ResultsError', 'WorkerKilled', 'read_results', 'sweep']


class ResultsError(ValueError):
    """A file of results cannot be used."""


class WorkerKilled(RuntimeError):
    """A process that runs a part of a sweep was killed."""


def sweep(configs, path, *, jobs=1, dask=None, device='auto', models=None):
    """Run every configuration that is not in the file yet.

    Args:
        configs: ``RunConfig`` of the runs; doubles are run once.
        path: file of the results (JSON lines). Those that are there already, made by this same
            code, are not run again; the others of its runs stay in it.
        jobs: processes side by side. Each gets its share of the cores: two runs on one thread
            each are quicker than one after the other on two. 1: in this process, whose number
            of threads ``choose_threads`` sets.
        dask: address of a Dask scheduler; the runs then go to its workers.
        device: as in ``RunnerV3``.
        models: folder for the best model of each run; None: they are not kept.

    Returns:
        A ``RunResult`` for each configuration, in their order.

    Raises:
        ValueError: if ``jobs`` is not a positive whole number.
        ResultsError: if the file cannot be read.
        WorkerKilled: if the system killed a process; the results until then are in the file.
    """
    check_whole('jobs', jobs, least=1, of='processes')
    configs = list(dict.fromkeys(configs))
    results = _results_by_config(path)
    left = [config for config in configs if config not in results
            or results[config].versions['code'] != code_digest()]
    with tqdm(desc='ablation', total=len(configs), initial=len(configs) - len(left), unit='run',
              leave=False) as bar:
        left.sort(key=lambda c: c.depth * c.n_train * c.epochs, reverse=True)  # longest first
        try:
            for result in _run_all(left, jobs, dask, device, models):
                _check_code(result)
                results[result.config] = result
                _write(results, configs, path)
                bar.update()
        except BrokenProcessPool as error:
            raise WorkerKilled(f'a process was killed, probably because memory ran out: {bar.n} of '
                               f'{len(configs)} runs are kept in {path}, and the same call runs '
                               'the others; use fewer jobs') from error
    return [results[config] for config in configs]


def read_results(path):
    """The ``RunResult`` of every line of a file that ``sweep`` wrote.

    Raises:
        ResultsError: naming the line that is damaged or was written by another version.
    """
    results = []
    for number, line in enumerate(Path(path).read_text(encoding='utf-8').splitlines(), 1):
        try:
            content = json.loads(line)
            key, config = content.pop('key'), content.pop('config')
            config = RunConfig(**{**config, 'num_blocks': tuple(config['num_blocks'])})
            result = RunResult(config=config, **content)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ResultsError(f'{path}, line {number} is not a result of this version of the '
                               f'kit ({error}): move the file away, or fix the line') from error
        if key != config.key:
            raise ResultsError(f'{path}, line {number}: the settings were altered after the run '
                               f'(their digest is {config.key}, not {key})')
        results.append(result)
    return results


def _results_by_config(path):
    return {r.config: r for r in read_results(path)} if Path(path).exists() else {}


def _check_code(result):
    if result.versions['code'] != code_digest():
        raise ResultsError(f'{result.config.name} was run by other code than this (digest '
                           f'{result.versions["code"]}, here {code_digest()}): install the same '
                           'version of the kit on every worker')


def _write(results, configs, path):
    """All results, those of the sweep first and in its order."""
    order = dict.fromkeys([*(c for c in configs if c in results), *results])
    lines = [json.dumps({'key': c.key, **asdict(results[c])}, allow_nan=False) for c in order]
    write_whole(path, lambda file: file.write(('\n'.join(lines) + '\n').encode()))


def _run_all(configs, jobs, dask, device, models):
    """Results as they come, in any order."""
    from joblib import Parallel, delayed

    if not dask and jobs == 1:
        choose_threads()
        for config in configs:  # in this process: its own progress bars can be seen
            yield _run_one(config, None, device, models)
        return
    threads = None if dask else max(1, allowed_threads() // jobs)
    os.environ['TQDM_DISABLE'] = '1'  # in the processes started now: the one bar is the sweep's
    with cluster(dask):
        # Dask has as many workers as it has: all runs are handed over at once.
        parallel = Parallel(len(configs) if dask else jobs, return_as='generator_unordered',
                            pre_dispatch='all', batch_size=1)
        with without_interrupts():
            results = parallel(delayed(_run_one)(config, threads, device, models)
                               for config in configs)
        yield from results


def _run_one(config, threads, device, models):
    refuse_threaded_worker()
    if threads is not None:
        torch.set_num_threads(threads)
        tqdm.set_lock(threading.RLock())  # killed, it would leave a shared one behind
    with nullcontext(models) if models else tempfile.TemporaryDirectory() as folder:
        return run(config, folder, device=device)
