"""Caches, locks, patches by name, in-place patches, and imports while hooks wait."""

from __future__ import annotations

import contextlib
import functools
import math
import sys
import threading
import types

from model import Case, Goal

HOOKS = 1000
# A module of the standard library that is small, written in Python and imported by nobody here.
BYSTANDER = "colorsys"


def caches(lib):
    """A cached function and a cached method, each filled for the argument that is timed."""
    cached = functools.lru_cache(maxsize=None) if lib is None else lib.lru_cache(maxsize=None)

    @cached
    def double(a):
        return a * 2

    class Table:
        @cached
        def triple(self, a):
            return a * 3

    table = Table()
    if (double(2), table.triple(2)) != (4, 6):
        raise AssertionError("the caches answer wrongly")
    return {"f": double, "obj": table}


def locked(lib):
    """A method under a lock; by hand that is a re-entrant lock and a `with` in the body."""
    if lib is None:

        class Account:
            def __init__(self):
                self._lock = threading.RLock()

            def balance(self):
                with self._lock:
                    return 9
    else:

        class Account:
            @lib.synchronized
            def balance(self):
                return 9

    return {"obj": Account()}


def shelf(lib):
    """A module with a class with a method: what resolving and patching by name work on."""

    class Shelf:
        def take(self, a):
            return a + 1

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    module = types.ModuleType("shelf")
    module.Shelf = Shelf
    space = {"m": module, "C": Shelf, "raw": Shelf.__dict__["take"], "w": wrapper}
    names = ("resolve_path", "wrap_function_wrapper", "unwrap_object")
    return {**space, **{name: getattr(lib, name) for name in names if hasattr(lib, name)}}


def importing(lib):
    """An import that no hook waits for; the hooks stand in `sys.meta_path` only during a round."""
    before = list(sys.meta_path)
    if lib is not None:
        for number in range(HOOKS):
            lib.register_post_import_hook(lambda module: None, f"absent_{number}")
    armed = list(sys.meta_path)
    sys.meta_path[:] = before

    @contextlib.contextmanager
    def around():
        sys.meta_path[:] = armed
        try:
            yield
        finally:
            sys.meta_path[:] = before

    return {"loaded": sys.modules, "around": around}


def replaced(lib, mode):
    """A function patched in place, beside what it is compared with."""

    def target(a):
        return a + 1

    def replacement(a):
        return a + 2

    def trampoline(*args, **kwargs):
        return replacement(*args, **kwargs)

    if lib is None:
        return {"f": replacement if mode == "transplant" else trampoline}
    lib.hotpatch(replacement, target, mode=mode)
    return {"f": target}


def transplanted(lib):
    return replaced(lib, "transplant")


def trampolined(lib):
    return replaced(lib, "trampoline")


def hotwrapped(lib):
    """A function wrapped in place, or decorated by a closure that does the same."""

    def target(a):
        return a + 1

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    @functools.wraps(target)
    def closure(*args, **kwargs):
        return wrapper(target, None, args, kwargs)

    if lib is None:
        return {"f": closure}
    lib.hotwrap(target, wrapper)
    return {"f": target}


def hotwrapped_method(lib):
    """As `hotwrapped`, for a method: who does it by hand binds what the wrapper gets."""

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    class Shelf:
        def take(self, a):
            return a + 1

    take = Shelf.take

    @functools.wraps(take)
    def closure(self, *args, **kwargs):
        return wrapper(types.MethodType(take, self), self, args, kwargs)

    if lib is None:
        Shelf.take = closure
    else:
        lib.hotwrap(Shelf.take, wrapper)
    return {"o": Shelf()}


def patched_in_place(lib):
    """A function, a replacement and a wrapper, to put on and take off."""

    def target(a):
        return a + 1

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs) + 1

    names = ("hotpatch", "hotwrap")
    space = {name: getattr(lib, name) for name in names if hasattr(lib, name)}
    return {**space, "f": target, "g": lambda a: a + 2, "w": wrapper}


# Bare and patched stand side by side in one process, so each patched C function is one that bare
# does not use, of the same convention and cost.


