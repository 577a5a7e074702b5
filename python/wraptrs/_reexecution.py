"""Executing a module a second time: the swap around it, and the hazards of some modules."""

import sys
from _thread import allocate_lock
from importlib import import_module

from ._importlock import ImportLock
from ._newcomers import Recorded, Surroundings, belongs, report_on
from ._swaps import ABSENT
from ._unnoticed import Unnoticed

# The interpreter has one of each; executing it again would reset what everybody uses.
_SINGLE_NAMES = (
    "__main__ _frozen_importlib _frozen_importlib_external _imp _io _warnings builtins gc "
    "importlib importlib._bootstrap importlib._bootstrap_external marshal sys"
)
_SINGLE = frozenset(_SINGLE_NAMES.split())


def check_name(name, who):
    """Refuse what is no module name, and modules that cannot exist twice."""
    if not isinstance(name, str):
        raise TypeError(f"{who} takes the name of a module: got {name!r}")
    if not all(name.split(".")):
        raise ValueError(f"{who} takes the full name of a module: got {name!r}")
    if name in _SINGLE or belongs(name, "wraptrs"):
        raise ValueError(f"{who} cannot copy {name}: there has to be one of it")


def execute(name, given, take, isolate=False, swap_type=Recorded):
    """Import a module again, with the given modules in place of those of their names.

    Returns what ``take(module)`` returns while they are in place, the module, and the report.
    """
    with ImportLock():
        surroundings = Surroundings()
        # What stands there is hidden, with all submodules but those that are given.
        hidden = {found: ABSENT for found in list(sys.modules) if belongs(found, name)}
        swap = swap_type({**hidden, **given, name: ABSENT})
        finish, unnoticed = None, Unnoticed()
        try:
            with unnoticed, swap:
                try:
                    module = _load(name)
                    taken = take(module)
                    report = report_on(name, given, swap, surroundings.new())
                finally:
                    finish = surroundings.restore(swap, name, isolate)
        finally:
            if finish is not None:
                finish()
        unnoticed.tell(surroundings.new())
    return taken, module, report


def _load(name):
    threads = sys.modules.get("_thread")
    mark_end = getattr(threads, "_set_sentinel", None) if name == "threading" else None
    if mark_end is None:
        import_module(name)
        return sys.modules[name]
    # Up to CPython 3.12 it takes the thread that imports it for its main thread, and with that from
    # the usual module the lock by which join() notices the end of this thread.
    threads._set_sentinel = allocate_lock
    try:
        import_module(name)
    finally:
        threads._set_sentinel = mark_end
    module = sys.modules[name]
    module._set_sentinel = mark_end
    return module
