"""Lines of every package against its limit; run by ``make size``.

    python tests/size.py

Counts all tracked text files, docstrings and blank lines included; not pictures, fonts and data.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES_AND_DATA = '.png', '.npz', '.woff', '.woff2', '.ttf', '.otf'
CORE_FILES = 14
APART = 'tests/cases/', 'tests/benchmarks/', 'tests/helpers/hostile.py'

# {name: (limit in lines, or None; the files)}
PARTS = {
    'core': (1750, lambda path: path.match('nndl/*.py') and path.name != '__main__.py'),
    'runner.py': (220, lambda path: path == Path('nndl/runner.py')),
    'study': (1505, lambda path: path.is_relative_to('nndl/study')),
    'check': (3865, lambda path: path.is_relative_to('nndl/check')),
    'grading': (3585, lambda path: path.is_relative_to('nndl/grading')),
    'lab, widgets, commands': (2170, lambda path: path == Path('nndl/__main__.py') or any(
        path.is_relative_to(f'nndl/{name}') for name in ('lab', 'widgets', 'commands'))),
    'all of nndl': (12865, lambda path: path.is_relative_to('nndl')),
    'tests': (8555, lambda path: path.is_relative_to('tests')
              and not path.as_posix().startswith(APART)),
}


def tracked(root=ROOT):
    """{path from the root: its lines} of all tracked text files."""
    listed = subprocess.run(['git', 'ls-files', '-z'], cwd=root, capture_output=True, check=True)
    paths = [Path(name) for name in listed.stdout.decode().split('\0') if name]
    return {path: len((root / path).read_bytes().splitlines()) for path in paths
            if path.suffix not in PICTURES_AND_DATA and (root / path).is_file()}


def table(lines):
    """(rows for people, names of the parts that are too large)."""
    rows, exceeded = [], []
    for name, (limit, belongs) in PARTS.items():
        found = [n for path, n in lines.items() if belongs(path)]
        too_large = limit is not None and sum(found) > limit
        too_large |= name == 'core' and len(found) > CORE_FILES
        rows.append(f'{name:24s}{sum(found):7d} lines in {len(found):3d} files'
                    + (f', limit {limit}' if limit else '')
                    + (f' and {CORE_FILES} files' if name == 'core' else '')
                    + (' EXCEEDED' if too_large else ''))
        exceeded += [name] if too_large else []
    return rows, exceeded


if __name__ == '__main__':
    shown, too_large = table(tracked())
    print('\n'.join(shown))
    sys.exit(f'too large: {", ".join(too_large)}' if too_large else 0)
