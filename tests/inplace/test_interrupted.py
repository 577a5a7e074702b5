"""Signals while patches are applied and reverted, as of an impatient user or a time limit. Wherever
one falls, there is a way back: nothing stays that is not listed, and a revert can be repeated.
"""

from __future__ import annotations

import dis
import functools
import math
import os
import sys

import pytest

from support.functions import same, state
from support.inplace import MODES, moved, passing
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
PACKAGE = os.path.dirname(wraptrs.__file__)
LIMIT = 1000


class Interrupt(BaseException):
    pass


def is_lost(frame):
    """Whether what is raised in a frame goes nowhere, as out of finalizers and callbacks."""
    while frame is not None:
        if frame.f_code.co_name in ("__del__", "_give_back", "_forget", "gone"):
            return True
        frame = frame.f_back
    return False


@functools.cache
def exits(code):
    """Where a block of `with` begins to leave: no signal falls from there to its `__exit__`."""
    steps = [each for each in dis.get_instructions(code) if each.opname != "POP_BLOCK"]
    return {
        first.offset
        for first, second in zip(steps, steps[1:])
        if first.argrepr == "None" and (second.argrepr == "None" or second.opname == "DUP_TOP")
    }


def interrupted(action, line):
    """Do something and raise at the given line of all that this package executes for it.

    Returns whether that line was reached.
    """
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE) or is_lost(frame):
            return None
        if event == "line" and frame.f_lasti not in exits(frame.f_code):
            count += 1
            if count == line:
                sys.settrace(None)
                raise Interrupt
        return trace

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    except Interrupt:
        return True
    finally:
        sys.settrace(former)
    return False


def make():
    enclosed = 1

    def function(a=1, *, k=2):
        return "old", a, k, enclosed

    return function


def root():
    return math.sqrt


def replacing(mode):
    return make, lambda function: hotpatch(lambda a=1: "new", function, mode=mode)


def wrapping(mode):
    return make, lambda function: hotwrap(function, passing, mode=mode)


CASES = {
    **{f"hotpatch {mode}": replacing(mode) for mode in MODES},
    **{f"hotwrap {mode}": wrapping(mode) for mode in ("auto", "trampoline")},
    "two layers": (
        make,
        lambda function: [hotwrap(function, passing), hotpatch(lambda: "new", function)][1],
    ),
    "C function": (root, lambda function: hotwrap(function, lambda *call: "new")),
}


def is_as_before(function, before):
    if function is math.sqrt:
        return function(4.0) == 2.0
    return same(before, state(function)) and function() == ("old", 1, 2, 1)


def everywhere():
    yield from range(1, LIMIT)
    raise AssertionError("there is no end")


@moved("there are more steps, and setters that undo them")
@pytest.mark.parametrize("case", CASES)
def test_applying(case):
    target, patch = CASES[case]
    patch(target())  # whatever is imported first
    wraptrs.revert_all()
    for line in everywhere():
        function = target()
        before = state(function)
        reached = interrupted(lambda function=function: patch(function), line)
        wraptrs.revert_all()
        assert is_as_before(function, before), line
        patch(function)
        wraptrs.revert_all()
        assert is_as_before(function, before), line
        if not reached:
            break


@moved("there are more steps, and setters that undo them")
@pytest.mark.parametrize("case", CASES)
def test_reverting(case):
    target, patch = CASES[case]
    for line in everywhere():
        function = target()
        before = state(function)
        handle = patch(function)
        reached = interrupted(handle.revert, line)
        handle.revert()
        assert handle.state == "reverted"
        wraptrs.revert_all()
        assert is_as_before(function, before), line
        assert handle.apply().state == "active"
        wraptrs.revert_all()
        assert is_as_before(function, before), line
        if not reached:
            break
