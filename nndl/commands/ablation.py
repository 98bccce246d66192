"""python -m nndl ablation"""

import shlex
import sys
from dataclasses import replace
from pathlib import Path

from nndl.commands.arguments import Help, count, path, rate

__all__ = ['add_to']

END = """Plain and residual network began with the same tensors and saw the same batches (checked).
{runs} runs in {out}{kept}; these tables and figures beside them{models}.
Open the labs with: make lab"""
KEPT = ' ({n} of them were there already: remove the file to run them anew)'


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser(
        'ablation', help='train ResNet18 with and without the residual connection',
        formatter_class=Help)
    _add_settings(parser.add_argument_group('what is compared'))
    _add_means(parser.add_argument_group('how it is run'))
    parser.set_defaults(command=ablation, kept='; finished runs are kept, and the same command '
                        'runs the others')


def _add_settings(parser):
    parser.add_argument('--seeds', type=count, metavar='N', help='pairs of each setting, seeds 0 '
                        'to N-1; a seed draws initial tensors, batches and (not of the full MNIST) '
                        'the digits; by default 1, with --tune 5')
    parser.add_argument('--depth', type=int, choices=(18, 34, 66), nargs='+', default=[18],
                        help='weighted layers')
    parser.add_argument('--lr', type=rate, nargs='+', metavar='LR', help='learning rates, each '
                        'for both arms; by default 0.01, with --tune seven from 0.0003 to 0.3')
    parser.add_argument('--tune', action='store_true', help='find the best learning rate of each '
                        'arm on other seeds, then train the pairs at these rates')
    parser.add_argument('--epochs', type=count, default=5)
    parser.add_argument('--train-size', type=count, default=1000, help='training digits')
    parser.add_argument('--dev-size', type=count,
                        help='digits to choose by; by default 200, with --tune 1000')
    parser.add_argument('--test-size', type=count,
                        help='held-out digits; by default all that are left, at least 1000')
    parser.add_argument('--batch-size', type=count, default=64)
    parser.add_argument('--source', default='bundled', choices=('bundled', 'full'),
                        help="full: all of MNIST")


def _add_means(parser):
    parser.add_argument('--device', default='auto', help='a name that torch knows, such as cuda:1')
    parser.add_argument('--jobs', type=count, default=1,
                        help='runs side by side; the cores are shared among them')
    parser.add_argument('--dask', metavar='ADDRESS',
                        help='scheduler of a Dask cluster, for example tcp://10.0.0.1:8786')
    parser.add_argument('--out', type=path, default=Path('outputs'), help='folder for the results')


def ablation(options):
    """The main job; returns the exit code."""
    from nndl.files import CheckpointError
    from nndl.study.sweep import WorkerKilled

    try:
        options.out.mkdir(parents=True, exist_ok=True)
        print(_report(options))
    except (ValueError, WorkerKilled, CheckpointError, OSError) as error:
        print(f'nndl ablation: {error}', file=sys.stderr)
        return 1
    return 0


def _report(options):
    """Run what is asked for, write the results; the text that is printed."""
    from nndl.files import write_whole
    from nndl.study import report
    from nndl.study.pairs import compare

    rates, tuned = _tune(options) if options.tune else (None, [])
    results, end = _run(options, _configs(options, rates), 'runs.jsonl')
    comparisons = compare(results, rates)
    report.write_figures(results, comparisons, options.out)
    text = '\n\n'.join([*tuned, report.table(report.run_rows(results)),
                        report.table(report.pair_rows(comparisons)),
                        report.notes(results, comparisons, options.tune), end])
    content = shlex.join(['python', '-m', 'nndl', *sys.argv[1:]]) + f'\n\n{text}\n'
    write_whole(options.out / 'report.txt', lambda file: file.write(content.encode()))
    return text


def _tune(options):
    """({(arm, depth): its best rate}, paragraphs that say how it was found)."""
    from nndl.study import design, report, tuning

    runs = [run for config in _settings(options)
            for run in design.tuning_runs(config, options.lr or design.RATES)]
    scores = tuning.dev_scores(_run(options, runs, 'tuning.jsonl')[0])
    return tuning.best_rates(scores), [report.table(report.rate_rows(scores)),
                                       *tuning.edge_notes(scores)]


def _run(options, configs, name):
    """The results of a sweep, and the lines that say where they are."""
    from nndl.study.sweep import read_results, sweep

    path = options.out / name
    before = read_results(path) if path.exists() else []
    results = sweep(configs, path, jobs=options.jobs, dask=options.dask, device=options.device,
                    models=_models(options))
    n_kept = sum(result in before for result in results)
    return results, END.format(
        runs=len(results), out=path, kept=KEPT.format(n=n_kept) * bool(n_kept),
        models=', the best models in models/' if _models(options) else '')


def _models(options):
    """Folder for the best models (45 MB and more each); None for a sweep over many settings."""
    if options.dask or options.tune or len(options.depth) * len(options.lr or [0.01]) > 1:
        return None
    return options.out / 'models'


def _settings(options):
    """The residual network of each depth, with seed 0."""
    from nndl.resnet import NUM_BLOCKS
    from nndl.study.config import RunConfig

    n_dev = options.dev_size or (1000 if options.tune else 200)
    left = 10_000 if options.source == 'full' else max(1000, 5000 - options.train_size - n_dev)
    config = RunConfig('residual', batch_size=options.batch_size, epochs=options.epochs,
                       n_train=options.train_size, n_dev=n_dev,
                       n_test=options.test_size or left, source=options.source)
    return [replace(config, num_blocks=NUM_BLOCKS[depth]) for depth in options.depth]


def _configs(options, rates):
    """Both arms of every setting and, without --tune, LeNet-5, for every seed."""
    from nndl.study.design import lenet_runs, paired_runs

    settings, seeds = _settings(options), range(options.seeds or (5 if options.tune else 1))
    one_rate = [{(arm, config.depth): lr for arm in ('plain', 'residual') for config in settings}
                for lr in options.lr or [0.01]]
    return [run for config in settings for each in ([rates] if rates else one_rate)
            for run in paired_runs(config, each, seeds)
            ] + ([] if rates else lenet_runs(settings[0], seeds))
