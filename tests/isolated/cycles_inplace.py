"""Cycles of patch, call, revert and call leave memory and reference counts flat, in every mode.

WRAPTRS_STRESS_ROUNDS says how many cycles; the long run is 100,000. What is seen: resident memory
of the process, blocks of Python's allocators, objects of the cycle collector, reference counts,
and, over fewer rounds since it slows everything down, what tracemalloc sees.
"""

from __future__ import annotations

import functools
import gc
import math
import os
import sys
import tracemalloc
from pathlib import Path

from _tools import check_flat, collecting, settle

from wraptrs import hotpatch, hotwrap

ROUNDS = max(1000, int(os.environ.get("WRAPTRS_STRESS_ROUNDS", "3000")))
WARMING = 1000
TRIES = 3  # caches of the interpreter and of its allocators fill once; a leak grows at each try
OFFICIAL = bool(os.environ.get("WRAPTRS_OFFICIAL_SETTERS"))
HOOKS = ["vectorcall"] if sys.version_info[:2] != (3, 11) else []  # where it is honoured
STATM = Path("/proc/self/statm")


def target(a, b=1, *, c=2):
    """Something to patch."""
    return ("old", a, b, c)


def enclosing():
    held = ["new"]

    def replacement(a: int, b=3, *, c=4):
        return (held[0], a, b, c)

    return replacement


def wrapper(wrapped, instance, args, kwargs):
    return ("wrapped", *wrapped(*args, **kwargs))


def greatest(*numbers):
    return "new"


replacement = enclosing()


def cycle(mode, change, call, changed):
    """One round in a mode: the call tells what it should while the change is in force, and after.

    Returns the operation.
    """
    plain = call()

    def operation():
        patch = change()
        assert patch.mode == mode, patch
        assert call() == changed
        patch.revert()
        assert call() == plain

    return operation


def call():
    return target(0, c=2)


def call_native():
    return math.gcd(6, 4)


def negated(wrapped, instance, args, kwargs):
    return -wrapped(*args, **kwargs)


def replacing(mode, asked=None):
    change = functools.partial(hotpatch, replacement, target, mode=asked or mode)
    return cycle(mode, change, call, ("new", 0, 3, 2))


def wrapping(mode, asked=None):
    change = functools.partial(hotwrap, target, wrapper, mode=asked or mode)
    return cycle(mode, change, call, ("wrapped", "old", 0, 1, 2))


def operations():
    """The cycles of the modes that this interpreter has, by name."""
    if OFFICIAL:
        return {
            "code": replacing("code", "trampoline"),
            "code, wrap": wrapping("code", "trampoline"),
        }
    found = {"transplant": replacing("transplant")}
    for mode in ("trampoline", *HOOKS):
        found[mode] = replacing(mode)
        found[f"{mode}, wrap"] = wrapping(mode)
    replaced = functools.partial(hotpatch, greatest, math.gcd)
    wrapped = functools.partial(hotwrap, math.gcd, negated)
    found["methoddef"] = cycle("methoddef", replaced, call_native, "new")
    found["methoddef, wrap"] = cycle("methoddef", wrapped, call_native, -2)
    return found


WITNESSES = [target, target.__code__, target.__defaults__, target.__kwdefaults__, globals()]
WITNESSES += [replacement, replacement.__code__, replacement.__closure__, replacement.__defaults__]
WITNESSES += [replacement.__closure__[0], replacement.__annotations__, wrapper, wrapper.__code__]
WITNESSES += [greatest, math.gcd, math, hotpatch, hotwrap, object(), type(hotpatch)]


def resident():
    """Bytes of the process in memory; 0 where the system does not say."""
    if not STATM.exists():
        return 0
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def readings():
    settle()
    counts = [sys.getrefcount(witness) for witness in WITNESSES]
    return [resident(), sys.getallocatedblocks(), len(gc.get_objects()), *counts]


def check_cycles(name, operation):
    """Fail when anything grows with the rounds; what only moves a little is noise of its own.

    A leaked object takes 16 bytes at least, a page of memory holds many of them: so memory may
    grow by less than a block in each second round, and by what allocators take at once.
    """
    for _ in range(min(ROUNDS, WARMING)):
        operation()
    limits = [8 * ROUNDS + (1 << 20), *[max(200, ROUNDS // 20)] * 2]
    limits += [min(ROUNDS // 20, 50)] * len(WITNESSES)
    for _ in range(TRIES):
        before = readings()
        for _ in range(ROUNDS):
            operation()
        moved = [after - former for after, former in zip(readings(), before)]
        if all(abs(move) <= limit for move, limit in zip(moved, limits)):
            break
    else:
        raise AssertionError(f"{name}: after {ROUNDS} rounds memory, blocks, objects, {moved}")
    most = max(map(abs, moved[3:]))
    print(
        f"{name}: {ROUNDS} rounds: resident {moved[0]:+} bytes, {moved[1]:+} blocks, "
        f"{moved[2]:+} objects, reference counts at most {most} off"
    )


def main():
    found = {name: collecting(operation, every=200) for name, operation in operations().items()}
    for name, operation in found.items():
        check_cycles(name, operation)
    tracemalloc.start()
    for name, operation in found.items():
        check_flat(name, operation, rounds=min(ROUNDS, 2000))
    tracemalloc.stop()


main()
