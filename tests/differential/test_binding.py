"""Random class hierarchies with wrapped entries: wrapt and wraptrs give each call the same."""

from __future__ import annotations

import functools
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wraptrs
from support.outcome import outcome
from support.twins import comparable, neutral

wrapt = pytest.importorskip("wrapt", reason="wrapt is what these programs are compared with")

ENTRIES = {
    "function": lambda: lambda *args, **kwargs: ("function", args, kwargs),
    "needs self": lambda: lambda self, a, b=2: ("needs self", self, a, b),
    "no arguments": lambda: lambda: "none",
    "classmethod": lambda: classmethod(lambda cls, *args: ("class", cls, args)),
    "staticmethod": lambda: staticmethod(lambda *args, **kw: ("static", args, kw)),
    "property": lambda: property(lambda self: ("property", self)),
    "builtin": lambda: len,
    "builtin method": lambda: [1, 2, 3].index,
    "slot wrapper": lambda: int.__add__,
    "method descriptor": lambda: str.upper,
    "class": lambda: dict,
    "partial": lambda: functools.partial(lambda *args: ("partial", args), 1),
    "lru_cache": lambda: functools.lru_cache(lambda *args: ("cached", args)),
    "bound": lambda: Callable().method,
    "callable": lambda: Callable(),
    "none": lambda: None,
    "text": lambda: "not callable",
    "raises": lambda: raises,
    "partialmethod": lambda: functools.partialmethod(lambda self, *args: ("pm", self, args), 1),
}
if (3, 13) <= sys.version_info < (3, 14):
    del ENTRIES["partial"]  # there a partial in a class body warns when it is read


class Callable:
    def __call__(self, *args):
        return "called", args

    def method(self, *args):
        return "method", args

    def __repr__(self):
        return "Callable()"


def raises(*args):
    raise LookupError(args)


WAYS = [
    "instance",
    "class",
    "subclass instance",
    "subclass",
    "super",
    "super of class",
    "class with instance",
    "class with subclass instance",
    "by hand",
    "by hand none",
    "rebind",
    "raw",
    "metaclass",
]
OUTER = [None, classmethod, staticmethod]


def build(lib, entries, seen):
    """A class with the entries wrapped, a subclass of it, and a class that has it as metaclass."""

    def wrapper(wrapped, instance, args, kwargs):
        seen.append(neutral(outcome(lambda: (instance, args, kwargs)).detail))
        return wrapped(*args, **kwargs)

    def wrap(name, layers, enabled, outer):
        entry = ENTRIES[name]()
        for _ in range(layers):
            entry = lib.FunctionWrapper(entry, wrapper, enabled)
        return outer(entry) if outer else entry

    def name_of(self):
        return f"<{type(self).__name__}>"

    namespace = {f"entry{i}": wrap(*entry) for i, entry in enumerate(entries)}
    Base = type("Base", (), {"__repr__": name_of, "__len__": lambda self: 3, **namespace})
    Sub = type("Sub", (Base,), {})
    Meta = type("Meta", (type,), dict(namespace))
    return Base, Sub, Meta("Made", (), {"__repr__": name_of})


def reach(Base, Sub, Made, way, name):
    """The entry got by one way, and the arguments that have to come first with it."""
    base, sub = Base(), Sub()
    raw = Base.__dict__[name]
    if way == "instance":
        return getattr(base, name), ()
    if way == "class":
        return getattr(Base, name), ()
    if way == "subclass instance":
        return getattr(sub, name), ()
    if way == "subclass":
        return getattr(Sub, name), ()
    if way == "super":
        return getattr(super(Sub, sub), name), ()
    if way == "super of class":
        return getattr(super(Sub, Sub), name), ()
    if way == "class with instance":
        return getattr(Base, name), (base,)
    if way == "class with subclass instance":
        return getattr(Base, name), (sub,)
    if way == "by hand":
        return raw.__get__(base, Base), ()
    if way == "by hand none":
        return raw.__get__(None, Base), ()
    if way == "rebind":
        return getattr(Base, name).__get__(base, Base), ()
    if way == "raw":
        return raw, ()
    return getattr(Made, name), ()


def describe(obj):
    """What can be seen of a bound or raw wrapper without naming the library."""
    seen = [type(obj).__name__]
    for name in ("_self_binding", "_self_instance", "_self_owner", "__name__", "__doc__"):
        step = outcome(getattr, obj, name)
        seen.append(comparable(step)[: 3 if step.kind == "value" else 2])
    parent = getattr(obj, "_self_parent", None)
    return [*seen, type(parent).__name__]


entry = st.tuples(
    st.sampled_from(sorted(ENTRIES)),
    st.integers(1, 3),
    st.sampled_from([None, True, False]),
    st.sampled_from(OUTER),
)
call = st.tuples(
    st.integers(0, 2),
    st.sampled_from(WAYS),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.sampled_from(["a", "b", "self"]), st.integers(0, 3), max_size=2),
)


def run(lib, entries, calls):
    seen, results = [], []
    Base, Sub, Made = build(lib, entries, seen)
    for index, way, args, kwargs in calls:
        name = f"entry{index % len(entries)}"
        got = outcome(reach, Base, Sub, Made, way, name)
        results.append(comparable(got)[: 3 if got.kind == "error" else 2])
        if got.kind == "error":
            continue
        obj, first = got.raw
        results.append(describe(obj))
        result = outcome(obj, *first, *args, **kwargs)
        results.append(comparable(result))
        results.append(list(seen))
        seen.clear()
    return results


@given(st.lists(entry, min_size=1, max_size=3), st.lists(call, min_size=1, max_size=5))
def test_class_programs(entries, calls):
    assert run(wraptrs, entries, calls) == run(wrapt, entries, calls)


@given(
    st.sampled_from(sorted(ENTRIES)),
    st.integers(1, 3),
    st.lists(st.sampled_from(["instance", "None"]), max_size=4),
)
def test_chains_of_binding(name, layers, steps):
    def program(lib):
        wrapped = ENTRIES[name]()
        for _ in range(layers):
            wrapped = lib.FunctionWrapper(wrapped, lambda w, i, a, k: (repr(i), a, w(*a, **k)))

        class Owner:
            def __repr__(self):
                return "<owner>"

        results, obj = [], wrapped
        for step in steps:
            got = outcome(
                lambda obj=obj, step=step: obj.__get__(
                    Owner() if step == "instance" else None, Owner
                )
            )
            results.append((got.kind, got.type.__name__))
            if got.kind == "error":
                break
            same, obj = got.raw is obj, got.raw
            results.append((same, describe(obj)[:2]))
        result = outcome(obj, 1)
        return [*results, comparable(result)]

    expected, got = program(wrapt), program(wraptrs)
    assert got == expected
