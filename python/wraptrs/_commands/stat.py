"""``python -m wraptrs stat``: how often functions of a program are called, and for how long."""

from . import watching

_DESCRIPTION = """\
Start a program, count and time the calls of some of its functions, and show a table when it ends,
also by an exception, sys.exit or Ctrl-C. Nothing is shown of a program that is killed, unless
--signal TERM asks for it."""

_EPILOG = f"""\
{watching.PATTERNS}
examples:
  python -m wraptrs stat -p json:loads -p json:dumps -m json.tool data.json
  python -m wraptrs stat -p 'http.client:*' --sort p99 client.py
  python -m wraptrs stat -p 'app.*:*' --json --output calls.json -m app

{watching.STATUS}"""

_COLUMNS = ("name", "calls", "errors", "total", "self", "mean", "p50", "p99")


def register(subparsers):
    """Add the parser of the command."""
    parser = subparsers.add_parser(
        "stat",
        help="start a program, and count and time the calls of functions",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    watching.add_patterns(parser, "count and time")
    parser.add_argument(
        "--sort",
        metavar="COLUMN",
        choices=_COLUMNS,
        default="total",
        help=f"the column to sort by: {', '.join(_COLUMNS)} (default: total)",
    )
    parser.add_argument(
        "--json", action="store_true", help="write one line of JSON instead of a table"
    )
    watching.add_output(parser, "the table")
    watching.add_signal(parser, "the table")
    watching.add_program(parser, _settings)


def _settings(options):
    return {
        "command": "stat",
        "json": options.json or "",
        "output": options.output or "",
        "patterns": options.patterns,
        "signal": options.signal or "",
        "sort": "own" if options.sort == "self" else options.sort,
        "width": watching.width_of(options),
    }
