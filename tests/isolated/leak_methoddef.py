"""Patching and reverting C functions leaves memory and reference counts flat."""

from __future__ import annotations

import contextlib
import datetime
import math
import time
import tracemalloc

from _tools import check_flat, check_references

from wraptrs import UnpatchableError, _native, hotpatch, hotwrap

now = datetime.datetime.now
PAIR, FORM = "a b", "{}{a}"


def replacement(*args, **kwargs):
    return None


def wrapper(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


def use():
    return (
        time.time(),
        "x".upper(),
        {1: 2}.get(1),
        PAIR.split(maxsplit=1),
        now(),
        math.gcd(4, 6),
        FORM.format(1, a=2),
    )


TARGETS = (time.time, str.upper, dict.get, str.split, now, math.gcd, str.format)


def cycle(change):
    def operation():
        patches = [change(target) for target in TARGETS]
        use()
        for patch in patches:
            patch.revert()

    return operation


def stacked(target):
    held = [object()]
    patches = [hotwrap(target, wrapper), hotpatch(lambda *args, **kwargs: held, target)]
    patches.append(hotwrap(target, wrapper, enabled=lambda: True))
    use()
    patches[1].disable().enable().revert()
    patches[0].revert()
    return patches[2]


def cyclic(target):
    """What is put there refers to the handle, and so to itself."""

    def looped(*args, **kwargs):
        return patch, looped

    patch = hotpatch(looped, target)
    return patch


def failing():
    def fail(*args, **kwargs):
        raise LookupError

    for change in (lambda: hotpatch(fail, time.time), lambda: hotwrap(time.time, fail)):
        with change(), contextlib.suppress(LookupError):
            time.time()
    for bad in (_native.resolve_path, object.__new__, 3):
        with contextlib.suppress(UnpatchableError):
            hotpatch(fail, bad)


def originals():
    for target in TARGETS:
        patch = hotpatch(replacement, target)
        original = patch.original
        patch.revert()
        assert original is patch.original and original != replacement


def wrap_alone():
    wrap = _native._DefinitionWrap(wrapper, str.upper, True)
    held = [wrap]
    held.append(_native._DefinitionWrap(held.append, wrap, False, held.pop))
    assert wrap("x") == "X" and wrap.__wrapped__ is str.upper


OPERATIONS = {
    "replace": cycle(lambda target: hotpatch(replacement, target)),
    "wrap": cycle(lambda target: hotwrap(target, wrapper)),
    "stacked": cycle(stacked),
    "cyclic": cycle(cyclic),
    "failing": failing,
    "originals": originals,
    "wrap alone": wrap_alone,
}
OBJECTS = [*TARGETS, replacement, wrapper, time, math, _native._DefinitionWrap, globals()]


def main():
    for name, operation in OPERATIONS.items():
        check_references(name, operation, OBJECTS)
    tracemalloc.start()
    for name, operation in OPERATIONS.items():
        check_flat(name, operation, rounds=300)


main()
