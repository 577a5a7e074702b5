"""``python -m wraptrs trace``: the calls of some functions as a tree, while the program runs."""

from . import watching

_DESCRIPTION = """\
Start a program and show the calls of some of its functions while it runs, as a tree: arguments,
results or exceptions, and how long each took. Values that belong to names such as "password" or
"token" are not shown."""

_EPILOG = f"""\
{watching.PATTERNS}
examples:
  python -m wraptrs trace -p 'json.*:*' -m json.tool data.json
  python -m wraptrs trace -p 'http.client:*' --redact body client.py
  python -m wraptrs trace -p 'app.*:*' --json calls.jsonl -m app

{watching.STATUS}"""


def register(subparsers):
    """Add the parser of the command."""
    parser = subparsers.add_parser(
        "trace",
        help="start a program, and show the calls of functions while it runs",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    watching.add_patterns(parser, "trace")
    parser.add_argument(
        "--json", metavar="FILE", help="write each event as a line of JSON to a file; no tree"
    )
    parser.add_argument(
        "--redact",
        metavar="NAME",
        action="append",
        default=[],
        help="show no value whose name contains this, either; may be repeated",
    )
    parser.add_argument(
        "--length",
        metavar="CHARACTERS",
        type=int,
        default=80,
        help="how much to show of each value (default: 80)",
    )
    watching.add_output(parser, "the tree")
    watching.add_program(parser, _settings)


def _settings(options):
    return {
        "command": "trace",
        "json": options.json or "",
        "length": max(options.length, 1),
        "output": options.output or "",
        "patterns": options.patterns,
        "redact": options.redact,
        "width": watching.width_of(options),
    }
