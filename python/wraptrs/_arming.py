"""Putting hooks and patches in place before a program starts, as environment variables ask for it.

Nothing that fails here keeps the program from starting or one of its imports from succeeding: it
is told on stderr, once for a program and the processes it starts, and the rest goes on.
"""

import os
import sys

HOOKS = "WRAPTRS_HOOKS"  # groups of entry points, with commas
PATCHES = "WRAPTRS_PATCH"  # [target=]module:function, with commas
AS_WRAPT = "WRAPTRS_AS_WRAPT"  # 1: import wrapt means wraptrs
FROM = "WRAPTRS_FROM"  # the folder where "run" was called: another place to find patches
OBSERVE = "WRAPTRS_OBSERVE"  # the settings of "list", "stat" and "trace"
DISABLE = "WRAPTRS_DISABLE"  # 1: do nothing; names of owners: their patches are not applied
REPORTED = "WRAPTRS_REPORTED"  # digests of the errors that were told

BOOTSTRAP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_bootstrap")

_armed = False


def parse_patch(text):
    """The target (or None), module and function path of ``[target[?]=]module:function``.

    Raises ValueError for another form.
    """
    target, equals, function = text.rpartition("=")
    module, colon, path = function.partition(":")
    target = target[:-1] if target.endswith("?") else target
    if not (module and colon and all(path.split("."))) or (equals and not target) or "," in text:
        raise ValueError(f"a patch is given as module:function or target=module:function: {text!r}")
    return target or None, module, path


def environment(environ, hooks=(), patches=(), as_wrapt=False, observe=None):
    """The variables with which a Python process, and those it starts, arm what is asked for.

    What `environ` asks for already comes first and stays; ``observe`` takes the place of it.
    """
    changed = dict(environ)
    for name, more in ((HOOKS, hooks), (PATCHES, patches)):
        asked = [*_listed(environ, name), *more]
        if asked:
            changed[name] = ",".join(dict.fromkeys(asked))
    if as_wrapt:
        changed[AS_WRAPT] = "1"
    if observe is not None:
        changed[OBSERVE] = observe
    changed[FROM] = os.getcwd()
    # In front, since the first sitecustomize is the one that runs.
    path = environ.get("PYTHONPATH", "")
    if path.split(os.pathsep)[0] != BOOTSTRAP:
        changed["PYTHONPATH"] = BOOTSTRAP + (os.pathsep + path if path else "")
    return changed


def arm(environ=os.environ):
    """Do what the environment asks for, once in a process."""
    global _armed
    if _armed or _switched_off(environ):
        return
    _armed = True
    if environ.get(OBSERVE):
        # First, since what the others import is watched too.
        _Hook("that watches the program", lambda: _observe)(environ[OBSERVE])
    if environ.get(AS_WRAPT) == "1":
        from . import install_as_wrapt

        _Hook("--as-wrapt", lambda: install_as_wrapt)()
    for group in _listed(environ, HOOKS):
        _Hook(f"--hooks {group}", lambda group=group: lambda: _arm_group(group))()
    for text in _listed(environ, PATCHES):
        _Hook(f"--patch {text}", lambda text=text: lambda: _arm_patch(text))()


def _switched_off(environ):
    if DISABLE not in environ:
        return False
    from ._guards import switched_off

    return switched_off(None, environ)


def _observe(settings):
    from ._observing import start

    start(settings)


def _listed(environ, name):
    return [part for part in environ.get(name, "").split(",") if part]


def _arm_group(group):
    """Have each entry point of a group wait for the module that it is named for."""
    from importlib.metadata import distributions

    from .importer import register_post_import_hook

    seen = set()
    for distribution in distributions():
        # Since 3.10 there is a name that is known without reading all the metadata.
        name = getattr(distribution, "_normalized_name", None) or distribution.metadata["Name"]
        if name in seen:  # further back on the path, so it is not what gets imported
            continue
        seen.add(name)
        for entry in distribution.entry_points:
            if entry.group == group:
                shown = distribution.metadata["Name"]
                label = f"{entry.name} = {entry.value} of {shown} ({group})"
                register_post_import_hook(_Hook(label, entry.load), entry.name)


def _arm_patch(text):
    target, module, path = parse_patch(text)

    def load():
        from importlib import import_module

        found = import_module(module)
        for attribute in path.split("."):
            found = getattr(found, attribute)
        return found

    if target is None:
        load()()
        return
    from .importer import register_post_import_hook

    register_post_import_hook(_Hook(f"--patch {text}", load), target)


class _Hook:
    """A hook that is loaded when it is called, and tells its errors instead of raising them."""

    def __init__(self, label, load):
        self.label = self.name = label
        self.load = load

    def __call__(self, *args):
        try:
            with _SearchPath():
                self.load()(*args)
        except (Exception, SystemExit) as error:
            _tell(self.label, error)

    def __repr__(self):
        return f"<hook {self.label}>"


class _SearchPath:
    """While it lasts, modules are found where the program will find them, and where ``run`` was
    called."""

    def __enter__(self):
        self._added = []
        first, last = _first_place(), os.environ.get(FROM)
        if first is not None and first not in sys.path:
            self._add(0, first)
        if last and last not in sys.path:
            self._add(len(sys.path), last)

    def _add(self, at, place):
        sys.path.insert(at, place)
        self._added.append(place)

    def __exit__(self, *exception):
        for place in self._added:
            if place in sys.path:
                sys.path.remove(place)


def _first_place():
    """What the interpreter will put first into ``sys.path`` for the program."""
    if sys.flags.isolated or getattr(sys.flags, "safe_path", False) or not getattr(sys, "argv", 0):
        return None
    program = sys.argv[0]
    if program in ("", "-", "-c", "-m"):
        return os.getcwd()
    program = os.path.realpath(program)
    return program if os.path.isdir(program) else os.path.dirname(program)


def _tell(label, error):
    """Show an error on stderr, unless that was done here or in a process that started this one."""
    from zlib import crc32

    digest = f"{crc32(f'{label} {error!r}'.encode('utf-8', 'replace')):08x}"
    told = _listed(os.environ, REPORTED)
    if digest in told or sys.stderr is None:
        return
    os.environ[REPORTED] = ",".join([*told, digest])
    import traceback

    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__name__") == __name__:
        trace = trace.tb_next
    shown = "".join(traceback.format_exception(type(error), error, trace))
    try:
        sys.stderr.write(f"wraptrs: the hook {label} failed; the program goes on.\n{shown}")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # it is closed
