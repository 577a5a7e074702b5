"""``python -m wraptrs run``: start a program for which hooks and patches stand ready."""

from . import program


def register(subparsers):
    """Add the parser of the command."""
    parser = subparsers.add_parser(
        "run", help="start a program with hooks and patches in place, in its children too"
    )
    program.add_to(parser)
    parser.add_argument(
        "--as-wrapt", action="store_true", help="make 'import wrapt' mean wraptrs in the program"
    )
    parser.set_defaults(execute=lambda options: execute(parser, options))


def execute(parser, options):
    """Start the program; its exit status and errors are its own."""
    program.check(parser, options.program, "run")
    if options.as_wrapt:
        from .. import install_as_wrapt

        install_as_wrapt()
    return program.run_here(options.program)
