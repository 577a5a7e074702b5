"""Calls taken out of functions: those of the object that is named, and no others."""

from __future__ import annotations

import asyncio
import json as renamed
import os.path
import time
from time import sleep as nap

import pytest

from support.lib import package as wraptrs

rewrite, drop_calls = wraptrs.rewrite, wraptrs.drop_calls


class Clock:
    def __init__(self):
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        return seconds


clock = Clock()


def dropped(function, *names, **options):
    return rewrite(function, drop_calls(*names, **options), in_place=False)


def test_only_what_the_name_means_goes():
    def target(clock, time_=None):
        import time as t
        from time import sleep

        time.sleep(500)
        nap(500)
        t.sleep(500)
        sleep(500)
        clock.sleep(1)
        other = Clock()
        other.sleep(2)
        return clock.slept, other.slept

    assert dropped(target, "time.sleep")(Clock()) == ([1], [2])


def test_names_of_variables_mean_themselves():
    def target(nap):
        return nap(1)

    assert dropped(target, "time.sleep")(lambda n: n) == 1

    def enclosing(nap):
        def target():
            nap(1)
            return time.sleep(500)

        return target

    assert dropped(enclosing(lambda n: 1 // 0 if n > 1 else n), "time.sleep")() is None


def test_free_variables_are_followed():
    def enclosing(pause):
        def target():
            return pause(500)

        return target

    assert dropped(enclosing(time.sleep), "time.sleep")() is None


def test_methods_and_functions_of_modules_and_classes():
    def target(text):
        return renamed.dumps(text), os.path.join("a", text), str.upper(text), text.upper()

    assert dropped(target, "json.dumps")("x") == (None, os.path.join("a", "x"), "X", "X")
    assert dropped(target, "os.path.join", "str.upper")("x") == ('"x"', None, None, "X")
    assert dropped(target, "text.upper")("x")[3] is None  # as it is written
    assert dropped(target, "no.such.thing")("x") == target("x")


def test_empty_blocks_stay_valid():
    def target(flag, items=()):
        if flag:
            time.sleep(1)
        elif items:
            time.sleep(2)
        else:
            time.sleep(3)
        for _ in items:
            time.sleep(1)
        else:
            time.sleep(1)
        while flag:
            time.sleep(1)
            break
        try:
            time.sleep(1)
        except ValueError:
            time.sleep(1)
        finally:
            time.sleep(1)
        try:
            time.sleep(1)
        finally:
            time.sleep(1)
        with open(os.devnull):
            time.sleep(1)

        def inner():
            time.sleep(1)

        class Inner:
            time.sleep(1)

        return inner(), Inner.__name__

    started = time.perf_counter()
    assert dropped(target, "time.sleep")(True, [1]) == (None, "Inner")
    assert time.perf_counter() - started < 1

    def only():
        time.sleep(5)

    assert dropped(only, "time.sleep")() is None


def test_awaited_and_delegated_calls():
    async def target():
        await asyncio.sleep(500)
        return await asyncio.sleep(500, "late")

    def generator():
        got = yield from range(5)
        return got

    assert asyncio.run(dropped(target, "asyncio.sleep")()) is None
    changed = dropped(target, "asyncio.sleep", replacement="fast(...)")
    changed.__globals__["fast"] = fast
    try:
        assert asyncio.run(changed()) == ("fast", 500, "late")
    finally:
        del changed.__globals__["fast"]
    assert asyncio.run(dropped(target, "asyncio.sleep", replacement="7")()) == 7
    assert list(dropped(generator, "range")()) == []


async def fast(*args):
    return ("fast", *args)


def test_replacements():
    def target(a):
        return [time.sleep(a), time.sleep(seconds=a), max(time.sleep(a) or 1, 0)]

    assert dropped(target, "time.sleep")(5) == [None, None, 1]
    assert dropped(target, "time.sleep", replacement="a * 2")(5) == [10, 10, 10]

    def nested(a):
        return nap(nap(a))

    changed = dropped(nested, "time.sleep", replacement="clock.sleep(...)")
    assert changed(5) == 5 and clock.slept[-2:] == [5, 5]


def test_calls_of_the_enclosing_scope_stay():
    def decorate(function):
        return lambda: (function(), "decorated")

    def make(value):
        return value

    @decorate
    def target(a=make(5)):  # noqa: B008  # a default that is a call
        make(1)
        return a

    inner = wraptrs.closure_of(target)["function"]
    assert inner() == 5
    with rewrite(inner, drop_calls("make")):
        assert target() == (None, "decorated")  # a default is part of the function
    assert target() == (5, "decorated")


def test_a_tree_by_hand():
    import ast

    tree = drop_calls("time.sleep")(ast.parse("import time as t\nt.sleep(1)\nx = 1"))
    assert ast.unparse(tree) == "import time as t\nx = 1"
    assert repr(drop_calls("a.b", replacement="1")) == "drop_calls('a.b', replacement='1')"


def test_bad_input():
    for names in [(), ("",), (time.sleep,)]:
        with pytest.raises(TypeError, match="dotted names"):
            drop_calls(*names)
    for replacement in ["return 1", "", "a b", 5]:
        with pytest.raises(ValueError, match="source of an expression"):
            drop_calls("time.sleep", replacement=replacement)
