"""Python functions to patch in place, and what identifies the state of one."""

from __future__ import annotations

import sys

from support.inplace import OFFICIAL

NAMES = [
    "__code__",
    "__globals__",
    "__builtins__",
    "__defaults__",
    "__kwdefaults__",
    "__closure__",
    "__annotations__",
    "__type_params__",
    "__doc__",
    "__name__",
    "__qualname__",
    "__module__",
    "__dict__",
]
# By setters alone, those that are computed when they are asked for are computed again.
RECOMPUTED = ["__annotations__"] if OFFICIAL and sys.version_info >= (3, 14) else []


def state(function):
    """All that a patch may change, to be compared by identity."""
    return [getattr(function, name, None) for name in NAMES]


def same(one, other):
    return all(
        a is b or a == b == () or (name in RECOMPUTED and a == b)
        for name, a, b in zip(NAMES, one, other)
    )


def enclosing(count):
    """A function with that many free variables, which returns their sum."""
    names = [f"v{i}" for i in range(count)]
    source = "def outer({}):\n    def inner(a=0): return a{}\n    return inner\n"
    space = {}
    exec(source.format(", ".join(names), "".join(f" + {name}" for name in names)), space)
    return space["outer"](*range(count))
