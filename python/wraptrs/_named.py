"""Handles of what is put on an attribute by name: a wrapper around it, or a value in its place."""

from _weakref import ref

from ._apply import install, rebuild, take_out
from ._checks import fitted
from ._descriptors import RebuiltDescriptor, SlotLayer
from ._failures import UnfitReplacementError
from ._missing import MISSING
from ._native import PathResolutionError, _registry_add, _registry_discard, resolve_path
from ._patch import Patch, imported
from ._places import PLAIN, Record, forget, is_hidden, own, replace
from ._turns import turn_at
from ._wrapper import describe, ready_wrapper

IN_TARGET = type("_InTarget", (), {"__slots__": (), "__repr__": lambda self: "<in the target>"})()
"""The default of an argument that moves up where the target holds the path."""

_handles = {}  # by the id of a layer or record: weak references to both


class AttributePatch(Patch):
    """A change of one attribute: of a module, a class, an instance, or what a path leads to."""

    def __init__(self, target, path, owner=None):
        super().__init__(target, owner)
        self.path = path
        self._place = None  # the object whose attribute is set, and the attribute's name
        self._subject = None  # the layer, or the record of the value, that lies there
        self._found = None

    @property
    def name(self):
        """The attribute as "module:path"."""
        return describe(self.target, self.path)

    @property
    def original(self):
        """What was there before, raw: a function of a class comes unbound; None while unknown."""
        return self._found

    @property
    def layer(self):
        """The wrapper object that lies on the attribute, for `unwrap_object`; None without one."""
        subject = self._subject
        return None if isinstance(subject, Record) else subject

    @property
    def drifted(self):
        """Whether somebody else's change hides this one, or has replaced it."""
        if self._stage != "active" or self._subject is None:
            return False
        return is_hidden(self._subject, *self._place)

    def _guarded(self, module):
        start = self.target if module is None else module
        return resolve_path(start, self.path)[2]

    def _put(self):
        target = self.target
        if not isinstance(target, str):
            return self._put_on(target)
        if target.endswith("?"):
            return self._wait_for(target[:-1], self._put_on)
        return self._put_on(imported(target))

    def _put_on(self, start):
        """Resolve the path from an object and put the change where it leads."""
        raise NotImplementedError

    def _take(self, force):
        take_out(*self._place, self._subject, force)
        self._subject = None

    def _enlist(self):
        if self._stage != "active":
            super()._enlist()
            return
        shown = self._shown_as or self
        _registry_discard(shown)
        subject, (parent, attribute) = self._subject, self._place
        try:
            parent = ref(parent)
        except TypeError:
            parent = None
        file, line = self._site or ("", 0)
        note = self.kind, parent, attribute, file, line, self.owner, self.applied_at
        _registry_add(subject, note)
        _remember(subject, shown)


def _remember(subject, handle):
    key = id(subject)

    def gone(_, handles=_handles):  # bound here: at the very end modules are empty
        if handles.get(key, (None, None))[1] is watch:
            handles.pop(key, None)

    watch = ref(handle, gone)
    _handles[key] = ref(subject), watch


def handle_of(subject, note):
    """The handle of a layer or record that is listed: the one there is, or a new one.

    None where it no longer lies on the attribute that it was put on.
    """
    known, watch = _handles.get(id(subject), (None, None))
    handle = watch() if known is not None and known() is subject else None
    if handle is not None:
        return handle
    kind, parent, attribute, file, line, owner, time = note
    parent = parent() if parent is not None else None
    if parent is None:
        return None
    made = Value if isinstance(subject, Record) else Wrapped
    if kind == "cached":
        from ._cached import CachedByName as made
    handle = made.__new__(made)
    AttributePatch.__init__(handle, parent, attribute, owner)
    handle.kind, handle.applied_at = kind, time
    handle._site = None if file is None else (file, line)
    handle._place, handle._subject, handle._stage = (parent, attribute), subject, "active"
    handle._describe()
    if handle.drifted:
        return None
    _remember(subject, handle)
    return handle


