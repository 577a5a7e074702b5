"""Measured calls: counted, timed, traced, switched off; by name and in place.

The yardstick of each is the closure that one writes by hand: for a count one that adds to a
counter, for a time one with two readings of the clock, for a trace one that keeps name, arguments
and result in a bounded deque, for one that is switched off a closure that only passes on. An
instrument in place has the same yardstick, though a closure cannot be in place. The plain call is a
part of all of them, and where Python is slow to get to a function the larger one, so that there is
a goal for what is added to it as well. `wrapture`, which
is no library of the common columns, is measured by bench_instruments.py.
"""

from __future__ import annotations

import collections
import functools
import time
import types

from model import Case, Goal


def counting(wrapped):
    calls = 0

    @functools.wraps(wrapped)
    def closure(*args, **kwargs):
        nonlocal calls
        calls += 1
        return wrapped(*args, **kwargs)

    return closure


def timing(wrapped):
    total = 0
    clock = time.perf_counter_ns

    @functools.wraps(wrapped)
    def closure(*args, **kwargs):
        nonlocal total
        start = clock()
        try:
            return wrapped(*args, **kwargs)
        finally:
            total += clock() - start

    return closure


def tracing(wrapped):
    events = collections.deque(maxlen=10_000)
    clock = time.perf_counter_ns

    @functools.wraps(wrapped)
    def closure(*args, **kwargs):
        events.append(("call", wrapped.__qualname__, clock(), repr(args), repr(kwargs)))
        start = clock()
        result = wrapped(*args, **kwargs)
        events.append(("return", wrapped.__qualname__, clock() - start, repr(result)))
        return result

    return closure


def plain(wrapped):
    @functools.wraps(wrapped)
    def closure(*args, **kwargs):
        return wrapped(*args, **kwargs)

    return closure


CLOSURES = {"count": counting, "time": timing, "trace": tracing, "off": plain}
FORMS = {
    "function": "f(3, 4)",
    "method": "obj.add(3, 4)",
    "bound method": "kept(3, 4)",
    "class method": "obj.made(3, 4)",
    "static method": "obj.free(3, 4)",
}


def place():
    """A module with a function, and a class with a method of each kind."""

    def add(a, b):
        return a + b

    class Adder:
        def add(self, a, b):
            return a + b

        @classmethod
        def made(cls, a, b):
            return a + b

        @staticmethod
        def free(a, b):
            return a + b

    module = types.ModuleType("place")
    module.add, module.Adder, module.size = add, Adder, len
    return module


def targets(module):
    """What is measured: what holds it, and its name."""
    methods = [(module.Adder, name) for name in ("add", "made", "free")]
    return [(module, "add"), (module, "size"), *methods]


def attach(instruments, kind, holder, name, in_place):
    """The handle of an instrument of a kind; one that is switched off times."""
    if kind == "trace":
        return instruments.trace(holder, name=name, in_place=in_place)
    measure = instruments.count if kind == "count" else instruments.time
    handle = measure(holder, name, in_place=in_place)
    if kind == "off":
        handle.disable()
    return handle


def close_over(kind, holder, name):
    """Put a closure by hand in the place of what is there, of the same kind of method."""
    found = vars(holder)[name]
    if isinstance(found, (classmethod, staticmethod)):
        setattr(holder, name, type(found)(CLOSURES[kind](found.__func__)))
    else:
        setattr(holder, name, CLOSURES[kind](found))


def names(module, handles=()):
    """The namespace of the calls; handles are kept in it."""
    obj = module.Adder()
    space = {"f": module.add, "size": module.size, "obj": obj, "kept": obj.add}
    return {**space, "handles": handles}


def unmeasured():
    """A setup: all that there is to call, as it is."""
    return names(place())


def measured(kind, in_place=False):
    """A setup: all that there is to call, each measured. A closure can only take a name."""

    def setup(lib):
        module, handles = place(), []
        for holder, name in targets(module):
            if lib is None:
                close_over(kind, holder, name)
            elif not (in_place and name == "size"):
                handles.append(attach(lib.instruments, kind, holder, name, in_place))
        return names(module, handles)

    return setup


NEEDED = ("instruments",)
GOALS = {
    "count": Goal(to_bare=0.35, added=0.35),
    "time": Goal(to_bare=0.5, added=0.5),
    "off": Goal(to_bare=0.6),
    "trace": Goal(),
}


def case(kind, form, stmt, in_place=False, expect=7):
    """A row."""
    title = f"{'instrument off' if kind == 'off' else kind}{' in place' if in_place else ''}"
    setup = measured(kind, in_place)
    return Case(f"{title}, {form}", stmt, expect, setup, NEEDED, GOALS[kind], unmeasured)


def forms(kind, in_place):
    """A row for each form of call."""
    return [case(kind, form, stmt, in_place) for form, stmt in FORMS.items()]


CASES = [
    *forms("count", False),
    case("count", "keywords", "f(a=3, b=4)"),
    case("count", "C function", "size('abc')", expect=3),
    *forms("count", True),
    *forms("time", False),
    case("time", "C function", "size('abc')", expect=3),
    *forms("time", True),
    case("trace", "function", "f(3, 4)"),
    *forms("off", False),
    *forms("off", True),
]
