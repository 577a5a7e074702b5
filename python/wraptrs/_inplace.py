"""The handle of any change made in place: how its target is found, how it goes on and comes off."""

import sys
from types import FunctionType

from . import _layers
from ._fields import CODE
from ._native import resolve_path
from ._patch import Patch, imported, module_target
from ._targets import UnpatchableError, find
from ._wrapper import name_of_function


class InPlacePatch(Patch):
    """One change of one function, made by `hotpatch` or `hotwrap`: the handle to take it back."""

    replaces = False  # whether what lies beneath is of no account
    rewrites = False  # whether it changes the function itself, under the wrappers around it
    over = None  # makes what calls of a C function go to, where that can be patched too
    function = None  # the function that changes; None while pending
    mode = None
    _reach = None  # what changes all functions that are meant; None: there is one
    _stays = True
    _record = None
    _found = None

    @property
    def name(self):
        """The function as "module:Class.method"."""
        if self.function is not None:
            return name_of_function(self.function)
        if isinstance(self.target, str):
            return self.target.replace("?:", ":", 1)
        return getattr(self.target, "__qualname__", None) or repr(self.target)

    @property
    def original(self):
        """A callable with the behaviour beneath this patch; None while it is pending."""
        if self._record is None:
            return None
        with _layers.lock:
            return self._record.beneath(self)

    def running(self):
        """The frames, of all threads, that still run the code the function had at first.

        Each such call finishes as it began. Generators and coroutines that wait are not listed;
        C functions have no frames.
        """
        if self._record is None or self.mode == "methoddef":
            return []
        code, found = self._record.base[CODE], []
        for frame in sys._current_frames().values():
            while frame is not None:
                if frame.f_code is code:
                    found.append(frame)
                frame = frame.f_back
        return found

    def __repr__(self):
        return f"<{self.kind} of {self.name}, {self.mode or 'no mode'}, {self.state}>"

    def _guarded(self, module):
        if not isinstance(self.target, str):
            return self.target
        name, _, path = module_target(self.target)
        return _place(imported(name) if module is None else module, path)["raw"]

    def _put(self):
        if not isinstance(self.target, str):
            if self.function is None:
                self._find()
            self._lay()
            return None
        # What a string means is looked up each time: the module may have been loaded anew.
        module, waits, path = module_target(self.target)
        if waits:
            return self._wait_for(module, lambda found: self._put_on(found, path))
        return self._put_on(imported(module), path)

    def _locate(self):
        """Find the function, importing its module, and change nothing."""
        place = {}
        if isinstance(self.target, str):
            module, _, path = module_target(self.target)
            place = _place(imported(module), path)
        self._find(**place)

    def _put_on(self, module, path):
        self._find(**_place(module, path))
        self._lay()

    def _take(self, force):
        with _layers.lock:
            if self._reach is None:
                _layers.remove(self._record, self, force)
            else:
                self._reach.remove(self, force)
        if self._clears:
            self._clear_caches()

    def _give_up(self):
        if self.mode == "methoddef":
            with _layers.lock:
                _layers.remove(self._record, self, None)

    def _switch(self, on):
        with _layers.lock:
            if self._reach is None:
                _layers.install(self._record)
            else:
                self._reach.install(self)
        if self._clears:
            self._clear_caches()

    def _find(self, owner=None, raw=None):
        """Fix the function that the target means, and check that this patch fits it."""
        found = find(self.target, self._unwrap, owner, raw)
        if self.over is None and type(found.function) is not FunctionType:
            raise UnpatchableError(
                f"cannot change {found.function!r} this way: it is implemented in C and has no "
                "code of Python; hotpatch() and hotwrap() can patch it"
            )
        self._check(found)
        self._found, self.function = found, found.function

    def _lay(self):
        with _layers.lock:
            if self._reach is None:
                self._record = _layers.add(self.function, self)
            else:
                self._record = self._reach.put(self)
        if self._clears:
            self._clear_caches()

    def _retract(self):
        if self.function is None:
            return
        with _layers.lock:
            for record in (_layers.find(self.function), self._record):
                if record is not None and self in record.layers:
                    taken, self._record = self._record, record
                    self._take(False)
                    self._record = taken

    def _clear_caches(self):
        for cache in self._found.caches:
            cache.cache_clear()


def _place(module, path):
    """What a path leads to: the class that holds it and its raw entry, or the object itself."""
    parent, attribute, found = resolve_path(module, path)
    if isinstance(parent, type):
        for cls in parent.__mro__:
            if attribute in cls.__dict__:
                return {"owner": cls, "raw": cls.__dict__[attribute]}
    return {"raw": found}
