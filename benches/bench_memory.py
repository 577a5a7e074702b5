"""Bytes that one proxy, one function wrapper and one bound wrapper keep allocated.

The rows that carry goals count what `tracemalloc` sees for one more object with everything it owns
(instance dict, bound method, the collector's header); its target is shared and not counted. The
rows named "own size" are `sys.getsizeof` plus that of the instance dict: they confirm the first,
and leave out what the object merely holds.
"""

from __future__ import annotations

import builtins
import gc
import sys
import tracemalloc
from typing import Any, Callable

from cases_call import passthrough
from model import BARE, NEW, OLD, Goal, Row

COUNT = 5000
# More than any free list keeps: these are taken first, so that each counted object is allocated.
SPARE = 1000
NOT_YET = "not yet"


def makers(lib: Any) -> dict[str, Callable[[], Any]]:
    """For each row, a function that makes one more object; bare has no counterpart of a proxy."""
    target = object()

    def function(a):
        return a

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    class Owner:
        @passthrough(lib)
        def method(self, a):
            return a

    owner = Owner()
    if lib is None:
        through = passthrough(None)
        return {
            "function wrapper": lambda: through(function),
            "bound wrapper": lambda: owner.method,
        }
    return {
        "proxy": lambda: lib.ObjectProxy(target),
        "function wrapper": lambda: lib.FunctionWrapper(function, wrapper),
        "bound wrapper": lambda: owner.method,
    }


def allocated(make: Callable[[], Any]) -> float:
    """Bytes for one object, as the mean over COUNT that live at once."""
    spare = [make() for _ in range(SPARE)]
    kept = [None] * COUNT
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for index in range(COUNT):
            kept[index] = make()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del spare, kept
    return round((after - before) / COUNT)


def own_size(make: Callable[[], Any]) -> float:
    """Bytes of the object itself and of its instance dict, if it has made one."""
    thing = make()
    shared = (getattr(thing, "__globals__", None), vars(builtins))
    held = [part for part in gc.get_referents(thing) if type(part) is dict]
    dicts = [part for part in held if not any(part is known for known in shared)]
    return sys.getsizeof(thing) + sum(sys.getsizeof(part) for part in dicts)


ROWS = (
    ("memory: proxy", "proxy", allocated, Goal(0.40)),
    ("memory: function wrapper", "function wrapper", allocated, Goal(0.50)),
    ("memory: bound wrapper", "bound wrapper", allocated, Goal(0.40)),
    ("own size: proxy", "proxy", own_size, Goal()),
    ("own size: function wrapper", "function wrapper", own_size, Goal()),
    ("own size: bound wrapper", "bound wrapper", own_size, Goal()),
)
NEEDS = ("ObjectProxy", "FunctionWrapper", "decorator")


def names() -> list[str]:
    return [name for name, *_ in ROWS]


def measure(chosen: list[str], libraries: dict[str, Any]) -> list[Row]:
    """One row for each chosen name; `libraries` is as `cases.Suite.libraries`."""
    made: dict[str, dict[str, Callable[[], Any]]] = {}
    for column in (BARE, OLD, NEW):
        lib = libraries[column]
        ready = column == BARE or all(hasattr(lib, name) for name in NEEDS)
        made[column] = makers(lib) if ready else {}
    rows = []
    for name, kind, weigh, goal in ROWS:
        if name not in chosen:
            continue
        row = Row(name, goal, unit="B")
        for column in (BARE, OLD, NEW):
            without = "-" if column == BARE else NOT_YET
            make = made[column].get(kind)
            row.values[column] = weigh(make) if make else without
        rows.append(row)
    return rows
