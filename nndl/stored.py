"""The results that come with the kit: data/results/ in a checkout, a copy in a package."""

from nndl.bundled import RESULTS, bundled_path
from nndl.sweep import ResultsError, read_results

__all__ = ['stored_names', 'stored_path', 'stored_results']


def stored_results(name):
    """The ``RunResult`` of every run of a stored experiment, LeNet-5 among them.

    Args:
        name: of the experiment, for example 'depth'; data/results/README.md lists them.

    Raises:
        ResultsError: if there is none of that name.
    """
    path = stored_path(f'{name}.jsonl')
    if not path.exists():
        raise ResultsError(f'no stored results {name!r}: there are {", ".join(stored_names())}')
    return read_results(path)


def stored_names():
    """Names of all stored experiments."""
    return sorted(path.stem for path in bundled_path(RESULTS).glob('*.jsonl'))


def stored_path(name):
    """Path of a stored file."""
    return bundled_path(RESULTS) / name
