"""Which function a target means: the one inside descriptors, partials and decorators.

The rule: bound methods, `staticmethod` and `classmethod` objects, properties (their getter),
cached properties and partials give the function they hold; whatever then has a `__wrapped__`, as
`functools.wraps`, `lru_cache` and `singledispatch` leave it, gives the function inside, down to the
innermost. C functions and methods are taken as they are. What holds no function is refused with
what to use instead.
"""

import sys
from types import FunctionType, MethodType
from weakref import ref

from . import _definitions
from ._native import BaseObjectProxy
from ._templates import ITERABLE_COROUTINE, KIND_NAMES, KINDS, kind_of

_HOLDERS = {
    "property": "fget",
    "cached_property": "func",
    "partial": "func",
    "partialmethod": "func",
    "singledispatchmethod": "func",
    "_singledispatchmethod_get": "__wrapped__",  # what that gives when it is read, from 3.14 on
    "staticmethod": "__func__",
    "classmethod": "__func__",
    "instancemethod": "__func__",  # of C extensions: makes methods of functions without binding
}
_HOLDING = (staticmethod, classmethod, property, BaseObjectProxy)
_BINDING = ("cached_property", "instancemethod")
_BINDING_AS_HELD = ("partialmethod", "singledispatchmethod", "_singledispatchmethod_get")
_SLOTS = ("wrapper_descriptor", "method-wrapper")
_LIMIT = 1000
_searched = {}  # weak references to classes, by the module and qualified name of their methods


class UnpatchableError(TypeError):
    """A target cannot be changed in place. The message says why, and what to use instead."""


class Found:
    """A function to patch: how calls reach it, the class it belongs to, the caches around it."""

    __slots__ = ("binding", "caches", "function", "outer", "owner")

    def __init__(self, function, binding, owner, caches, outer):
        self.function = function
        self.outer = outer  # the function around all others, which is what its class holds
        self.binding = binding  # whether calls come with instance or class in front; None: unknown
        self.owner = owner
        self.caches = caches

    def settle(self):
        """Find out what the target did not say; in vain for functions outside of classes."""
        binding, owner = _binding(self.function, self.owner)
        if owner is None and self.outer is not self.function:
            binding, owner = _binding(self.outer, None)
        if self.binding is None:
            self.binding = binding
        if self.owner is None:
            self.owner = owner


def find(target, unwrap, owner=None, raw=None):
    """The function that a target means.

    `raw` is the entry in the dict of `owner`, where the target was looked up on a class.
    Raises UnpatchableError for a target that holds no function, or one that cannot be patched.
    """
    current = target if raw is None else raw
    if type(current) is FunctionType and not current.__dict__:
        return Found(current, None, owner, (), current)
    caches, binding, outer = [], None, None
    for _ in range(_LIMIT):
        kind = type(current)
        if kind is FunctionType:
            maker = _maker(current)
            if maker is not None:
                current = maker
                continue
            outer = outer or current
            inner = current.__dict__.get("__wrapped__") if unwrap else None
            if inner is None or _is_ours(current):
                return Found(current, binding, owner, caches, outer)
            current = inner
        elif kind is MethodType:
            binding, current = True, current.__func__
        elif _definitions.is_native(kind):
            problem = _definitions.why_not(current)
            if problem is not None:
                raise _refusal(target, outer, current, f"{problem}; {_definitions.INSTEAD}")
            function, binds = _definitions.canonical(current)
            return Found(function, binds or binding is True, owner, caches, function)
        else:
            if binding is None:
                binding = _binding_of_holder(current)
            if hasattr(kind, "cache_clear"):
                caches.append(current)
            inner = _inside(current)
            if inner is None:
                raise _refusal(target, outer, current, _why_not(current))
            current = inner
    raise UnpatchableError(f"cannot patch {target!r} in place: its __wrapped__ chain has no end")


def _maker(function):
    """The `partialmethod` or `singledispatchmethod` that makes such a function at each access."""
    attributes = function.__dict__
    maker = attributes.get("__partialmethod__") or attributes.get("_partialmethod")
    if _name(maker) == "partialmethod":
        return maker
    written = function.__globals__.get("__name__"), function.__code__.co_name
    if written != ("functools", "_method"):
        return None
    maker = getattr(attributes.get("register"), "__self__", None)
    return maker if _name(maker) == "singledispatchmethod" else None


def _refusal(target, outer, current, problem):
    """The error for a target, with the way there if it led through a function."""
    if outer is not None:
        problem = (
            f"its __wrapped__ leads to {current!r}, and {problem}; "
            "with unwrap=False the function around that is patched"
        )
    return UnpatchableError(f"cannot patch {target!r} in place: {problem}")


def _is_ours(function):
    from ._layers import record_of

    return record_of(function) is not None


def _binding_of_holder(holder):
    """How a descriptor calls its function: with an instance in front, without, or unknown."""
    name = _name(holder)
    if name in _BINDING_AS_HELD:
        return not isinstance(_inside(holder), staticmethod)
    if isinstance(holder, (property, classmethod)) or name in _BINDING:
        return True
    return False if isinstance(holder, staticmethod) else None


def _name(thing):
    """Which of the known holders something is, by the name of a class that it derives from."""
    for cls in type(thing).__mro__:
        if cls.__name__ in _HOLDERS and cls.__module__ in ("builtins", "functools"):
            return cls.__name__
    return None


