"""Answers for code that looks at exact types, which no proxy can satisfy.

The C encoder of ``json``, ``"".join``, pattern matching on builtins and the left side of
``issubclass`` look past ``__class__``. These functions are called where such code meets proxies.
"""

from ._native import BaseObjectProxy

__all__ = ("issubclass_of", "json_default", "unwrap_deep")


def _bare(obj):
    """What a proxy, or a stack of them, stands for."""
    while issubclass(type(obj), BaseObjectProxy):
        obj = obj.__wrapped__
    return obj


def json_default(obj):
    """The object of a proxy, for ``json.dumps(data, default=wraptrs.json_default)``.

    Raises TypeError if ``obj`` is no proxy, so that json reports it as it would without this.
    json asks for values only: proxies as keys of a dict need `unwrap_deep`.

    Behaviour: what ``json`` expects of ``default``; wrapt has no such helper.
    """
    bare = _bare(obj)
    if bare is obj:
        raise TypeError(f"Object of type {type(obj).__name__} is not JSON serializable")
    return bare


def unwrap_deep(obj):
    """A copy of ``obj`` in which all proxies are replaced by their objects.

    Lists, tuples, dicts, sets and frozensets, named tuples, and subclasses of list and dict are
    copied at every depth, cycles and dict keys included; all other objects stay what they are,
    and are not looked into.

    Behaviour: a ``copy.deepcopy`` of containers only; wrapt has no such helper.
    """
    return _Unwrapping().of(obj)


class _Unwrapping:
    """One run over a graph of containers; each is copied once, however often it is reached."""

    def __init__(self):
        self._seen = {}

    def of(self, obj):
        obj = _bare(obj)
        if id(obj) in self._seen:
            return self._seen[id(obj)][1]
        kind = type(obj)
        if issubclass(kind, dict):
            return self._dict(obj)
        if issubclass(kind, list):
            return self._list(obj)
        if kind in (tuple, set, frozenset):
            return self._keep(obj, kind(self.of(item) for item in obj))
        if issubclass(kind, tuple) and hasattr(kind, "_make"):
            return self._keep(obj, kind._make(self.of(item) for item in obj))
        return obj

    def _keep(self, old, new):
        # The old one is held along: its number must not be given to another object meanwhile.
        self._seen[id(old)] = old, new
        return new

    def _list(self, old):
        new = self._keep(old, _shallow_copy(old))
        new[:] = [self.of(item) for item in old]
        return new

    def _dict(self, old):
        new = self._keep(old, _shallow_copy(old))
        new.clear()
        new.update((self.of(key), self.of(value)) for key, value in old.items())
        return new


def _shallow_copy(obj):
    """Of a subclass, which may have a state of its own beside the items."""
    from copy import copy

    return copy(obj)


def issubclass_of(cls, class_or_tuple):
    """``issubclass`` where ``cls`` may be a proxy of a class.

    ``class_or_tuple`` is as for ``issubclass``; proxies are understood there as well. Raises
    TypeError, as ``issubclass`` does, if ``cls`` stands for no class.

    Behaviour: that of ``issubclass`` on the classes behind the proxies; wrapt has no such helper.
    """
    return issubclass(_bare(cls), unwrap_deep(class_or_tuple))
