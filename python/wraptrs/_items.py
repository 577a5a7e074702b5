"""Handles of what is put into a mapping: an item of a dict, a variable of the environment."""

from _weakref import ref

from ._missing import MISSING
from ._patch import Patch, PatchConflictError
from ._turns import turn_at

_tops = {}  # by the mapping's id and the key: a weak reference to the uppermost patch there


class Item(Patch):
    """A value under a key of a mapping, or in a place of a list; MISSING for no item at all.

    Several on one key lie on each other, and are reverted in any order.
    """

    kind = "item"

    def __init__(self, mapping, key, value, owner=None):
        if not hasattr(type(mapping), "__setitem__"):
            raise TypeError(f"items of a '{type(mapping).__name__}' object cannot be set")
        super().__init__(mapping, owner)
        self.key = key
        self.replacement = value
        self._beneath = self._standing = MISSING
        self._under = None  # the patch that lies beneath this one

    @property
    def name(self):
        """The item as "dict[key]"."""
        return f"{type(self.target).__name__}[{self.key!r}]"

    @property
    def original(self):
        """What was there before, MISSING for nothing."""
        return self._beneath

    def _put(self):
        with turn_at(self.target):
            self._beneath, self._under = self._get(), self._top()
            self._set(self.replacement)
            self._standing = self._get()
            place = self._place()

            def gone(watch):
                if _tops.get(place) is watch:
                    _tops.pop(place, None)

            _tops[place] = ref(self, gone)

    def _take(self, force):
        with turn_at(self.target):
            above, top = None, self._top()
            while top is not None and top is not self:
                above, top = top, top._under
            if above is None:
                if not force and not self._stands():
                    raise PatchConflictError(
                        f"{self.name} was changed by somebody else since it was patched: take that "
                        f"change back first, or revert with leave=True or force=True"
                    )
                self._set(self._beneath)
            elif top is self:
                above._beneath, above._under = self._beneath, self._under
            self._leave(above)

    def _give_up(self):
        with turn_at(self.target):
            self._leave(None)

    def _leave(self, above):
        if above is None and self._top() is self:
            under = self._under
            if under is None:
                del _tops[self._place()]
            else:
                _tops[self._place()] = ref(under)
        self._under = None

    def _place(self):
        return id(self.target), self.key if self._is_hashable() else id(self.key)

    def _is_hashable(self):
        try:
            hash(self.key)
        except TypeError:
            return False
        return True

    def _top(self):
        watch = _tops.get(self._place())
        top = None if watch is None else watch()
        return top if top is not None and top.target is self.target else None

    def _get(self):
        # A mapping may make up what it does not have: only what it says that it has is there.
        if hasattr(type(self.target), "keys") and self.key not in self.target:
            return MISSING
        try:
            return self.target[self.key]
        except LookupError:
            return MISSING

    def _set(self, value):
        if value is not MISSING:
            self.target[self.key] = value
        elif self._get() is not MISSING:
            del self.target[self.key]

    def _stands(self):
        """Whether what was put is there; a mapping that gives others than it was given, made anew
        each time perhaps, is believed when they are equal."""
        now, put = self._get(), self._standing
        if now is put or MISSING in (now, put):
            return now is put
        return put is not self.replacement and type(now) is type(put) and bool(now == put)


class Variable(Item):
    """A variable of the environment; its value is a str."""

    kind = "environment"

    def __init__(self, name, value, owner=None):
        from os import environ

        if not isinstance(name, str) or not (value is MISSING or isinstance(value, str)):
            raise TypeError(
                f"variables of the environment are str, or MISSING: got {name!r} and {value!r}"
            )
        super().__init__(environ, name, value, owner)

    @property
    def name(self):
        """The variable as "$NAME"."""
        return f"${self.key}"
