"""The subcommands of ``python -m wraptrs``, one module each, in the order of the help.

The module of a command has one function, ``register(subparsers)``. It adds the command's parser and
sets that parser's default ``execute`` to a function that takes the parsed options and returns the
exit status (None is 0)::

    def register(subparsers):
        parser = subparsers.add_parser("list", help="show what is patched")
        parser.add_argument("--owner")
        parser.set_defaults(execute=execute)

A command that is followed by a program to run calls `program.add_to(parser)` and finds the
program's part of the command line, uncut, in ``options.program``. One that sets the default
``intermixed`` may have options between its positional arguments. All modules are imported for the
help, so each imports what it needs inside its functions.
"""

NAMES = ("run", "list", "stat", "trace", "attach", "doctor")


def register_all(subparsers):
    """Have each command add its parser."""
    for name in NAMES:
        __import__(f"{__name__}.{name}", fromlist=("*",)).register(subparsers)
