"""``python -m wraptrs list``: what a program has patched, when it ends or gets a signal."""

from . import watching

_DESCRIPTION = """\
Start a program and show its patches and import hooks when it ends: after its threads, before its
exit functions, which may take patches back. Nothing is shown of a program that is killed, unless
--signal TERM asks for it."""

_EPILOG = f"""\
examples:
  python -m wraptrs list app.py --port 8000
  python -m wraptrs list --json --output patches.json -m pytest tests
  python -m wraptrs list --signal USR1 server.py     (then: kill -USR1 PID)

{watching.STATUS}"""


def register(subparsers):
    """Add the parser of the command."""
    parser = subparsers.add_parser(
        "list",
        help="start a program, and show its patches and hooks when it ends",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--json", action="store_true", help="write one line of JSON instead of a table"
    )
    watching.add_output(parser, "the list")
    watching.add_signal(parser, "the list")
    watching.add_program(parser, _settings)


def _settings(options):
    return {
        "command": "list",
        "json": options.json or "",
        "output": options.output or "",
        "signal": options.signal or "",
    }
