"""What `list`, `stat` and `trace` have in common: a program started as by `run`, and watched."""

import os

from . import program, run

STATUS = "The exit status is the program's; 2 where this command line cannot be understood."

PATTERNS = """\
A pattern is MODULE:NAME, with * for any part of a name: json:dumps is one function,
'http.client:HTTPConnection.*' the methods of a class, 'json:*' the functions of a module,
'package.*:*' those of all its modules. They are watched from the import of the module on;
the program's own script has no name to be found by.
"""


def add_program(parser, settings_for):
    """Make a parser one of a program that is watched, by the settings that the options mean."""
    from .layout import Layout

    parser.formatter_class = Layout
    program.add_to(parser)
    run.add_options(parser)
    parser.set_defaults(execute=lambda options: _start(parser, options, settings_for))


def add_output(parser, what):
    """Where to, and of which processes."""
    parser.add_argument(
        "-o", "--output", metavar="FILE", help=f"write {what} to a file, not to standard error"
    )
    parser.add_argument(
        "--children",
        action="store_true",
        help="also watch the Python processes that the program starts, each for itself",
    )


def add_signal(parser, what):
    """At which signal, other than at the end."""
    parser.add_argument(
        "--signal",
        metavar="NAME",
        type=_signal,
        help=f"write {what} also when the program gets this signal, such as USR1; by TERM it ends "
        "then as it would without",
    )


def add_patterns(parser, verb):
    """Which functions, and how."""
    parser.add_argument(
        "-p",
        "--pattern",
        dest="patterns",
        metavar="PATTERN",
        action="append",
        default=[],
        type=_pattern,
        help=f"{verb} these functions; may be repeated",
    )
    parser.add_argument(
        "--in-place",
        action="store_true",
        help="change the function objects, for callers that hold them already",
    )
    parser.add_argument(
        "--width",
        metavar="COLUMNS",
        type=_columns,
        default=None,
        help="how wide lines may be, 0 for no limit; that of the terminal, or 80",
    )


def width_of(options):
    """The width that was asked for, or that of the terminal."""
    if options.width is not None:
        return options.width
    try:
        return 80 if options.output else os.get_terminal_size(2).columns or 80
    except OSError:
        return 80


def _start(parser, options, settings_for):
    from .._observing import Settings

    program.check(parser, options.program, parser.prog.rpartition(" ")[2])
    if not getattr(options, "patterns", True):
        parser.error("at least one pattern is needed: -p MODULE:NAME")
    given = settings_for(options)
    for name in ("output", "json"):
        if isinstance(given.get(name), str) and given[name]:
            given[name] = _begun(parser, given[name])
    if getattr(options, "in_place", False):
        given["in_place"] = "1"
    settings = Settings(pid=os.getpid(), children="1" if options.children else "", **given)
    try:
        observe = settings.encode()
    except ValueError as error:
        parser.error(str(error))
    return run.start(options, observe)


def _begun(parser, path):
    """The full path of a file that is empty now; a folder of the program's is another one."""
    try:
        with open(path, "w"):
            return os.path.abspath(path)
    except OSError as error:
        parser.error(f"cannot write to {path}: {error.strerror}")


def _pattern(text):
    from argparse import ArgumentTypeError

    from .._patch import module_target

    try:
        module, _, path = module_target(text)
        if "" in (*module.split("."), *path.split(".")) or ":" in path:
            raise ValueError
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not of the form MODULE:NAME") from None
    if module == "__main__":
        raise ArgumentTypeError("the functions of the program's own script cannot be watched")
    return f"{module}:{path}"


def _signal(text):
    from argparse import ArgumentTypeError
    from signal import Signals

    name = text.upper()
    name = name if name.startswith("SIG") else f"SIG{name}"
    if name in ("SIGKILL", "SIGSTOP") or name not in Signals.__members__:
        raise ArgumentTypeError(f"{text!r} is no signal that a program can get and go on")
    return int(Signals[name])


def _columns(text):
    from argparse import ArgumentTypeError

    if not text.isdecimal() or 0 < int(text) < 40:
        raise ArgumentTypeError(f"{text!r} is neither 0 nor a width of at least 40 columns")
    return int(text)
