"""python -m nndl doctor"""

from nndl.lab.language import LANGUAGES, set_language

__all__ = ['add_to']


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser('doctor', help='report what is installed and what is missing')
    parser.add_argument('--lang', choices=LANGUAGES, default='en', help='language of the answer')
    parser.set_defaults(command=doctor)


def doctor(options):
    """Report what is installed and what is missing; returns the exit code."""
    from nndl.lab.imports import import_faults

    set_language(options.lang)
    if faults := import_faults(['importlib.metadata']):  # a file random.py in this folder is enough
        print(faults[0])
        return 1
    from nndl.lab.doctor import examine

    return examine()