def _inside(holder):
    """The callable that a holder holds; None if it holds none."""
    name = _name(holder)
    if name is None:
        usable = callable(holder) and not isinstance(holder, type)
        inner = getattr(holder, "__wrapped__", None) if usable else None
    else:
        inner = getattr(holder, _HOLDERS[name])
    return None if inner is holder else inner


def _why_not(thing):
    """Why something holds no Python function, and what to use instead."""
    kind = type(thing).__name__
    if isinstance(thing, type):
        return "it is a class; patch its __init__, its __new__ or another of its methods"
    if isinstance(thing, property):
        return "it is a property without a getter; patch its .fset or .fdel"
    if kind in _SLOTS:
        return (
            f"a {kind} is a slot of a C type and holds no function; "
            "derive a class, or wrap the name where it is used with wrap_object()"
        )
    if not callable(thing):
        return f"'{kind}' objects are not callable; give a function or what holds one"
    if isinstance(type(thing).__call__, FunctionType):
        return f"it is an instance that can be called; patch {type(thing).__qualname__}.__call__"
    return (
        f"'{kind}' objects hold no Python function; "
        "replace the name where it is used with wrap_function_wrapper() or wrap_object()"
    )


def _binding(function, owner):
    """Whether a bare function is called with an instance in front, and the class it belongs to."""
    if owner is not None:
        return _entry_binds(owner.__dict__.get(function.__name__), function, True), owner
    outer, _, name = function.__qualname__.rpartition(".")
    if outer == "__create_fn__.<locals>":  # of a dataclass, before 3.10
        return _search(function, None)
    if not outer or outer.endswith("<locals>"):
        return False, None
    found = sys.modules.get(function.__module__)
    for part in outer.split("."):
        found = getattr(found, part, None)
    if isinstance(found, type):
        entry = found.__dict__.get(name)
        if entry is not None:
            return _entry_binds(entry, function, True), found
    return _remembered(function, outer, name) or _search(function, outer)


def _remembered(function, outer, name):
    """As `_search`, where a method of the same class was searched for before: that takes long."""
    seen = _searched.get((function.__module__, outer))
    cls = None if seen is None else seen()
    entry = held = None if cls is None else cls.__dict__.get(name)
    while issubclass(type(held), BaseObjectProxy):  # wrapped by name
        held = held.__wrapped__
    if held is function or getattr(held, "__func__", None) is function:
        return _entry_binds(entry, function, True), cls
    return None


def _entry_binds(entry, function, default):
    """Whether an entry of a class dict binds the function; the default if it is another's."""
    if entry is function or isinstance(entry, (classmethod, property)):
        return True
    return False if isinstance(entry, staticmethod) else default


def _search(function, outer):
    """Find the class of a function whose name leads to none, such as one made in a function."""
    from ._frozen import referrers, set_aside

    holders, aside = [function], set_aside()
    for held in holders:  # what is wrapped by name is held by what wraps it, and so on
        for holder in referrers(held, aside):
            if issubclass(type(holder), _HOLDING) and all(x is not holder for x in holders):
                holders.append(holder)
    for holder in holders:
        for space in referrers(holder, aside):
            if isinstance(space, dict) and "__module__" in space:
                for cls in referrers(space, aside):
                    if isinstance(cls, type) and any(v is holder for v in vars(cls).values()):
                        if len(_searched) >= _LIMIT:
                            _searched.clear()
                        if outer is not None:  # the name of the class, as the function has it
                            _searched[function.__module__, outer] = ref(cls)
                        return not isinstance(holder, staticmethod), cls
    return False, None


def replacement_kind(replacement):
    """The kind of function that calling the replacement amounts to; None if that cannot be told."""
    code = _code_called(replacement)
    return None if code is None else kind_of(code)


def _code_called(thing):
    """The code that calling a thing runs; None if that cannot be told."""
    for _ in range(_LIMIT):
        if type(thing) is FunctionType:
            return thing.__code__
        if isinstance(thing, MethodType):
            thing = thing.__func__
        elif _name(thing) == "partial":
            thing = thing.func
        else:
            return None
    return None


def check_kinds(function, code, replacement, kind):
    """Whether a replacement must be adapted to the kind of the target; a C function has no code.

    Raises TypeError where the kinds differ and nothing was said about it, or cannot be joined.
    """
    called = _code_called(replacement)
    if called is None or kind == "replacement":
        return False
    flags = code.co_flags if code else 0
    if not (flags ^ called.co_flags) & (KINDS | ITERABLE_COROUTINE):
        return False
    old, new = kind_of(code) if code else 0, kind_of(called)
    if new == old:
        if flags & ~called.co_flags & ITERABLE_COROUTINE:
            raise TypeError(
                f"{function!r} can be awaited and {replacement!r} cannot: decorate that with "
                "types.coroutine; kind='replacement' changes the kind of the target"
            )
        return False
    names = f"{KIND_NAMES[new]} {replacement!r} cannot replace {KIND_NAMES[old]} {function!r}"
    if kind == "target" and new == 0:
        return True
    if kind == "target":
        raise TypeError(f"{names}: only plain functions can be adapted; run it inside of one")
    hint = "kind='target' adapts it, " if new == 0 else ""
    raise TypeError(f"{names}: {hint}kind='replacement' changes the kind of the target")
