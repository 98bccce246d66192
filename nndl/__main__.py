"""python -m nndl ablation | doctor | grade | gradebook | hand-in | release | start"""

import argparse
import os
import sys
from contextlib import suppress

from nndl.commands import ablation, doctor, grade, gradebook, hand_in, release, start

COMMANDS = start, doctor, ablation, hand_in, release, grade, gradebook


def main(arguments=None):
    """Run the command that is named; returns the exit code."""
    parser = argparse.ArgumentParser(prog='python -m nndl', description='The NNDL ResNet lab kit.')
    commands = parser.add_subparsers(required=True, metavar='command')
    for command in COMMANDS:
        command.add_to(commands)
    for stream in sys.stdout, sys.stderr:
        with suppress(AttributeError):  # not of a notebook or a test
            stream.reconfigure(errors='replace')  # a file in GBK has no place for every character
    options = parser.parse_args(arguments)
    if not sys.stderr.isatty():
        os.environ.setdefault('TQDM_DISABLE', '1')  # no bars in a file; tqdm is imported later
    try:
        return options.command(options)
    except KeyboardInterrupt:
        print(f'python -m nndl: interrupted{getattr(options, "kept", "")}', file=sys.stderr)
        return 130


if __name__ == '__main__':
    sys.exit(main())
