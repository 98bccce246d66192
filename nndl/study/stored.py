"""Stored results: data/results/ in a checkout, a copy in an installed package."""

from nndl.sources import bundled_path
from nndl.study.sweep import ResultsError, read_results

__all__ = ['stored_names', 'stored_results']


def stored_results(name):
    """The ``RunResult`` of every run of a stored experiment, for example 'depth'.

    Raises:
        ResultsError: if there is none of that name.
    """
    path = bundled_path('results') / f'{name}.jsonl'
    if not path.exists():
        raise ResultsError(f'no stored results {name!r}: there are {", ".join(stored_names())}')
    return read_results(path)


def stored_names():
    """Names of all stored experiments; data/results/README.md describes them."""
    return sorted(path.stem for path in bundled_path('results').glob('*.jsonl'))
