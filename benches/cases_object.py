"""Object proxies: attributes, operators, type checks, and what making a proxy or wrapper costs."""

from __future__ import annotations

from model import Case, Goal


class Target:
    """The object behind the proxies."""

    def __init__(self):
        self.x = 7


def wrap(lib, value):
    return value if lib is None else lib.ObjectProxy(value)


def plain(lib):
    return {"p": wrap(lib, Target())}


def subclass(lib):
    """A proxy class as users write them: a Python subclass with a method of its own."""
    if lib is None:
        return plain(None)

    class Traced(lib.ObjectProxy):
        def extra(self):
            return self.__wrapped__

    return {"p": Traced(Target())}


def lazy(lib):
    """A lazy proxy whose target has been built already."""
    if lib is None:
        return plain(None)
    proxy = lib.LazyObjectProxy(Target)
    if proxy.x != 7:
        raise AssertionError("the lazy proxy did not build its target")
    return {"p": proxy}


def number(lib):
    return {"p": wrap(lib, 5)}


def mapping(lib):
    return {"p": wrap(lib, {"k": 1})}


def sequence(lib):
    return {"p": wrap(lib, [1, 2, 3])}


def typed(lib):
    return {"p": wrap(lib, Target()), "C": Target}


def makers(lib):
    """Everything that the construction cases call, with a target and a wrapper to hand in."""

    def target(a):
        return a + 1

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    names = ("ObjectProxy", "FunctionWrapper", "LazyObjectProxy", "AutoObjectProxy")
    found = {name: getattr(lib, name) for name in names if hasattr(lib, name)}
    return {"o": Target(), "f": target, "w": wrapper, "T": Target, **found}


PROXY = ("ObjectProxy",)
LAZY = ("LazyObjectProxy",)
AUTO = ("AutoObjectProxy",)
ATTRIBUTE = Goal(0.06, floor=True)
OPERATOR = Goal(0.12, floor=True)

CASES = [
    Case("proxy attribute", "p.x", 7, plain, PROXY, ATTRIBUTE),
    Case("proxy attribute, Python subclass", "p.x", 7, subclass, PROXY, ATTRIBUTE),
    Case("proxy attribute, lazy proxy once built", "p.x", 7, lazy, LAZY, ATTRIBUTE),
    Case("proxy attribute, set", "p.x = 7", 8, plain, PROXY, check="(setattr(p, 'x', 8), p.x)[1]"),
    Case("proxy operator: p + 1", "p + 1", 6, number, PROXY, OPERATOR),
    Case("proxy operator: 1 + p", "1 + p", 6, number, PROXY, OPERATOR),
    Case("proxy operator: p == 5", "p == 5", True, number, PROXY, OPERATOR),
    Case("proxy operator: p['k']", "p['k']", 1, mapping, PROXY, OPERATOR),
    Case("proxy operator: 'k' in p", "'k' in p", True, mapping, PROXY, OPERATOR),
    Case("proxy operator: len(p)", "len(p)", 3, sequence, PROXY, OPERATOR),
    Case("isinstance(proxy, C)", "isinstance(p, C)", True, typed, PROXY, Goal(0.60, floor=True)),
    Case(
        "new proxy",
        "ObjectProxy(o)",
        7,
        makers,
        PROXY,
        Goal(0.40),
        check="ObjectProxy(o).x",
        bare=False,
    ),
    Case(
        "new function wrapper",
        "FunctionWrapper(f, w)",
        3,
        makers,
        ("FunctionWrapper",),
        Goal(0.40),
        check="FunctionWrapper(f, w)(2)",
        bare=False,
    ),
    Case(
        "new lazy proxy",
        "LazyObjectProxy(T)",
        7,
        makers,
        LAZY,
        Goal(0.02),
        check="LazyObjectProxy(T).x",
        bare=False,
        repeats=1,
    ),
    Case(
        "new auto proxy",
        "AutoObjectProxy(o)",
        7,
        makers,
        AUTO,
        check="AutoObjectProxy(o).x",
        bare=False,
        repeats=1,
    ),
]
