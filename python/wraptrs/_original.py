"""Copies of modules as they are without the patches that others put into them.

The module is executed again, and so is each module it imports that is commonly patched; for the
others the ones that are loaded serve, so that classes and state stay what everybody uses.
"""

import sys

from . import _reexecution
from ._importlock import ImportLock
from ._newcomers import Recorded
from ._patch import Patch, PatchConflictError
from ._swaps import innermost

COPY = "__original_module_"

# What gevent, eventlet and tests patch. Not the C modules beneath socket and ssl: each checks for
# the types of the other, of which there must be one.
_PATCHED_BY_OTHERS_NAMES = (
    "_thread _threading_local os queue select selectors signal socket ssl subprocess threading time"
)
_PATCHED_BY_OTHERS = frozenset(_PATCHED_BY_OTHERS_NAMES.split())

# State that a fresh copy would have anew, as it was when the process began.
_SHARED = {"os": ("environ", "environb")}

_in_force = {}
_in_progress = set()


class Original(Patch):
    """The handle of an unpatched copy. Reverting forgets the copy, which others may still hold."""

    kind = "original"

    def __init__(self, module_name, owner=None):
        _reexecution.check_name(module_name, "original()")
        super().__init__(module_name, owner)
        self.module = None

    @classmethod
    def of(cls, module):
        """The handle of a copy, or None."""
        return next((one for one in list(_in_force.values()) if one.module is module), None)

    @property
    def original(self):
        """The module under its usual name; None while that is not imported."""
        return sys.modules.get(self.target)

    def _put(self):
        key = COPY + self.target
        with ImportLock():
            there = sys.modules.get(key)
            if there is not None and self.module not in (None, there):
                raise PatchConflictError(f"there is another copy of {self.target}: {there!r}")
            self.module = self.replacement = there or self.module or _copy(self.target)
            sys.modules[key] = self.module
            _in_force.setdefault(key, self)

    def _take(self, force):
        key = COPY + self.target
        with ImportLock():
            if _in_force.get(key) is self:
                del _in_force[key]
                sys.modules.pop(key, None)


def original(module_name):
    """A copy of a module as it is without what others, such as gevent or eventlet, patched into it.

    The module is executed again; where it imports other modules that are commonly patched, such as
    ``_thread`` under ``threading``, it gets unpatched copies of those too. The copy is kept as
    ``__original_module_<name>`` and is what later calls return. The module under the usual name,
    and all of ``sys.modules`` else, stay as they are.

    Returns the copy. Raises what importing the module raises, ValueError for a module that cannot
    exist twice.

    Behaviour: eventlet's function of that name; here dependencies are found by what is imported.
    """
    there = sys.modules.get(COPY + module_name) if isinstance(module_name, str) else None
    return there or Original(module_name).apply().module


def _copy(name):
    if name in _in_progress:
        raise ImportError(f"{name} is being copied already, and asks for its own copy")
    _in_progress.add(name)
    try:
        # Before and not on its import, since _reexecution has something to do to it.
        given = {"_thread": original("_thread")} if name == "threading" else {}
        module = _reexecution.execute(name, given, lambda module: None, swap_type=_Pristine)[1]
    finally:
        _in_progress.discard(name)
    for attribute in _SHARED.get(name, ()):
        if hasattr(sys.modules[name], attribute):
            setattr(module, attribute, getattr(sys.modules[name], attribute))
    return module


class _Pristine(Recorded):
    """A swap that puts an unpatched copy in the place of whatever should be one, on its import."""

    def importing(self, importer, name, fromlist):
        super().importing(importer, name, fromlist)
        wanted = name in _PATCHED_BY_OTHERS and name not in self.values
        if wanted and name not in _in_progress and innermost() is self:
            self.add(name, original(name))
