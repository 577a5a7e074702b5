"""Measured calls: counted, timed, traced, switched off; by name and in place.

The yardstick of each is the closure that one writes by hand: for a count one that adds to a
counter, for a time one with two readings of the clock, for a trace one that keeps name, arguments
and result in a bounded deque. `wrapture`, which is no library of the common columns, is measured
by bench_instruments.py.
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


def place():
    """A module with a function, and a class with a method."""

    def add(a, b):
        return a + b

    class Adder:
        def add(self, a, b):
            return a + b

    module = types.ModuleType("place")
    module.add, module.Adder, module.size = add, Adder, len
    return module


def by_name(kind):
    """A setup: the function, the built-in function and the method, each measured."""

    def setup(lib):
        module = place()
        targets = [(module, "add"), (module, "size"), (module.Adder, "add")]
        handles = []
        for holder, name in targets:
            if lib is None:
                setattr(holder, name, CLOSURES[kind](getattr(holder, name)))
            elif kind == "trace":
                handles.append(lib.instruments.trace(holder, name=name))
            else:
                measure = getattr(lib.instruments, "count" if kind == "count" else "time")
                handles.append(measure(holder, name))
        if kind == "off":
            for handle in handles:
                handle.disable()
        space = {"f": module.add, "size": module.size, "obj": module.Adder()}
        return {**space, "handles": handles}

    return setup


def in_place(kind):
    """A setup: a function measured in place; a closure can only take its name."""

    def setup(lib):
        add = place().add
        if lib is None:
            return {"f": CLOSURES[kind](add)}
        return {"f": add, "handle": getattr(lib.instruments, kind)(add, in_place=True)}

    return setup


NEEDED = ("instruments",)
COUNT, TIME, OFF = Goal(to_bare=0.35), Goal(to_bare=0.5), Goal(to_bare=0.6)

CASES = [
    Case("count, function", "f(3, 4)", 7, by_name("count"), NEEDED, COUNT),
    Case("count, keywords", "f(a=3, b=4)", 7, by_name("count"), NEEDED, COUNT),
    Case("count, method", "obj.add(3, 4)", 7, by_name("count"), NEEDED, COUNT),
    Case("count, C function", "size('abc')", 3, by_name("count"), NEEDED, COUNT),
    Case("count, in place", "f(3, 4)", 7, in_place("count"), NEEDED),
    Case("time, function", "f(3, 4)", 7, by_name("time"), NEEDED, TIME),
    Case("time, method", "obj.add(3, 4)", 7, by_name("time"), NEEDED, TIME),
    Case("time, C function", "size('abc')", 3, by_name("time"), NEEDED, TIME),
    Case("time, in place", "f(3, 4)", 7, in_place("time"), NEEDED),
    Case("trace, function", "f(3, 4)", 7, by_name("trace"), NEEDED),
    Case("instrument off, function", "f(3, 4)", 7, by_name("off"), NEEDED, OFF),
    Case("instrument off, method", "obj.add(3, 4)", 7, by_name("off"), NEEDED, OFF),
]