def replaced_in_c(lib):
    """A C function replaced by a Python one, beside calling that one itself."""

    def replacement(a):
        return 4.0

    if lib is None:
        return {"f": replacement}
    lib.hotpatch(replacement, math.sin)
    return {"f": math.sin}


def wrapped_in_c(lib):
    """A C function wrapped in place, or decorated by a closure that does the same."""
    target = math.fabs

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    def closure(*args, **kwargs):
        return wrapper(target, None, args, kwargs)

    if lib is None:
        return {"f": closure}
    lib.hotwrap(math.ceil, wrapper)
    return {"f": math.ceil}


def wrapped_c_method(lib):
    """A C method wrapped in place, or overridden in a derived class by one that does the same."""

    def wrapper(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    class Text(str):
        def casefold(self, *args, **kwargs):
            return wrapper(super().casefold, self, args, kwargs)

    if lib is None:
        return {"f": Text("1").casefold}
    lib.hotwrap(str.swapcase, wrapper)
    return {"f": "1".swapcase}


PATCH = ("wrap_function_wrapper", "unwrap_object")
HOOKED = ("register_post_import_hook",)
IMPORT = f"loaded.pop({BYSTANDER!r}, None); __import__({BYSTANDER!r})"

CASES = [
    Case("lru_cache hit, function", "f(2)", 4, caches, ("lru_cache",), Goal(0.25, 1.8)),
    Case("lru_cache hit, method", "obj.triple(2)", 6, caches, ("lru_cache",), Goal(0.12, 1.8)),
    Case("synchronized method", "obj.balance()", 9, locked, ("synchronized",), Goal(0.35, 1.5)),
    Case(
        "resolve_path",
        "resolve_path(m, 'Shelf.take')",
        True,
        shelf,
        ("resolve_path",),
        Goal(0.35),
        check="resolve_path(m, 'Shelf.take') == (C, 'take', raw)",
        bare=False,
    ),
    Case(
        "wrap and restore",
        "unwrap_object(C, 'take', wrap_function_wrapper(C, 'take', w))",
        (2, True),
        shelf,
        PATCH,
        Goal(0.40),
        check="(wrap_function_wrapper(C, 'take', w), C().take(1), "
        "unwrap_object(C, 'take', C.__dict__['take']), C.__dict__['take'] is raw)[1::2]",
        bare=False,
        repeats=5,
    ),
    Case(
        f"import, {HOOKS:,} hooks registered",
        IMPORT,
        BYSTANDER,
        importing,
        HOOKED,
        Goal(to_bare=1.02),
        check=f"(loaded.pop({BYSTANDER!r}, None), __import__({BYSTANDER!r}).__name__)[1]",
        repeats=1,
    ),
    Case("hotpatched call, transplant", "f(1)", 3, transplanted, ("hotpatch",), Goal(None, 1.05)),
    Case("hotpatched call, trampoline", "f(1)", 3, trampolined, ("hotpatch",), Goal(None, 0.6)),
    Case("hotwrapped call", "f(1)", 2, hotwrapped, ("hotwrap",), Goal(None, 1.1)),
    Case("hotwrapped method", "o.take(1)", 2, hotwrapped_method, ("hotwrap",), Goal(None, 1.1)),
    Case(
        "hotpatch and revert",
        "hotpatch(g, f).revert()",
        (3, 2),
        patched_in_place,
        ("hotpatch",),
        check="(lambda p: (f(1), p.revert(), f(1))[::2])(hotpatch(g, f))",
        bare=False,
        repeats=5,
    ),
    Case(
        "hotwrap and revert",
        "hotwrap(f, w).revert()",
        (3, 2),
        patched_in_place,
        ("hotwrap",),
        check="(lambda p: (f(1), p.revert(), f(1))[::2])(hotwrap(f, w))",
        bare=False,
        repeats=5,
    ),
    Case("hotpatched call, C function", "f(4.0)", 4.0, replaced_in_c, ("hotpatch",)),
    Case("hotwrapped call, C function", "f(4.0)", 4, wrapped_in_c, ("hotwrap",), Goal(None, 1.1)),
    Case("hotwrapped call, C method", "f()", "1", wrapped_c_method, ("hotwrap",), Goal(None, 1.1)),
]
