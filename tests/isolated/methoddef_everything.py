"""Every C function and method of the interpreter's own types and of some modules: what is not
refused reaches a call site that is hot, and comes back, also where patching itself uses it.
"""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import functools
import gc
import io
import itertools
import math
import operator
import re
import struct
import sys
import time
import types

from wraptrs import UnpatchableError, hotpatch
from wraptrs._native import _definition

ROUNDS = 60
MARK = object()
NO_ARGUMENTS, ONE_ARGUMENT = 0x4, 0x8
MODULES = (builtins, functools, gc, itertools, math, operator, sys, time)
INSTANCES = (
    *("abc", b"abc", bytearray(b"abc"), [1, 2], (1, 2), {1: 2}, {1}, frozenset({1}), 300, 1.5, 1j),
    *(datetime.datetime(2026, 1, 1), datetime.timedelta(1), datetime.timezone.utc),
    *(re.compile("a"), re.match("a", "a"), io.BytesIO(), io.StringIO(), decimal.Decimal(1)),
    *(collections.deque([1]), collections.OrderedDict(), collections.defaultdict(int)),
    *(memoryview(b"a"), range(3), slice(1, 2), (c for c in "ab"), struct.Struct("i"), object()),
    *(property(), vars(int), ValueError("x"), (lambda: 1).__code__),
)
METHODS = (types.MethodDescriptorType, types.ClassMethodDescriptorType)


def sites():
    """Each C function or method, its name, and an expression and a value that lead to it."""
    for instance in INSTANCES:
        cls = type(instance)
        for name, entry in list(vars(cls).items()):
            if type(entry) in METHODS:
                holder = cls if type(entry) is METHODS[1] else instance
                yield entry, f"{cls.__name__}.{name}", f"holder.{name}", holder
    for module in MODULES:
        for name, entry in list(vars(module).items()):
            if type(entry) is types.BuiltinFunctionType and entry.__self__ is module:
                yield entry, f"{module.__name__}.{name}", "holder", entry


def site(expression, count, holder):
    """A loop of calls with so many arguments, which tells how many of them were answered so."""
    source = (
        "def site(rounds):\n    count = 0\n    for _ in range(rounds):\n"
        f"        if {expression}({', '.join(['0'] * count)}) is MARK:\n            count += 1\n"
        "    return count\n"
    )
    space = {"MARK": MARK, "holder": holder, "range": range}
    exec(source, space)
    return space["site"]


def answer(*args, **kwargs):
    return MARK


def main():
    wrong, patched, refused = [], 0, []
    for function, label, expression, holder in sites():
        found = _definition(function)
        if found is None:
            refused.append(label)
            continue
        count = 1 if found[1] & ONE_ARGUMENT else 0 if found[1] & NO_ARGUMENTS else 2
        calls = site(expression, count, holder)
        try:
            patch = hotpatch(answer, function)
        except UnpatchableError:
            refused.append(label)
            continue
        try:
            answered = calls(ROUNDS)
        except Exception as error:
            answered = error
        finally:
            patch.revert()
        patched += 1
        if answered != ROUNDS or patch.state != "reverted":
            wrong.append((label, answered))
    assert not wrong, wrong
    assert patched > 500 and len(refused) < 50, (patched, refused)
    assert "abc".upper() == "ABC" and math.sqrt(4.0) == 2.0 and operator.add(1, 2) == 3
    assert max([1, 3, 2]) == 3 and sorted([2, 1]) == [1, 2]
    assert getattr(3, "real") == 3  # noqa: B009 it is getattr itself that was patched
    print("ok", patched, refused)


main()
