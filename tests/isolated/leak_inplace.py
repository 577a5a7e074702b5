"""Patching and reverting in place leaves memory and reference counts flat."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import tracemalloc

from _tools import check_flat, check_references, collecting

from wraptrs import hotpatch, hotwrap

OFFICIAL = bool(os.environ.get("WRAPTRS_OFFICIAL_SETTERS"))
HOOKS = ["vectorcall"] if sys.version_info[:2] != (3, 11) and not OFFICIAL else []


def target(a, b=1):
    return a


def replacement(a, b=2, *, c=3):
    return a


def wrapper(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def elsewhere():
    """A function in a namespace that goes away."""
    space = {}
    exec("def function(a): return a", space)
    return space["function"]


def cycle(change):
    def operation():
        patch = change()
        target(1)
        patch.revert()

    return operation


def stacked():
    patches = [hotpatch(elsewhere(), target), hotwrap(target, wrapper)]
    patches.append(hotpatch(replacement, target, mode="trampoline"))
    for patch in patches:
        target(1)
        patch.disable().enable()
    for patch in patches:
        patch.revert().apply().revert()


def abandoned():
    def recursive(n):
        return recursive, replacement

    hotpatch(lambda n: recursive, recursive)
    hotwrap(recursive, wrapper)
    recursive(1)


class Holder:
    def method(self, a, **kwargs):
        return a


HOLDER = Holder()


def hooked(mode):
    """All ways through a hook: with and without instance and keywords, off, raising, replaced."""
    patches = [hotwrap(Holder.method, wrapper, mode=mode), hotwrap(target, wrapper, mode=mode)]
    HOLDER.method(1), HOLDER.method(1, b=2), Holder.method(HOLDER, 1), target(1), target(a=1)
    with contextlib.suppress(TypeError):
        target()
    patches.append(hotwrap(target, wrapper, mode=mode, enabled=lambda: False))
    patches.append(hotpatch(replacement, Holder.method, mode=mode))
    HOLDER.method(1), target(1, b=2)
    patches[1].original(1)
    for patch in patches:
        patch.disable().enable().revert()


def hooked_and_abandoned(mode):
    def recursive(n):
        return n and recursive(n - 1)

    hotwrap(recursive, wrapper, mode=mode)
    hotwrap(recursive, lambda *given: wrapper(*given), mode=mode)
    recursive(2)
    recursive.__kwdefaults__ = None
    hotwrap(recursive, wrapper, mode=mode)


def factory(x):
    def made(a):
        return a, x

    return made


def closures():
    for change in (
        lambda function: hotpatch(replacement, function, closures="all"),
        lambda function: hotwrap(function, wrapper, closures="all"),
    ):
        patch = change(factory(1))
        born = factory(2)
        born(1)
        patch.disable().enable().revert()
        born(1)


OPERATIONS = {
    "transplant": cycle(lambda: hotpatch(replacement, target)),
    "transplant from elsewhere": cycle(lambda: hotpatch(elsewhere(), target)),
    "trampoline": cycle(lambda: hotpatch(replacement, target, mode="trampoline")),
    "wrap": cycle(lambda: hotwrap(target, wrapper)),
    "stacked": stacked,
    "abandoned": abandoned,
    **{f"hooked, {mode}": functools.partial(hooked, mode) for mode in HOOKS},
    **{f"abandoned, {mode}": functools.partial(hooked_and_abandoned, mode) for mode in HOOKS},
    "closures": closures,
}
ROUNDS = {"closures": 40}  # each looks through all objects, many times
OBJECTS = [target, replacement, wrapper, target.__code__, replacement.__code__, globals()]
OBJECTS += [Holder, HOLDER, Holder.method, type(None), factory, factory.__code__]


def main():
    for name, operation in OPERATIONS.items():
        check_references(name, collecting(operation), OBJECTS, rounds=ROUNDS.get(name, 300))
    tracemalloc.start()
    for name, operation in OPERATIONS.items():
        check_flat(name, collecting(operation), rounds=ROUNDS.get(name, 1000))


main()
