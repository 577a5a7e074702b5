"""What the isolated scripts share: the library under test, skipping, and flatness over rounds.

A script is a program of its own: it exits 0 when all is well, 77 when it does not apply here (with
the reason printed), and anything else, a signal included, is a failure.
"""

from __future__ import annotations

import gc
import itertools
import sys
import sysconfig
import tracemalloc

SKIPPED = 77
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def settle():
    for _ in range(3):
        gc.collect()


def collecting(operation, every=50):
    """Without the GIL, functions and code objects wait for the collector, layer after layer."""
    if not FREE_THREADED:
        return operation
    numbers = itertools.count(1)

    def both():
        operation()
        if next(numbers) % every == 0:
            for _ in range(6):
                gc.collect()

    return both


def growth(operation, rounds):
    """Bytes still held after rounds of operation, by tracemalloc, which sees every allocator."""
    settle()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(rounds):
        operation()
    settle()
    return tracemalloc.get_traced_memory()[0] - before


def check_flat(name, operation, rounds=400):
    """Fail when each round of operation leaves memory behind.

    One object is at least 16 bytes, so a leak of one in every round is 16 * rounds, at every try.
    The interpreter keeps thousands of dead tuples and frames for later: where many rounds go by
    until it has enough of them, a later try sees no more growth.
    """
    for _ in range(50):
        operation()
    grown = 0
    for _ in range(8):
        grown = growth(operation, rounds)
        if grown < 8 * rounds:
            return
    raise AssertionError(f"{name}: {grown} bytes left after {rounds} rounds")


def check_references(name, operation, objects, rounds=300):
    """Fail when rounds of operation move the reference count of any of objects, three times over.

    Once may be a cache of the interpreter filling or emptying; a leak moves at every try.
    """
    for _ in range(20):
        operation()
    moved = set(range(len(objects)))
    for _ in range(3):
        settle()
        before = [sys.getrefcount(obj) for obj in objects]
        for _ in range(rounds):
            operation()
        settle()
        after = [sys.getrefcount(obj) for obj in objects]
        moved &= {i for i in moved if abs(after[i] - before[i]) >= rounds // 2}
        if not moved:
            return
    i = moved.pop()
    raise AssertionError(f"{name}: {objects[i]!r} went from {before[i]} to {after[i]} references")
