"""Modules executed again while others stand in the places of their dependencies.

The copy is kept in ``sys.modules`` under a name of its own; under its usual name stays what was
there. Each thing done here has a handle, a `Patch`; see `patch_of`.
"""

import sys

from . import _reexecution
from ._greens import default_modules, register_green_modules, unregister_green_modules
from ._importlock import ImportLock
from ._newcomers import InjectionReport
from ._original import Original, original
from ._patch import Patch, PatchConflictError
from ._patched_function import PatchedFunction, patch_function
from ._swaps import ABSENT, put

__all__ = (
    "Injection",
    "InjectionReport",
    "InjectionWarning",
    "Original",
    "PatchedFunction",
    "import_patched",
    "inject",
    "original",
    "patch_function",
    "patch_of",
    "register_green_modules",
    "unregister_green_modules",
)

COPY = "__patched_module_"

# What belongs to one module and would be wrong in another.
_OWN_NAMES = (
    "__annotate__ __annotations__ __builtins__ __cached__ __conditional_annotations__ __dict__ "
    "__file__ __loader__ __name__ __package__ __path__ __spec__ __warningregistry__"
)
_OWN = frozenset(_OWN_NAMES.split())

_in_force = {}  # the name of a copy -> the handles that made it or copied names from it
_in_progress = set()


class InjectionWarning(UserWarning):
    """A module given to `inject` was not imported, or not by everything that matters."""


class Injection(Patch):
    """The handle of an injected module; as an object of its own it can join a group of patches.

    ``module`` is the copy, None before it is applied. ``report`` says what became of the given
    modules, for the handle that made the copy. Reverting takes the copy out of ``sys.modules`` and
    its names out of ``new_globals``, where they still stand there.

    With ``isolate`` all modules go that were imported for the first time, not only those that got
    hold of a swapped one.
    """

    kind = "inject"

    def __init__(
        self, module_name, new_globals=None, *additional_modules, isolate=False, owner=None
    ):
        _reexecution.check_name(module_name, "inject()")
        if new_globals is not None and not isinstance(new_globals, dict):
            raise TypeError(
                f"new_globals must be a dict such as globals(), or None: got {new_globals!r}"
            )
        super().__init__(module_name, owner)
        self.additional_modules = as_pairs(additional_modules)
        self.new_globals = new_globals
        self.module = None
        self.report = None
        self._isolate = isolate
        self._filled = {}
        self._made = False

    @property
    def original(self):
        """The module under its usual name; None while that is not imported."""
        return sys.modules.get(self.target)

    @property
    def _key(self):
        return COPY + self.target

    def _put(self):
        if not self.additional_modules and self._key not in sys.modules and self.module is None:
            self.additional_modules = as_pairs(default_modules())
        with ImportLock():
            there = sys.modules.get(self._key)
            if self.module is None:
                self._find(there)
            elif there is None:
                sys.modules[self._key] = self.module
            elif there is not self.module:
                raise PatchConflictError(f"{self.target} was injected again meanwhile: {there!r}")
            if self.new_globals is not None and not self._filled:
                self._fill(self._names)
            _in_force.setdefault(self._key, []).append(self)

    def _find(self, there):
        if there is not None:
            self._names = self._exported(there)
            self.module = self.replacement = there
            return
        if self.target in _in_progress:
            raise ImportError(f"{self.target} is being injected already, and asks for it again")
        _in_progress.add(self.target)
        try:
            given = dict(self.additional_modules)
            self._names, module, self.report = _reexecution.execute(
                self.target, given, self._exported, self._isolate
            )
        finally:
            _in_progress.discard(self.target)
        sys.modules[self._key] = self.module = self.replacement = module
        self._made = True

    def _exported(self, module):
        """The names of a module that others can use, those that it makes on demand included."""
        found = {}
        if self.new_globals is None:
            return found
        for name in dir(module):
            if name in _OWN or (name == "__doc__" and self.new_globals.get(name) is not None):
                continue
            try:
                found[name] = getattr(module, name)
            except AttributeError:
                continue  # its own __dir__() promises more than it has
        return found

    def _fill(self, names):
        self._filled = {
            name: (self.new_globals.get(name, ABSENT), value) for name, value in names.items()
        }
        self.new_globals.update(names)

    def _take(self, force):
        with ImportLock():
            if self._made and sys.modules.get(self._key) is self.module:
                del sys.modules[self._key]
            filled, self._filled = self._filled, {}
            for name, (former, value) in filled.items():
                if force or self.new_globals.get(name, ABSENT) is value:
                    put(self.new_globals, name, former)
            handles = _in_force.get(self._key, [])
            if self in handles:
                handles.remove(self)
            if not handles:
                _in_force.pop(self._key, None)

    def _warn(self):
        """Say what the given modules did not reach, to the caller of `inject`."""
        report = self.report
        if report is None:
            report = next((one.report for one in _in_force[self._key] if one.report), None)
        if report is None:
            return
        parts = []
        if report.never_imported:
            parts.append(f"never imported {', '.join(report.never_imported)}")
        parts += [
            f"reaches the usual {name} through {', '.join(by)}"
            for name, by in report.bypassed.items()
        ]
        if parts:
            import warnings

            message = f"the injected module {self.target} {' and '.join(parts)}"
            warnings.warn(message, InjectionWarning, stacklevel=3)


