"""Python functions to patch in place, and what identifies the state of one."""

from __future__ import annotations


def state(function):
    """All that a patch may change, to be compared by identity."""
    names = (
        "__code__ __globals__ __builtins__ __defaults__ __kwdefaults__ __closure__ __annotations__ "
        "__type_params__ __doc__ __name__ __qualname__ __module__ __dict__"
    )
    return [getattr(function, name, None) for name in names.split()]


def same(one, other):
    return all(a is b or a == b == () for a, b in zip(one, other))


def enclosing(count):
    """A function with that many free variables, which returns their sum."""
    names = [f"v{i}" for i in range(count)]
    source = "def outer({}):\n    def inner(a=0): return a{}\n    return inner\n"
    space = {}
    exec(source.format(", ".join(names), "".join(f" + {name}" for name in names)), space)
    return space["outer"](*range(count))
