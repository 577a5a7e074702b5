"""Values kept on objects, in the dict of each, so that the collector frees both together.

A table beside the objects could not do that: a value that refers to its object would keep it alive.
The price is that copies and pickles of the dict carry what stands there, hence holders: each knows
the object it was made for, counts for no other one, and is empty in a deep copy and in a pickle.
"""

from _weakref import ref

from . import _forks
from ._native import BaseObjectProxy

_read = object.__getattribute__
# The names made and the unused ones among them, by what they start with; the uses by identity.
_names = {}
_uses = {}
# Reentrant, since the collector may run any code while a holder is made.
_making = _forks.lock()


class Holder(tuple):
    """A weak reference to an object, or the object where weak references cannot point to it, and
    the value that belongs to it; native code reads both. All holders are equal, so that instances
    whose dicts are compared do not differ by what was computed with them."""

    __slots__ = ()

    def __reduce__(self):
        return Holder, ()

    def __deepcopy__(self, memo):
        return Holder()

    def __eq__(self, other):
        return isinstance(other, Holder) or NotImplemented

    def __ne__(self, other):
        return False if isinstance(other, Holder) else NotImplemented

    def __hash__(self):
        return hash(Holder)

    def __repr__(self):
        return "<kept by wraptrs>"

    def value_for(self, obj):
        """The value if it belongs to `obj`, else None."""
        owner, value = self or (None, None)
        return value if (owner() if type(owner) is ref else owner) is obj else None


class _Use(ref):
    """A function's use of a name, which ends with the function."""

    __slots__ = ("name", "unused")


def _end(use):
    _uses.pop(id(use), None)
    use.unused.append(use.name)


def name_for(function, prefix, function_name):
    """A name for holders that no other living function has: instances of a subclass may hold a
    value for the method of their class and one for the method it overrides. The same program gives
    the same names when it runs again, so that pickled instances do not collect stale ones.

    The values must keep the function alive, since its name is used again after it.
    """
    # The interpreter remembers the absence of attributes with names of up to 100 characters, and
    # on free-threaded builds never forgets a name it looked for.
    base = prefix + function_name[-60:]
    use = _Use(function, _end)
    with _making:
        made, use.unused = _names.setdefault(base, ([], []))
        if not use.unused:
            made.append(base if not made else f"{base}_{len(made) + 1}")
            use.unused.append(made[-1])
        use.name = use.unused.pop()
        _uses[id(use)] = use
    return use.name


def held(obj, name):
    """The value that `obj` holds under `name`, or None."""
    try:
        holder = _read(obj, name)
    except AttributeError:
        return None
    return holder.value_for(obj) if type(holder) is Holder else None


def hold(obj, name, make):
    """The value that `obj` holds under `name`; first stores ``make(reference)``, where calling the
    reference gives `obj`. None if `obj` has no dict for its attributes, or its own way with them,
    as classes do."""
    with _making:
        value = held(obj, name)
        if value is not None:
            return value
        if type(obj).__weakrefoffset__:
            owner = reference = ref(obj)
        else:
            # A cycle through `obj` itself, which the collector breaks.
            owner, reference = obj, lambda: obj
        value = make(reference)
        return value if _store(obj, name, Holder((owner, value))) else None


def drop(obj, name):
    """Take the value that `obj` holds under `name` away, if it holds one."""
    with _making:
        holder = None if held(obj, name) is None else _read(obj, name)
        if holder is None:
            return
        if issubclass(type(obj), BaseObjectProxy):
            del obj.__self_dict__[name]
        else:
            object.__delattr__(obj, name)
    del holder  # without the lock: what dies here may call anything


def _store(obj, name, holder):
    """Whether the holder could be put into the object's own dict, past what its class does about
    assignments; a proxy's own dict is not that of what it wraps."""
    if issubclass(type(obj), BaseObjectProxy):
        BaseObjectProxy.__self_setattr__(obj, name, holder)
        return True
    try:
        object.__setattr__(obj, name, holder)
    except (AttributeError, TypeError):
        return False
    return True