def as_pairs(additional_modules):
    """Check the pairs of a name and what to put in its place."""
    pairs = []
    for pair in additional_modules:
        if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise TypeError(f"modules are given as pairs (name, module): got {pair!r}")
        pairs.append(pair)
    return tuple(pairs)


def inject(module_name, new_globals, *additional_modules, verify=False, isolate=False, owner=None):
    """Import a module again while other modules stand in the places of its dependencies.

    ``additional_modules`` are pairs ``(name, module)``: for as long as the import takes, that is
    what ``sys.modules`` has under the name (None makes the import of it fail). Without any, they
    are asked of the provider of green modules, see `register_green_modules`. ``new_globals`` is
    None or a dict, such as ``globals()``, that receives every name of the copy except what belongs
    to one module, such as ``__name__`` and ``__file__``; its own docstring stays.

    The copy is kept as ``__patched_module_<name>``, and is what later calls return, whatever
    modules they give. All else is put back, after errors too: the entries of ``sys.modules``, the
    submodules, the attributes of packages. Modules that were imported for the first time and got
    hold of a swapped one go; with ``isolate`` all that were imported for the first time.

    With ``verify``, an InjectionWarning names those that the module never imported, and the modules
    through which it still reaches what usually stands there. The whole account of it is the
    ``report`` of the handle, which ``patch_of(module)`` returns. ``owner`` labels that handle.

    Returns the copy. Raises what importing the module raises, TypeError for modules not given in
    pairs, LookupError where none are given and nobody provides any, ValueError for a module that
    cannot exist twice. It waits for the imports of other threads; their import statements find what
    was there.

    Behaviour: eventlet's function of that name; here the names are received on later calls too.
    """
    options = {"isolate": isolate, "owner": owner}
    injection = Injection(module_name, new_globals, *additional_modules, **options)
    injection.apply()
    if verify:
        injection._warn()
    return injection.module


def import_patched(module_name, *additional_modules, **kw_additional_modules):
    """Import a module again while others stand in the places of its dependencies.

    Modules are given as pairs ``(name, module)`` or by keyword. Returns the copy, and is otherwise
    as `inject` without new globals. Raises what that raises.

    Behaviour: eventlet's function of that name.
    """
    injection = Injection(module_name, None, *additional_modules, *kw_additional_modules.items())
    return injection.apply().module


def patch_of(thing):
    """The handle behind what `inject`, `import_patched`, `original` or `patch_function` returned.

    Returns the `Patch`, or None where nothing is in force for it.
    """
    if isinstance(thing, PatchedFunction.wrapper_type):
        return thing._self_patch
    for handles in list(_in_force.values()):
        for handle in handles:
            if handle.module is thing:
                return handle
    return Original.of(thing)
