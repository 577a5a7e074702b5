"""Patching attributes of built-in and extension types, which cannot be assigned to.

Nothing else in the library changes such a type: it is done by `patch_type` alone, by name.
"""

from . import _typeslots
from ._missing import MISSING
from ._patch import Patch
from ._refusals import check

__all__ = ("TypePatch", "patch_type")


class TypePatch(Patch):
    """One changed attribute of a type: the handle to take it back."""

    kind = "patch_type"
    _stays = True

    def __init__(self, cls, name, value, owner=None):
        super().__init__(cls, owner)
        self.attribute = name
        self.replacement = value
        self._place = None

    @property
    def name(self):
        """The type and the attribute, such as "builtins:str.upper"."""
        return f"{self.target.__module__}:{self.target.__qualname__}.{self.attribute}"

    @property
    def original(self):
        """The raw entry beneath this patch; MISSING where there is none."""
        with _typeslots.lock:
            place = self._place or _typeslots.Attribute(self.target, self.attribute)
            return place.beneath(self)

    def _put(self):
        with _typeslots.lock:
            if not _typeslots.assignable(self.target):
                check(self.target, self.attribute, bool(_typeslots.places_of(self.attribute)))
            place = _typeslots.attribute(self.target, self.attribute)
            if self.replacement is MISSING and place.installed is MISSING:
                _typeslots.settle(place)
                raise AttributeError(f"{self.target!r} has no {self.attribute!r} to remove")
            place.layers.append(self)
            self._place = place
            self._install(place, False, lambda: place.layers.remove(self))

    def _take(self, force):
        with _typeslots.lock:
            place = self._place
            at = place.layers.index(self)
            del place.layers[at]
            self._install(place, force, lambda: place.layers.insert(at, self))

    def _switch(self, on):
        with _typeslots.lock:
            self._place.install(False)

    def _give_up(self):
        with _typeslots.lock:
            self._place.layers.remove(self)
            _typeslots.settle(self._place)

    def _install(self, place, force, undo):
        try:
            place.install(force)
        except BaseException:
            undo()
            raise
        finally:
            _typeslots.settle(place)


_at_exit = []


def patch_type(cls, name, value, *, owner=None):
    """Add, replace or remove an attribute of a type that cannot be assigned to, such as ``str``.

    ``cls`` is a class, ``name`` the name of the attribute, ``value`` what stands in the class from
    then on, as in a class body: functions become methods, `property`, `classmethod` and
    `staticmethod` objects work; `MISSING` removes the attribute. ``owner`` is a label for the list
    of patches.

    Instances and subclasses that exist see it, and so do call sites that have run. Special methods
    such as ``__len__`` are put where C code looks for them. Methods that were taken from an
    instance before stay what they were: ``hotpatch(value, cls.name)`` reaches them too, where the
    method is written in C and the value takes the same arguments. The patch holds in this
    interpreter alone from CPython 3.12 on; do not make another one while a special method is
    patched, it would take the changed slot for its own. ``original`` of the handle is the entry
    that it replaced. Every patch is taken back when the interpreter ends.

    Returns the handle, a `Patch`. Raises UnpatchableError, and says why, where CPython would go
    past the patch: for operations that this version specialises on the type (``int.__add__``), for
    ``__new__``, ``__del__`` and calls by vectorcall, in debug builds that assert that built-in
    types do not change, and for what other interpreters share; AttributeError for removing what is
    not there; TypeError for what is no class; nothing is changed then.
    """
    if not isinstance(cls, type):
        raise TypeError(f"patch_type() takes a class first: got {cls!r}")
    if not isinstance(name, str) or not name:
        raise TypeError(f"patch_type() takes the name of an attribute: got {name!r}")
    if not _at_exit:
        import atexit

        _at_exit.append(atexit.register(_typeslots.revert_all))
    return TypePatch(cls, name, value, owner).apply()
