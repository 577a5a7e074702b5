"""The command line: ``python -m wraptrs``. Each thing it does is one class below, in COMMANDS."""

import argparse
import sys

from . import __version__, install_as_wrapt


class AsWrapt:
    """``--as-wrapt``: run a program for which ``import wrapt`` gives wraptrs."""

    flag = "--as-wrapt"
    takes_program = True  # all that follows the flag on the command line is the program's

    @classmethod
    def add_to(cls, parser):
        """Add what this command reads from its part of the command line."""
        parser.add_argument(
            cls.flag,
            action="store_true",
            help="run the program that follows (a script, or -m and a module, with its own "
            "arguments) after making 'import wrapt' mean wraptrs",
        )

    @staticmethod
    def asked(options):
        """Whether the command line asks for this command."""
        return options.as_wrapt

    @classmethod
    def run(cls, parser, options, program):
        """Run the program as ``__main__``; its exit status and errors are its own."""
        as_module = program[:1] == ["-m"]
        if as_module:
            program = program[1:]
        if not program:
            parser.error(f"{cls.flag} needs a script, or -m and a module")
        install_as_wrapt()
        sys.argv = program
        if as_module:
            _run_module(program[0])
        else:
            _run_script(program[0])


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


def _split(arguments):
    """The arguments for this command line, and those of the program that it is to run."""
    flags = {command.flag for command in COMMANDS if command.takes_program}
    for index, argument in enumerate(arguments):
        if argument in flags:
            return arguments[: index + 1], arguments[index + 1 :]
    return arguments, []


def main(argv=None):
    """Do what the command line asks; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m wraptrs",
        description="Wrap and patch running Python code: the command line of wraptrs.",
    )
    parser.add_argument("--version", action="version", version=f"wraptrs {__version__}")
    for command in COMMANDS:
        command.add_to(parser)
    # Cut by hand: argparse takes "--" out of what it is told to leave alone.
    own, program = _split(sys.argv[1:] if argv is None else list(argv))
    options = parser.parse_args(own)
    for command in COMMANDS:
        if command.asked(options):
            return command.run(parser, options, program)
    parser.print_help()
    return 2


if __name__ == "__main__":
    sys.exit(main())
