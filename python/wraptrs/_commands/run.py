"""``python -m wraptrs run``: start a program for which hooks and patches stand ready.

The interpreter is started anew with variables that have it, and every Python below it, arm what was
asked for while it starts. So the program is the main one in all respects: no frame, module or
argument of this command is in it. Where an interpreter does not read the environment (-I, -E) or
runs no sitecustomize (-S), the program runs in this process instead, and children that are started
in such a way do without.
"""

import os
import sys

from . import program

_DESCRIPTION = """\
Start a program for which hooks and patches stand ready before its first line runs, and so they do
in the Python processes that it starts. What fails of that is told, and the program goes on."""

_EPILOG = """\
examples:
  python -m wraptrs run --hooks my_company.patches app.py --port 8000
  python -m wraptrs run --patch fixes:apply -m pytest tests
  python -m wraptrs run --patch requests=fixes:on_requests -- app.py
  python -m wraptrs run --as-wrapt -m app

WRAPTRS_DISABLE=1 in the environment starts the program without any of this.

The exit status is the program's; 2 where this command line cannot be understood."""


def register(subparsers):
    """Add the parser of the command."""
    from .layout import Layout

    parser = subparsers.add_parser(
        "run",
        help="start a program with hooks and patches in place, in its children too",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=Layout,
    )
    program.add_to(parser)
    add_options(parser)
    parser.set_defaults(execute=lambda options: execute(parser, options))


def add_options(parser):
    """Add what is to be armed; other commands that start a program may have it too."""
    parser.add_argument(
        "--hooks",
        metavar="GROUP",
        action="append",
        default=[],
        type=_group,
        help="have the entry points of a group called when the modules they are named for are "
        "imported; may be repeated",
    )
    parser.add_argument(
        "--patch",
        metavar="[TARGET=]MODULE:FUNCTION",
        action="append",
        default=[],
        type=_patch,
        help="call a function before the program starts or, with the module TARGET, when that is "
        "imported; may be repeated",
    )
    parser.add_argument(
        "--as-wrapt", action="store_true", help="make 'import wrapt' mean wraptrs in the program"
    )


def execute(parser, options):
    """Start the program; its exit status and errors are its own."""
    program.check(parser, options.program, "run")
    return start(options)


def start(options, observe=None):
    """Start the program that the options name, and watch it as the settings ask for."""
    from .. import _arming

    asked = (options.hooks, options.patch, options.as_wrapt, observe)
    environ = _arming.environment(os.environ, *asked)
    if sys.flags.ignore_environment or sys.flags.no_site or not sys.executable:
        os.environ.update(environ)
        program.run_here(options.program, before=_arming.arm)
        return None
    return _start([sys.executable, *_flags(), *options.program], environ)


def _start(command, environ):
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        # There, a process that replaces itself ends for whoever waits for it.
        import subprocess

        return subprocess.call(command, env=environ)
    os.execve(command[0], command, environ)
    return None


def _flags():
    """The options of this interpreter, for the one that runs the program."""
    import subprocess

    flags = subprocess._args_from_interpreter_flags()
    if "dev" in flags and "dev" not in sys._xoptions:  # from the environment, which it gets too
        at = flags.index("dev")
        del flags[at - 1 : at + 1]
    # Of -X, those are only the ones that matter to most children.
    for name, value in sys._xoptions.items():
        option = name if value is True else f"{name}={value}"
        if option not in flags:
            flags += ["-X", option]
    if getattr(sys.stdout, "write_through", False):
        flags.append("-u")
    if sys.flags.inspect:
        flags.append("-i")
    return flags


def _group(text):
    if not text or "," in text:
        raise ValueError
    return text


def _patch(text):
    from .._arming import parse_patch

    parse_patch(text)
    return text


_group.__name__, _patch.__name__ = "group", "patch"  # argparse shows them in its errors
