"""The command line: ``python -m wraptrs``. Each thing it does is one class below, in COMMANDS."""

import argparse
import sys

from . import __version__, install_as_wrapt


class AsWrapt:
    """``--as-wrapt``: run a program for which ``import wrapt`` gives wraptrs."""

    @staticmethod
    def add_to(parser):
        """Add what this command reads from the command line."""
        parser.add_argument(
            "--as-wrapt",
            nargs=argparse.REMAINDER,
            metavar="PROGRAM",
            help="run PROGRAM (a script, or -m and a module) with its arguments, after making "
            "'import wrapt' mean wraptrs",
        )

    @staticmethod
    def asked(options):
        """Whether the command line asks for this command."""
        return options.as_wrapt is not None

    @staticmethod
    def run(parser, options):
        """Run the program as ``__main__``; its exit status and errors are its own."""
        program, *arguments = options.as_wrapt or [None]
        as_module = program == "-m"
        if as_module:
            program, *arguments = arguments or [None]
        if not program:
            parser.error("--as-wrapt needs a script, or -m and a module")
        install_as_wrapt()
        sys.argv = [program, *arguments]
        if as_module:
            _run_module(program)
        else:
            _run_script(program)


COMMANDS = (AsWrapt,)


def _run_module(name):
    import runpy

    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _run_script(path):
    import os
    import runpy

    # As for "python script.py": modules beside the script come first, unless -P forbids it. The
    # first entry is the working directory, put there for "python -m".
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    runpy.run_path(path, run_name="__main__")


def main(argv=None):
    """Do what the command line asks; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m wraptrs",
        description="Wrap and patch running Python code: the command line of wraptrs.",
    )
    parser.add_argument("--version", action="version", version=f"wraptrs {__version__}")
    for command in COMMANDS:
        command.add_to(parser)
    options = parser.parse_args(argv)
    for command in COMMANDS:
        if command.asked(options):
            return command.run(parser, options)
    parser.print_help()
    return 2


if __name__ == "__main__":
    sys.exit(main())
