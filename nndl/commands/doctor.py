"""python -m nndl doctor"""

__all__ = ['add_to']


def add_to(commands):
    """Add the command to the parser."""
    parser = commands.add_parser('doctor', help='say what is there and what is missing')
    parser.set_defaults(command=doctor)


def doctor(options):
    """Say what is there and what is missing; returns the exit code."""
    from nndl.doctor import examine

    return examine()
