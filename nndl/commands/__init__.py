"""python -m nndl: one file a command, each with ``add_to(commands)``.

What a command needs is imported when it runs, so that the others work where that is missing.
"""
