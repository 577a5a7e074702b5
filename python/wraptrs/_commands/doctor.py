"""``python -m wraptrs doctor``: what this interpreter can do, and what is set up in it."""

import os
import sys

_EPILOG = """\
Begin a report of a fault with this. With "run" in front of it, hooks and patches are shown that
are armed for a program: python -m wraptrs run --hooks GROUP -m wraptrs doctor

exit status: 0 where all works; 1 where something that should work here does not"""


def register(subparsers):
    """Add the parser of the command."""
    from .layout import Layout

    parser = subparsers.add_parser(
        "doctor",
        help="show what works on this interpreter, and what is set up",
        description="Show what works on this interpreter, and what is set up in it.",
        epilog=_EPILOG,
        formatter_class=Layout,
    )
    parser.add_argument("--json", action="store_true", help="write one line of JSON")
    parser.set_defaults(execute=execute)


def execute(options):
    """Show it all; 1 where an in-place mode that this version should have does not work."""
    found = collect()
    if options.json:
        from .._json import as_json

        print(as_json(found))
    else:
        print(as_text(found))
    return 1 if found["problems"] else 0


def collect():
    """All of it as plain data."""
    from .. import __version__, _listing, _native

    modes = _modes()
    listed = _listing.collect()
    return {
        "wraptrs": __version__,
        "native": _native.__file__,
        "python": sys.version.partition(" (")[0],
        "implementation": sys.implementation.name,
        "executable": sys.executable,
        "platform": sys.platform,
        "gil": _gil(),
        "modes": modes,
        "attach": _attach(),
        "wrapt": _wrapt(),
        "patches": listed["patches"],
        "hooks": listed["hooks"],
        "environment": {k: v for k, v in sorted(os.environ.items()) if k.startswith("WRAPTRS_")},
        "problems": [
            f"the in-place mode {name!r} failed its self-check"
            for name, state in modes.items()
            if state == "failed"
        ],
    }


def _modes():
    """The ways to change a function in place: "works", "failed", or why this version has none."""
    from .. import _definitions, _layers, _vectorcall

    forced = "WRAPTRS_OFFICIAL_SETTERS switches it off" if _layers.OFFICIAL else None
    layout = forced or ("works" if _layers.WORKS else "failed")
    vectorcall = forced or _vectorcall_state(_vectorcall, layout)
    return {
        "transplant": layout,
        "trampoline": layout,
        "vectorcall": vectorcall,
        "methoddef": "works" if _definitions.works() else "failed",
        "code": "works",
    }


def _vectorcall_state(module, layout):
    if sys.version_info[:2] == (3, 11):
        return "not on CPython 3.11, where calls of functions do not look there"
    return "works" if layout == "works" and module.works() else "failed"


def _gil():
    """Whether threads run one at a time."""
    if not hasattr(sys, "_is_gil_enabled"):
        return "on"
    import sysconfig

    build = "free-threaded build" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    state = "on" if sys._is_gil_enabled() else "off"
    return f"{state} ({build})" if build else state


def _attach():
    if not hasattr(sys, "remote_exec"):
        return "needs CPython 3.14"
    if os.environ.get("PYTHON_DISABLE_REMOTE_DEBUG"):
        return "PYTHON_DISABLE_REMOTE_DEBUG forbids it for processes that inherit that"
    if not sys.is_remote_debug_enabled():
        return "this Python was started, or built, without remote debugging"
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope") as file:
            scope = file.read().strip()
    except OSError:
        return "possible"
    return "possible" if scope == "0" or _is_root() else f"needs root: ptrace_scope is {scope}"


def _is_root():
    return getattr(os, "geteuid", lambda: 1)() == 0


def _wrapt():
    """Whether "import wrapt" gives wraptrs, another package, or nothing."""
    from importlib.metadata import PackageNotFoundError, version

    from .._dropin import _Alias

    if any(isinstance(finder, _Alias) for finder in sys.meta_path):
        return "import wrapt means wraptrs here"
    try:
        installed = f"wrapt {version('wrapt')} is installed"
    except PackageNotFoundError:
        return "not installed"
    return f"{installed}{' and imported' if 'wrapt' in sys.modules else ''}"


def as_text(found):
    """All of it as lines for people."""
    from .. import _listing

    lines = [
        f"wraptrs {found['wraptrs']}",
        f"  native module  {found['native']}",
        f"  python         {found['implementation']} {found['python']}, {found['platform']}",
        f"  executable     {found['executable']}",
        f"  GIL            {found['gil']}",
        f"  wrapt          {found['wrapt']}",
        f"  attach         {found['attach']}",
        "changing functions in place:",
    ]
    lines += [f"  {name:<13}  {state}" for name, state in found["modes"].items()]
    variables = found["environment"]
    lines.append(f"environment: {len(variables) or 'none'} of WRAPTRS_*")
    lines += [f"  {name}={value}" for name, value in variables.items()]
    listed = {"pid": os.getpid(), "patches": found["patches"], "hooks": found["hooks"]}
    lines.append(_listing.as_table(listed))
    lines += [f"problem: {problem}" for problem in found["problems"]]
    return "\n".join(lines)
