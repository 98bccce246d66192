"""The versions that the kit is tested with; ``python -m nox`` runs all, ``-s oldest`` one of them.

Each environment takes 6 GB and is deleted when its tests are done.
"""

import shutil

import nox

nox.options.default_venv_backend = 'venv'
QUICK = 'not (labs or browser or cluster or hostile or long)'
EXTRAS = 'labs', 'grading', 'dask', 'dev'


@nox.session(python='3.11')
def oldest(session):
    """The lowest version of every package that pyproject.toml names."""
    session.install('uv')
    lowest = f'{session.create_tmp()}/lowest.txt'
    session.run('uv', 'pip', 'compile', 'pyproject.toml', '--resolution', 'lowest-direct',
                *(f'--extra={extra}' for extra in EXTRAS), '--python-version', session.python,
                '--output-file', lowest, silent=True)
    session.install('-r', lowest)
    session.install('--no-deps', '-e', '.')
    run_tests(session, '-o', 'filterwarnings=default')  # old packages warn on newer ones


@nox.session(python=['3.11', '3.12', '3.13', '3.14'])
def newest(session):
    """The newest version of everything; warnings are errors."""
    session.install('-e', f'.[{",".join(EXTRAS)}]')
    run_tests(session)


@nox.session(python='3.13')
def colab(session):
    """A torch of 2025 and Colab's ipywidgets."""
    session.install('torch==2.6.*', 'torchvision==0.21.*', 'ipywidgets==7.7.1', '-e',
                    f'.[{",".join(EXTRAS)}]')
    run_tests(session, '-o', 'filterwarnings=default')


def run_tests(session, *options):
    """The quick tests, or those that are named behind ``--``; then the environment goes."""
    tests = session.posargs or ['-m', QUICK]
    try:
        session.run('python', '-m', 'pytest', '-q', '-n', '2', '--dist', 'loadfile',
                    '--no-loadscope-reorder', *options, *tests,
                    env={'OMP_NUM_THREADS': '1', 'PYTHONUTF8': '1'})
    finally:
        shutil.rmtree(session.virtualenv.location, ignore_errors=True)
