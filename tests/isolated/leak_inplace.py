"""Patching and reverting in place leaves memory and reference counts flat."""

from __future__ import annotations

import gc
import itertools
import tracemalloc

from _tools import FREE_THREADED, check_flat, check_references

from wraptrs import hotpatch, hotwrap


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
    "closures": closures,
}
ROUNDS = {"closures": 40}  # each looks through all objects, many times
OBJECTS = [target, replacement, wrapper, target.__code__, replacement.__code__, globals(), factory]
OBJECTS.append(factory.__code__)


def collecting(operation):
    """Without the GIL, functions and code objects wait for the collector, layer after layer."""
    if not FREE_THREADED:
        return operation
    numbers = itertools.count(1)

    def both():
        operation()
        if next(numbers) % 50 == 0:
            for _ in range(6):
                gc.collect()

    return both


def main():
    for name, operation in OPERATIONS.items():
        check_references(name, collecting(operation), OBJECTS, rounds=ROUNDS.get(name, 300))
    tracemalloc.start()
    for name, operation in OPERATIONS.items():
        check_flat(name, collecting(operation), rounds=ROUNDS.get(name, 1000))


main()
