"""Patching attributes of built-in and extension types, which cannot be assigned to.

Nothing else in the library changes such a type: it is done by `patch_type` alone, by name.
"""

from sys import intern

from . import _definitions, _typeslots
from ._carriers import UNRELATED, carrier
from ._layers import lock
from ._missing import MISSING
from ._patch import Patch
from ._refusals import check, check_dict
from ._targets import UnpatchableError

__all__ = ("TypePatch", "patch_type")

_MODES = ("auto", "methoddef", "dict")


class TypePatch(Patch):
    """One changed attribute of a type: the handle to take it back.

    ``mode`` is "methoddef" where the value stands in the definition of the C method that it
    replaces, "dict" where it stands in the dict of the type; None while it never stood anywhere.
    """

    kind = "patch_type"
    mode = None
    replaces = True  # as a layer on a definition: what lies beneath is of no account
    _stays = True
    _place = None  # the attribute, with all layers on it
    _record = _called = None  # the definition, and what its calls go to

    def __init__(self, cls, name, value, owner=None, mode="auto"):
        super().__init__(cls, owner)
        self.attribute = name
        self.replacement = value
        self._wanted = mode

    @property
    def name(self):
        """The type and the attribute, such as "builtins:str.upper"."""
        return f"{self.target.__module__}:{self.target.__qualname__}.{self.attribute}"

    @property
    def original(self):
        """What was there before: in mode "dict" the raw entry, MISSING where there was none.

        In mode "methoddef", where the entry stays, a callable with the behaviour that it had, which
        takes what the replacement takes.
        """
        with lock:
            if self.mode == "methoddef":
                return self._record.beneath(self)
            place = self._place or _typeslots.Attribute(self.target, self.attribute)
            return place.beneath(self)

    def __repr__(self):
        return f"<{self.kind} of {self.name}, {self.mode or 'no mode'}, {self.state}>"

    def over(self, below):
        """What calls of the C method go to, whatever lies below."""
        return self._called

    def _put(self):
        cls, name = self.target, self.attribute
        with lock:
            place = _typeslots.attribute(cls, name)
            try:
                fixed = place.fixed
                uses_slots = fixed and any(True for _ in _typeslots.places_of(name))
                if fixed:
                    check(cls, name, uses_slots)
                problem = UNRELATED if self._wanted == "dict" else self._define(place)
                if problem is not None:
                    if fixed:
                        also = None if problem is UNRELATED else problem
                        check_dict(cls, name, uses_slots, also)
                    self._enter(place)
            finally:
                _typeslots.settle(place)
            self._place = place

    def _define(self, place):
        """Put the value into the definition of the C method; the reason where it cannot be there.

        Raises UnpatchableError with that reason where nothing else is wanted.
        """
        problem = None
        for _ in place.entries():  # which the value has to lie on
            problem = "a patch of the entry lies below"
        if problem is None:
            function, called = carrier(place.cls, place.name, self.replacement)
            problem = called if function is None else self._carry(place, function, called)
        if problem is not None and self._wanted == "methoddef":
            raise UnpatchableError(
                f"cannot patch {place.name} of {place.cls!r} in mode 'methoddef': {problem}; "
                "use mode='auto'"
            )
        return problem

    def _carry(self, place, function, called):
        self._called = called
        try:
            self._record = _definitions.add(function, self)
        except UnpatchableError as error:
            if self._wanted == "methoddef":
                raise
            return str(error)
        self.mode = "methoddef"
        place.layers = (*place.layers, self)
        return None

    def _enter(self, place):
        """Put the value into the dict of the type."""
        if self.replacement is MISSING and place.installed is MISSING:
            raise AttributeError(f"{place.cls!r} has no {place.name!r} to remove")
        self.mode = "dict"
        place.change((*place.layers, self))

    def _take(self, force):
        with lock:
            place = self._place
            if self.mode == "dict":
                place.change(place.without(self), force)
            else:
                _definitions.remove(self._record, self, force)
                place.layers = place.without(self)
            _typeslots.settle(place)

    def _switch(self, on):
        with lock:
            (self._place if self.mode == "dict" else self._record).install(False)

    def _give_up(self):
        with lock:
            place = self._place
            if self.mode == "methoddef":
                _definitions.remove(self._record, self, None)
            place.layers = place.without(self)
            _typeslots.settle(place)


_at_exit = []


def patch_type(cls, name, value, *, mode="auto", owner=None):
    """Add, replace or remove an attribute of a type that cannot be assigned to, such as ``str``.

    ``cls`` is a class, ``name`` the name of the attribute, ``value`` what stands in the class from
    then on, as in a class body: functions become methods, `property`, `classmethod` and
    `staticmethod` objects work; `MISSING` removes the attribute. ``owner`` is a label for the list
    of patches.

    Instances and subclasses that exist see it, and so do call sites that have run. Special methods
    such as ``__len__`` are put where C code looks for them.

    ``mode`` is "methoddef", "dict", or "auto", the former where it can be; the handle's ``mode``
    tells which it became. A Python function in the place of a C method, or a `classmethod` or
    `staticmethod` of one in the place of such, goes into the definition of the C method
    ("methoddef"), as with `hotpatch`: who took the method before, from an instance or the class,
    sees it too; the entry in the type stays, with its name, docstring and signature, and so do the
    interpreter's checks of the instance and of how many arguments there are. So it must be that
    calls can pass all that the function takes: not where it has optional parameters, or optional
    keywords, that the C method is not declared for. Nor where it is a generator or coroutine
    function, where it holds the method itself, which would be itself, and where `hotpatch` would
    refuse. All else stands in the dict of the type, and methods that were taken before stay what
    they were.

    ``original`` of the handle is the entry that was replaced; in mode "methoddef" a callable with
    the behaviour of it, which takes what ``value`` takes. A patch in mode "methoddef" holds in this
    interpreter alone, all others from CPython 3.12 on; do not make another interpreter while a
    special method is patched, it would take the changed slot for its own. Every patch is taken back
    when the interpreter ends.

    Returns the handle, a `Patch`. Raises UnpatchableError, and says why, where CPython would go
    past the patch: for operations that this version specialises on the type (``int.__add__``), for
    ``__new__``, ``__del__`` and calls by vectorcall; where the dict would have to change in debug
    builds that assert that built-in types do not, or is what other interpreters share; and for a
    mode that cannot be. AttributeError for removing what is not there; TypeError for what is no
    class; ValueError for an unknown mode; PatchConflictError where somebody else changed what a
    patch lies on. Nothing is changed then.
    """
    if not isinstance(cls, type):
        raise TypeError(f"patch_type() takes a class first: got {cls!r}")
    if not isinstance(name, str) or not name:
        raise TypeError(f"patch_type() takes the name of an attribute: got {name!r}")
    name = intern(str.__str__(name))  # a plain one, whatever was derived
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}: got {mode!r}")
    if not _at_exit:
        import atexit

        _at_exit.append(atexit.register(_typeslots.revert_all))
    return TypePatch(cls, name, value, owner, mode).apply()
