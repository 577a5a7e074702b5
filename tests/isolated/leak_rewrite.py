"""Rewriting, caching and patching types, and taking it back, leaves memory and references flat."""

from __future__ import annotations

import tracemalloc

from _tools import FREE_THREADED, check_flat, check_references, skip

from wraptrs import cached, drop_calls, patch_type, replace_code, rewrite

if FREE_THREADED:
    skip("without the GIL code objects wait for the collector: leak_inplace sees to that")


def target(a, b=1):
    return a


def replacement(a, b=2, *, c=3):
    return a


def on_types():
    patches = [patch_type(str, "added", replacement), patch_type(str, "lower", lambda self: "l")]
    patches.append(patch_type(str, "upper", replacement))
    patches.append(patch_type(range, "__len__", lambda self: 42))
    assert len(range(0)) == 42 and ("A".lower(), patches[1].mode) == ("l", "methoddef")
    patches[1].original("A")
    for patch in patches:
        patch.revert()


def a_cache():
    with cached(target) as handle:
        target(1)
        handle.cache_clear()


def a_rewrite():
    with rewrite(target, drop_calls("time.sleep")):
        target(1)


def code():
    with replace_code(target, lambda a, b: b):
        target(1)


OPERATIONS = {"types": on_types, "cache": a_cache, "rewrite": a_rewrite, "code": code}
OBJECTS = [target, replacement, target.__code__, replacement.__code__, globals()]
for name, operation in OPERATIONS.items():
    check_references(name, operation, OBJECTS, rounds=60)
tracemalloc.start()
for name, operation in OPERATIONS.items():
    for _ in range(600):  # parsing fills caches of the interpreter for long
        operation()
    check_flat(name, operation, rounds=500)
