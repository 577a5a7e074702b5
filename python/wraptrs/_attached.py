"""The side of ``attach`` in the process that is attached to: it works off what waits in a queue.

Each request is a file in a folder that only the two processes can read. It is taken by renaming
it, done in the main thread between two instructions of the program, and answered by another file,
so that neither a request that is asked for twice nor one whose caller gave up is done by chance.
The program may be in the middle of any import: what is not written in C is imported late or never.
"""

import os
import sys
from marshal import dump, load
from time import time

from ._active import handle_of_entry
from ._native import _registry_entries
from ._patch import owned_by

REQUEST, TAKEN, ANSWER, SCRIPT = ".request", ".taken", ".answer", ".py"

_runs = {}  # by owner: the runs of its patch file, until they are reverted


def serve(folder):
    """Work off the requests in a folder, in the order in which they came."""
    # By the time in their names.
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(REQUEST))
    except FileNotFoundError:
        return  # all were answered in the run before
    for name in names:
        base = os.path.join(folder, name[: -len(REQUEST)])
        try:
            os.rename(base + REQUEST, base + TAKEN)
        except FileNotFoundError:
            continue  # taken back by its caller
        outcome = _outcome(base)
        try:  # noqa: SIM105 - contextlib is such a module
            _answer(base, outcome)
        except OSError:
            pass  # its caller has gone, and taken the folder along
    _tidy(folder)


def _tidy(folder):
    """Remove the scripts that nobody waits for any more."""
    try:
        names = os.listdir(folder)
        wanted = {os.path.splitext(name)[0] for name in names if not name.endswith(SCRIPT)}
        for name in names:
            if name.endswith(SCRIPT) and name.rsplit(".", 2)[0] not in wanted:
                os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    except OSError:
        pass  # others wait there, or have removed it


def _outcome(base):
    try:
        with open(base + TAKEN, "rb") as file:
            request = load(file)
        if request["until"] < time():
            return {"error": "its caller no longer waits for it", "traceback": ""}
        return _ACTIONS[request["action"]](request)
    except BaseException as error:
        # KeyboardInterrupt and SystemExit too: they came from what was asked for, and the program
        # has nothing to do with it.
        return {"error": f"{type(error).__name__}: {error}", "traceback": _trace(error)}


def _answer(base, outcome):
    # In one step: whoever sees the answer can read all of it.
    with open(f"{base}.tmp", "wb") as file:
        dump(_plain(outcome), file)
    os.replace(f"{base}.tmp", base + ANSWER)


def _plain(value):
    """Data of built-in types alone, as marshal takes it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if type(value) in (str, int, float, bool, type(None)) else f"{value}"


def _apply(request):
    """Run a patch file. Nothing that it applied stays where it fails."""
    from . import _listing

    run = _Run(request["owner"], request["file"])
    try:
        run.execute(request["source"])
    except BaseException as error:
        outcome = {"error": f"{type(error).__name__}: {error}", "traceback": _trace(error)}
        return {**outcome, "problems": run.undo()}
    run.finish()
    _runs.setdefault(run.owner, []).append(run)
    shown = [_listing.describe(patch) for patch in run.patches]
    return {"patches": shown, "hooks": len(run.hooks())}


def _revert(request):
    """Take back what a patch file applied, in all its runs."""
    from ._active import patches
    from ._failures import revert_each

    owner = request["owner"]
    runs = _runs.get(owner, ())
    listed = patches()
    # In the order of applying; what somebody else has overwritten may not be listed any more.
    lost = [patch for run in runs for patch in run.patches if patch not in listed]
    found = [patch for patch in lost if patch.state in ("active", "pending")]
    found += [
        patch for patch in listed if patch.owner == owner or any(run.applied(patch) for run in runs)
    ]
    cancelled = sum(hook.cancel() for run in runs for hook in run.hooks())
    revert_each(reversed(found), request["force"], False)
    _runs.pop(owner, None)
    sys.modules.pop(_module_name(owner), None)
    return {"reverted": len(found), "hooks": cancelled}


def _list(request):
    from . import _listing

    return _listing.collect()


_ACTIONS = {"apply": _apply, "revert": _revert, "list": _list}


class _Run:
    """One run of a patch file, and what it put in force."""

    def __init__(self, owner, file):
        self.owner = owner
        self.file = file
        self.module = type(sys)(_module_name(owner))
        self.module.__file__ = file
        self._former = sys.modules.get(self.module.__name__)
        self._before = _registry_entries()  # kept, so that no other subject gets its identity
        self.patches = ()  # kept, so that what others change on top is noticed

    def execute(self, source):
        """Run the source as a module of its own, whose patches belong to the owner."""
        code = compile(source, self.file, "exec", dont_inherit=True)
        sys.modules[self.module.__name__] = self.module  # where dataclasses, among others, look
        with owned_by(self.owner):
            exec(code, self.module.__dict__)

    def applied(self, patch):
        """Whether a patch was applied by a line of the file, whatever owner it names."""
        return patch.location is not None and patch.location.rpartition(":")[0] == self.file

    def finish(self):
        """Find the patches that are new: those of the file, not of other threads."""
        former = {id(subject) for subject, _ in self._before}
        self._before = ()
        fresh = [pair for pair in _registry_entries() if id(pair[0]) not in former]
        handles = [handle_of_entry(subject, note) for subject, note in fresh]
        self.patches = [
            patch
            for patch in handles
            if patch is not None
            and patch.state in ("active", "pending")
            and (patch.owner == self.owner or self.applied(patch))
        ]

    def hooks(self):
        """The import hooks that are functions of the file."""
        from .importer import post_import_hooks

        own = f"{self.module.__name__}:"
        return [hook for hook in post_import_hooks() if hook.name.startswith(own)]

    def undo(self):
        """Take back what is new; what could not be, as lines of text."""
        self.finish()
        for hook in self.hooks():
            hook.cancel()
        problems = []
        for patch in reversed(self.patches):
            try:
                patch.revert()
            except Exception as error:
                problems.append(f"{patch!r} could not be taken back: {error}")
        if self._former is None:
            sys.modules.pop(self.module.__name__, None)
        else:
            sys.modules[self.module.__name__] = self._former
        return problems


def _module_name(owner):
    return f"attached_{owner}"


def _trace(error):
    """The traceback of an error, from the patch file on."""
    import traceback

    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__name__") == __name__:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))
