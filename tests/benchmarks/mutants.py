"""Which changes of the core's code its tests notice: a sample of mutants by cosmic-ray.

    python tests/benchmarks/mutants.py [NAME ...]    prints the mutants that survive
"""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# {module: the tests that are run on its mutants}
TESTS = {'count': 'test_count', 'data': 'test_data test_refused', 'device': 'test_runner',
         'fast': 'test_fast test_refused', 'explain': 'test_explain test_runner test_refused',
         'files': 'test_files test_runner test_refused', 'lenet': 'test_lenet test_refused',
         'metric': 'test_metric test_refused', 'plot': 'test_plot study/test_plot_pairs',
         'resnet': 'test_resnet test_refused',
         'runner': 'test_runner test_explain test_files test_refused',
         'sources': 'test_sources test_refused', 'weights': 'test_weights test_refused'}
A_MODULE = 8  # mutants
# Lines of which no change can be seen, or only the look of a figure.
EQUIVALENT = {
    # images and labels are equally many
    'data': ['strict='],
    # staticmethod taken away: autograd.Function calls them by the class
    'fast': ['def forward(ctx', '@torch.autograd.function.once_differentiable'],
    'plot': ['new_figure((', 'fontsize=', 'set_xlim'],
    'metric': ['if outputs.shape[1] == 1:'],  # no output at all: an error either way
    'files': ['part.unlink(missing_ok=True)'],  # nobody else removes a file of this process's name
}


def mutants(module, n, seed=0):
    """[(line number, the line before, the line after, source)], at most one a line and kind."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    path = ROOT / 'nndl' / f'{module}.py'
    source, tree, places = path.read_text(encoding='utf-8'), get_ast_from_path(path), {}
    for name in operator_names():
        if 'Variable' in name or name.endswith(('_BitOr', '_BitAnd', '_BitXor', 'Shift', '_Is',
                                                '_IsNot')):
            continue  # rare slips, or ones that need arguments
        operator = get_operator(name)()
        positions = [start for node in ast_nodes(tree)
                     for start, _ in operator.mutation_positions(node)]
        for occurrence, (line, _) in enumerate(positions):
            places.setdefault((line, name.partition('_')[0]), []).append((name, occurrence))
    chosen, found = random.Random(seed), []
    for line, kind in chosen.sample(sorted(places), len(places)):
        name, occurrence = chosen.choice(places[line, kind])
        mutated = mutate_code(path.read_bytes(), get_operator(name)(), occurrence)
        mutated = mutated.decode() if isinstance(mutated, bytes) else mutated
        changed = [(k, a, b) for k, (a, b) in enumerate(zip(
            source.splitlines(), mutated.splitlines(), strict=False), 1) if a != b]
        shown = ''.join(changed[0][1:]) if changed else ''
        if changed and not any(part in shown for part in EQUIVALENT.get(module, ())):
            found.append((*changed[0], mutated))
        if len(found) == n:
            break
    return found


def survivors(module, work, n=A_MODULE):
    """(lines of the mutants that no test noticed, number of mutants)."""
    for part in ('nndl', 'tests', 'data', 'notebooks', 'pyproject.toml'):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        if not (work / part).exists():
            copy(ROOT / part, work / part)
    path, survived, tried = work / 'nndl' / f'{module}.py', [], mutants(module, n)
    original = path.read_text(encoding='utf-8')
    for number, before, after, source in tried:
        path.write_text(source, encoding='utf-8')
        if is_green(module, work):
            survived.append(f'{module}.py:{number}: {before.strip()}  ->  {after.strip()}')
    path.write_text(original, encoding='utf-8')
    return survived, len(tried)


def is_green(module, work):
    tests = [f'tests/{name}.py' for name in TESTS[module].split()]
    try:
        done = subprocess.run(
            [sys.executable, '-m', 'pytest', '-x', '-q', '-p', 'no:cacheprovider', *tests],
            cwd=work, capture_output=True, timeout=300, check=False,
            env={'NNDL_MNIST_GZ': str(ROOT.parent / 'shared' / 'mnist'), **os.environ,
                 'OMP_NUM_THREADS': '1'})
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == '__main__':
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or TESTS:
            lines, tried = survivors(name, Path(folder))
            print(f'{name}: {tried - len(lines)} of {tried} noticed', *lines, sep='\n  ')
