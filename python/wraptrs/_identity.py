"""Values attached by identity to objects that have no dict for them, and to classes.

A ``WeakKeyDictionary`` is no place for such values, since it asks objects for their hash and
equality. The values must not refer to their objects: they would keep them alive.
"""

from _weakref import ref


class _Key(ref):
    """The weak reference to an object, with the number under which its value is kept."""

    __slots__ = ("number",)


_nobody = None, None


class IdentityMap:
    """Maps objects to values by identity, as long as the objects live.

    ``entries`` holds, by the number of each object, the pair of a weak reference and the value;
    calls of cached functions look there natively.
    """

    __slots__ = ("_forget", "entries")

    def __init__(self):
        self.entries = entries = {}

        def forget(key):
            # The number may belong to another object by now, where collection is concurrent.
            if entries.get(key.number, _nobody)[0] is key:
                entries.pop(key.number, None)

        self._forget = forget

    def get(self, obj):
        """The value attached to `obj`, or None."""
        key, value = self.entries.get(id(obj), _nobody)
        return value if key is not None and key() is obj else None

    @staticmethod
    def accepts(obj):
        """Whether a value can be attached to `obj` at all."""
        return bool(type(obj).__weakrefoffset__)

    def setdefault(self, obj, make):
        """The value attached to `obj`; first attaches ``make(reference)``, where calling the
        reference gives `obj`."""
        key = _Key(obj, self._forget)
        key.number = id(obj)
        entry = key, make(key)
        known = self.entries.setdefault(key.number, entry)
        if known[0]() is not obj:
            # Left by an object that died in another thread; its own callback will skip ours.
            self.entries[key.number] = known = entry
        return known[1]
