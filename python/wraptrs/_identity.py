"""Values attached to objects by identity, without keeping the objects alive.

Attributes are no place for such values: a copy of the object would carry them along, a pickle
would have to hold them, and objects with ``__slots__`` or frozen ones take none. Neither is a
``WeakKeyDictionary``, which asks objects for their hash and equality.
"""

from _weakref import ref


class _Key(ref):
    """The weak reference to an object, with the number under which its value is kept."""

    __slots__ = ("number",)


class _Holder:
    """A value in the instance dict of an object that weak references cannot point to, such as an
    instance of a tuple subclass. It knows whom it was made for, so that one carried into another
    dict by a copy does not count there; a pickle or a deep copy holds an empty one."""

    __slots__ = ("owner", "value")

    def __init__(self, owner=None, value=None):
        self.owner = owner
        self.value = value

    def __reduce__(self):
        return _Holder, ()

    def __deepcopy__(self, memo):
        return _Holder()


_nobody = None, None


class _Entries(dict):
    """The entries of a map. It can stand where a wrapper belongs, for native code to find it."""

    __slots__ = ()

    def __call__(self, wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)


class IdentityMap:
    """Maps objects to values by identity.

    ``name`` is the key under which the value stands in the instance dict of objects that cannot
    be referred to weakly.

    ``entries`` holds, by the number of each other object, the pair of a weak reference and the
    value; calls of cached functions look there natively.
    """

    __slots__ = ("_forget", "entries", "name")

    def __init__(self, name):
        self.name = name
        self.entries = entries = _Entries()

        def forget(key):
            # The number may belong to another object by now, where collection is concurrent.
            if entries.get(key.number, _nobody)[0] is key:
                entries.pop(key.number, None)

        self._forget = forget

    def get(self, obj):
        """The value attached to `obj`, or None."""
        if type(obj).__weakrefoffset__:
            key, value = self.entries.get(id(obj), _nobody)
            return value if key is not None and key() is obj else None
        holder = vars(obj).get(self.name)
        return holder.value if holder is not None and holder.owner is obj else None

    @staticmethod
    def accepts(obj):
        """Whether a value can be attached to `obj` at all."""
        return bool(type(obj).__weakrefoffset__) or hasattr(obj, "__dict__")

    def setdefault(self, obj, make):
        """The value attached to `obj`; first attaches ``make(reference)``, where calling the
        reference gives `obj`."""
        if not type(obj).__weakrefoffset__:
            return self._hold(obj, make)
        key = _Key(obj, self._forget)
        key.number = id(obj)
        entry = key, make(key)
        known = self.entries.setdefault(key.number, entry)
        if known[0]() is not obj:
            # Left by an object that died in another thread; its own callback will skip ours.
            self.entries[key.number] = known = entry
        return known[1]

    def _hold(self, obj, make):
        namespace = vars(obj)
        holder = namespace.get(self.name)
        if holder is None or holder.owner is not obj:
            # A cycle through `obj` itself, which the garbage collector breaks.
            namespace[self.name] = holder = _Holder(obj, make(lambda: obj))
        return holder.value

    def values(self):
        """The values of all objects with weak references that are alive."""
        return [value for key, value in list(self.entries.values())]
