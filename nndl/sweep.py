"""Many runs, on all cores of this machine or on a Dask cluster; a killed sweep goes on.

Every result is written to a file as it comes, one JSON object a line, keyed by its configuration.
"""

import json
import os
import tempfile
from contextlib import nullcontext
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import torch

from nndl.ablation import RunConfig, RunResult, load_digits, run, run_digest
from nndl.arguments import check_whole
from nndl.cluster import cluster, refuse_threaded_worker
from nndl.files import write_whole
from nndl.machine import keep_freed_memory
from nndl.progress import progress_bar

__all__ = ['ResultsError', 'kept_results', 'read_results', 'sweep']


class ResultsError(ValueError):
    """A file of results cannot be used."""


def sweep(configs, path, *, jobs=1, dask=None, device='auto', models=None, again=False):
    """Run every configuration that is not in the file yet.

    Args:
        configs: ``RunConfig`` of the runs; doubles are run once.
        path: file of the results (JSON lines). Those that are there already, made by this same
            code, are not run again; the others of its runs stay in it.
        jobs: processes side by side. Each gets its share of the cores: two runs on one thread
            each are quicker than one after the other on two.
        dask: address of a Dask scheduler; the runs then go to its workers.
        device: as in ``RunnerV3``.
        models: folder for the best model of each run; None: they are not kept.
        again: run anew what is there already; each result stays until its successor is there.

    Returns:
        A ``RunResult`` for each configuration, in their order.

    Raises:
        ValueError: if ``jobs`` is not a positive whole number.
        ResultsError: if the file cannot be read.
    """
    check_whole('jobs', jobs, least=1, of='processes')
    configs = list(dict.fromkeys(configs))
    results = _results_by_config(path)
    kept = {} if again else _made_by_this_code(results)
    left = [config for config in configs if config not in kept]
    with progress_bar(len(configs), 'ablation', 'run', done=len(configs) - len(left)) as bar:
        for result in _run_all(_longest_first(left), jobs, dask, device, models):
            _check_code(result)
            results[result.config] = result
            _write(results, configs, path)
            bar.update()
    return [results[config] for config in configs]


def kept_results(configs, path):
    """{configuration: result} of those that are in the file, made by this same code."""
    kept = _made_by_this_code(_results_by_config(path))
    return {config: kept[config] for config in configs if config in kept}


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


def _made_by_this_code(results):
    return {config: r for config, r in results.items() if r.versions['code'] == run_digest()}


def _check_code(result):
    if result.versions['code'] != run_digest():
        raise ResultsError(f'{result.config.name} was run by other code than this (digest '
                           f'{result.versions["code"]}, here {run_digest()}): install the same '
                           'version of the kit on every worker')


def _write(results, configs, path):
    """All results, those of the sweep first and in its order."""
    order = dict.fromkeys([*(c for c in configs if c in results), *results])
    lines = [json.dumps({'key': c.key, **asdict(results[c])}, allow_nan=False) for c in order]
    write_whole(path, lambda file: file.write(('\n'.join(lines) + '\n').encode()))


def _longest_first(configs):
    """So that no core waits at the end for one that began a long run last."""
    return sorted(configs, key=lambda c: c.depth * c.n_train * c.epochs, reverse=True)


def _run_all(configs, jobs, dask, device, models):
    """Results as they come, in any order."""
    from joblib import Parallel, cpu_count, delayed

    if not dask and jobs == 1:
        for config in configs:  # in this process: its own progress bars can be seen
            yield _run_one(config, None, device, models)
        return
    threads = None if dask else max(1, cpu_count() // jobs)
    with cluster(dask):
        # Dask has as many workers as it has: all runs are handed over at once.
        parallel = Parallel(len(configs) if dask else jobs, return_as='generator_unordered',
                            pre_dispatch='all', batch_size=1)
        yield from parallel(delayed(_run_apart)(config, threads, device, models)
                            for config in configs)


def _run_apart(config, threads, device, models):
    """One run in a process of its own."""
    os.environ['NNDL_PROGRESS'] = '0'  # the one bar is the sweep's
    refuse_threaded_worker()
    keep_freed_memory()
    return _run_one(config, threads, device, models)


def _run_one(config, threads, device, models):
    if threads is not None:
        torch.set_num_threads(threads)
    with nullcontext(models) if models else tempfile.TemporaryDirectory() as folder:
        return run(config, folder, digits=_digits_of(config), device=device)


def _digits_of(config):
    return _digits(config.n_train, config.n_dev, config.n_test, config.source, config.image_size)


@lru_cache(maxsize=1)
def _digits(*settings):
    names = 'n_train', 'n_dev', 'n_test', 'source', 'image_size'
    return load_digits(RunConfig('residual', **dict(zip(names, settings, strict=True))))
