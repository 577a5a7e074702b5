"""``python -m wraptrs attach``: patch a process that runs already, and take that back."""

import os
import sys

_DESCRIPTION = """\
Run a patch file in another process, between two instructions of its main thread, through
sys.remote_exec: both processes need the same CPython from 3.14 on, and wraptrs. The file is Python
code that applies patches; where it fails, all that it applied is taken back. Its patches are owned
by its name without the ending, by which --revert takes them back."""

_EPILOG = """\
examples:
  python -m wraptrs attach 4711 slow_query.py
  python -m wraptrs attach 4711 --list
  python -m wraptrs attach 4711 --revert slow_query

exit status: 0 done; 1 the patch file failed, or there was nothing to revert; 2 the command line
cannot be understood, or this Python cannot attach; 3 the process cannot be reached, or did not
answer in time"""


def register(subparsers):
    """Add the parser of the command."""
    from .layout import Layout

    parser = subparsers.add_parser(
        "attach",
        help="patch a running process, and take that back (CPython 3.14 and later)",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=Layout,
    )
    name = parser.prog
    parser.usage = (
        f"{name} [options] PID FILE\n       {name} [options] --revert PID NAME\n"
        f"       {name} [options] --list PID"
    )
    # In either order, so they are told apart by hand.
    parser.add_argument("words", metavar="PID", nargs="*", help="the process, and a patch file")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--revert", action="store_true", help="take the patches of a file or owner back"
    )
    chosen.add_argument("--list", action="store_true", help="show what is patched in the process")
    parser.add_argument(
        "--force",
        action="store_true",
        help="revert also what somebody else has changed since",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=10.0,
        help="how long to wait for the process (default: 10)",
    )
    parser.add_argument("--json", action="store_true", help="write the answer as a line of JSON")
    parser.set_defaults(execute=lambda options: execute(parser, options), intermixed=True)


def execute(parser, options):
    """Ask the process, and show its answer."""
    pid, request = _read(parser, options)
    if not hasattr(sys, "remote_exec"):
        running = ".".join(map(str, sys.version_info[:3]))
        return _fail(
            f"this is Python {running}: a process can be attached to from CPython 3.14 on, which "
            "has sys.remote_exec. Start the program with 'python -m wraptrs run' instead",
            2,
        )
    if not sys.is_remote_debug_enabled():
        return _fail(
            "this Python cannot attach: it was started with PYTHON_DISABLE_REMOTE_DEBUG or "
            "-X disable-remote-debug, or built without remote debugging",
            2,
        )
    from .. import _attaching

    try:
        answer = _attaching.ask(pid, request, options.timeout)
    except _attaching.UnreachableError as error:
        return _fail(str(error), 3)
    if options.json:
        import json

        print(json.dumps(answer))
        return _status(request, answer)
    if "error" in answer:
        return _failure(request, pid, answer)
    {"apply": _show_applied, "revert": _show_reverted, "list": _show_list}[request["action"]](
        pid, request, answer
    )
    return _status(request, answer)


def _read(parser, options):
    """The process and what is asked of it."""
    words = options.words
    if len(words) == 2 and not words[0].isdecimal():
        words = words[::-1]
    if not words or not words[0].isdecimal() or len(words) != (1 if options.list else 2):
        wanted = "a process number" if options.list else "a process number and a patch file"
        parser.error(f"{wanted} must be given")
    if not options.timeout > 0:
        parser.error(f"the timeout must be more than 0 seconds, got {options.timeout:g}")
    pid = int(words[0])
    if options.list:
        return pid, {"action": "list"}
    owner = os.path.basename(words[1])
    owner = owner[:-3] if owner.endswith(".py") else owner
    if options.revert:
        return pid, {"action": "revert", "owner": owner, "force": options.force}
    try:
        # As the tokenizer would read it: here, since the other process may not be allowed to.
        import tokenize

        with tokenize.open(words[1]) as file:
            source = file.read()
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        parser.error(f"cannot read the patch file: {error}")
    path = os.path.abspath(words[1])
    return pid, {"action": "apply", "owner": owner, "file": path, "source": source}


def _status(request, answer):
    nothing = request["action"] == "revert" and not (answer.get("reverted") or answer.get("hooks"))
    return 1 if "error" in answer or nothing else 0


def _failure(request, pid, answer):
    what = {
        "apply": f"{request.get('file')} failed in process {pid}; what it applied is taken back",
        "revert": f"not all patches of {request.get('owner')} in process {pid} were taken back",
    }.get(request["action"], f"process {pid} could not answer")
    sys.stderr.write(answer.get("traceback", ""))
    for problem in answer.get("problems", ()):
        sys.stderr.write(f"{problem}\n")
    if not answer.get("traceback"):
        what = f"{what}: {answer['error']}"
    return _fail(what, 1)


def _show_applied(pid, request, answer):
    from .. import _listing

    number, hooks = len(answer["patches"]), answer["hooks"]
    and_hooks = f" and {_several(hooks, 'import hook')}" if hooks else ""
    print(f"{request['owner']} applied {_several(number, 'patch', 'es')}{and_hooks} in {pid}")
    if number:
        print(_listing.patches_table(answer["patches"]))


def _show_reverted(pid, request, answer):
    number, hooks = answer["reverted"], answer["hooks"]
    if not number and not hooks:
        sys.stderr.write(f"wraptrs: process {pid} has no patches of {request['owner']}\n")
        return
    and_hooks = f" and {_several(hooks, 'import hook')}" if hooks else ""
    what = f"{_several(number, 'patch', 'es')}{and_hooks}"
    print(f"{what} of {request['owner']} taken back in process {pid}")


def _show_list(pid, request, answer):
    from .. import _listing

    print(_listing.as_table(answer))


def _several(number, noun, ending="s"):
    return f"{number} {noun}{'' if number == 1 else ending}"


def _fail(message, status):
    sys.stderr.write(f"wraptrs: {message}\n")
    return status
