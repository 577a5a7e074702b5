"""The command line: ``python -m wraptrs``. What it can do is listed in `_commands`."""

import argparse
import os
import sys

from . import __version__, _commands
from ._commands import program

AS_WRAPT = "--as-wrapt"


def _name():
    """What the user called: the script, or the module."""
    started = os.path.basename(sys.argv[0]) if sys.argv else ""
    return "wraptrs" if started.startswith("wraptrs") else "python -m wraptrs"


def _build():
    """The parser of the whole command line, and those of the commands by name."""
    parser = argparse.ArgumentParser(
        prog=_name(),
        description="Wrap and patch running Python code: the command line of wraptrs.",
    )
    parser.add_argument("--version", action="version", version=f"wraptrs {__version__}")
    parser.add_argument(
        AS_WRAPT,
        action="store_true",
        help="run the program that follows (a script, or -m and a module, with its own "
        "arguments) after making 'import wrapt' mean wraptrs",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    _commands.register_all(subparsers)
    return parser, subparsers.choices


def main(argv=None):
    """Do what the command line asks; returns the exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    parser, commands = _build()
    first = arguments[0] if arguments else None
    if first == AS_WRAPT:
        return _run_as_wrapt(parser, arguments[1:])
    command = commands.get(first)
    if command is not None and command.get_default("program") is not None:
        own, followed = program.split(command, arguments[1:])
        options = command.parse_args(own)
        options.program = followed
    elif command is not None and command.get_default("intermixed"):
        options = command.parse_intermixed_args(arguments[1:])
    else:
        options = parser.parse_args(arguments)
    if hasattr(options, "execute"):
        return options.execute(options)
    parser.print_help()
    return 2


def _run_as_wrapt(parser, followed):
    from . import install_as_wrapt

    program.check(parser, followed, AS_WRAPT)
    install_as_wrapt()
    return program.run_here(followed)


if __name__ == "__main__":
    sys.exit(main())