class Wrapped(AttributePatch):
    """A wrapper around what an attribute holds."""

    kind = "wrap"
    _stays = True

    def __init__(self, target, path, wrapper, enabled=None, owner=None):
        super().__init__(target, path, owner)
        self._wrapper, self._switched_by = ready_wrapper(wrapper, enabled, target, path)
        self.replacement = wrapper

    def _describe(self):
        layer = self._subject
        self._switched_by = getattr(layer, "_self_enabled", None)
        self._wrapper = self.replacement = getattr(layer, "_self_wrapper", layer)
        self._found = layer.__wrapped__

    def _put_on(self, start):
        parent, attribute, found = resolve_path(start, self.path)
        self._place, self._found = (parent, attribute), found
        self._subject = install(parent, attribute, self._wrapper, self._switched_by)
        if type(parent) not in PLAIN:
            self._refuse_elsewhere(parent, attribute, found)
        if not self.enabled:
            self._switch(False)

    def _refuse_elsewhere(self, parent, attribute, found):
        """Refuse an owner that keeps what it is given where no layer could be found again."""
        if is_hidden(self._subject, parent, attribute):
            if getattr(parent, attribute, None) is self._subject:
                delattr(parent, attribute)
                if getattr(parent, attribute, MISSING) is MISSING:
                    setattr(parent, attribute, found)
            _registry_discard(self._subject)
            raise UnfitReplacementError(
                f"cannot wrap {self.name}: a '{type(parent).__name__}' object keeps its attributes "
                f"elsewhere than in its dict; wrap the attribute where it is kept"
            )

    def _switch(self, on):
        layer, switch = self._subject, self._switched_by if on else False
        if isinstance(layer, SlotLayer):
            layer = layer._self_getter
        layer._self_enabled = switch
        if isinstance(layer, RebuiltDescriptor):
            rebuild(*self._place, layer)

    def _give_up(self):
        self._switch(False)
        _registry_discard(self._subject)


class Value(AttributePatch):
    """A value in the place of what an attribute holds; MISSING for no attribute at all.

    ``make``, if given, is called with the original and makes the value.
    """

    kind = "replace"

    def __init__(self, target, path, value, *, make=None, create=False, check=True, owner=None):
        super().__init__(target, path, owner)
        self.replacement = value
        self._make, self._create, self._check = make, create, check
        self._fitted = value  # as it is stored: a static method for a function, say

    def _describe(self):
        self.replacement = self._fitted = self._subject.replacement
        self._found = self._subject.beneath
        self._make, self._create, self._check = None, True, False

    def _put_on(self, start):
        parent, attribute, found = self._resolve(start)
        value = self.replacement if self._make is None else self._make(found)
        if self._check and found is not MISSING and value is not MISSING:
            value = fitted(parent, found, value, self.name)
        with turn_at(parent):
            self._subject = replace(parent, attribute, value, self.kind)
        self._place, self._found = (parent, attribute), found
        self._fitted = value
        if self._make is not None:
            self.replacement = value

    def _resolve(self, start):
        try:
            return resolve_path(start, self.path)
        except PathResolutionError:
            if not self._create:
                raise
        before, dot, attribute = self.path.rpartition(".")
        parent = resolve_path(start, before)[2] if dot else start
        if own(parent, attribute) is not MISSING:
            raise AssertionError(f"{self.name} cannot be resolved and is there")
        return parent, attribute, MISSING

    def _switch(self, on):
        if on:
            parent, attribute = self._place
            with turn_at(parent):
                self._subject = replace(parent, attribute, self._fitted, self.kind)
            self._enlist()
        else:
            self._take(False)

    def _give_up(self):
        with turn_at(self._place[0]):
            forget(self._subject, *self._place)


def named(function, target, name, value):
    """The target, path and value of a call that may give target and path in one string.

    Raises TypeError where no value is left, ValueError for a string that names no path.
    """
    if value is not IN_TARGET:
        return target, name, value
    if not isinstance(target, str):
        raise TypeError(f"{function}() takes a target, the path of an attribute and a value")
    module, colon, path = target.partition(":")
    if not (module and colon and path):
        raise ValueError(
            f"{function}() was given {target!r} without a path: write 'package.module:Class.name', "
            f"or give the path as the second argument"
        )
    return module, path, name
