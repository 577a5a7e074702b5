"""Replacements of other kinds, and those that are no functions."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import sys
import types
import warnings

import pytest

from support.functions import same, state
from support.inplace import MODES, OFFICIAL
from support.lib import package as wraptrs
from support.names import shown

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap
UnpatchableError = wraptrs.UnpatchableError


def plain():
    return [1, 2]


def generator():
    yield 1


async def coroutine():
    return 1


async def async_generator():
    yield 1


KINDS = {
    "plain": (plain, lambda function: function()),
    "generator": (generator, lambda function: list(function())),
    "coroutine": (coroutine, lambda function: asyncio.run(function())),
    "async generator": (async_generator, lambda function: asyncio.run(collect(function))),
}


async def collect(function):
    return [item async for item in function()]


def kind_flags(function):
    return (
        inspect.iscoroutinefunction(function),
        inspect.isgeneratorfunction(function),
        inspect.isasyncgenfunction(function),
    )


@pytest.mark.parametrize("new", KINDS)
@pytest.mark.parametrize("old", KINDS)
@pytest.mark.parametrize("mode", ["auto", "trampoline"])
def test_other_kinds_are_refused_or_taken_on(old, new, mode):
    function = types.FunctionType(KINDS[old][0].__code__, globals(), "function")
    replacement, run = KINDS[new]
    before = state(function)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if old != new:
            with pytest.raises(TypeError, match=f"{new} function .* cannot replace {old} function"):
                hotpatch(replacement, function, mode=mode)
            assert same(before, state(function))
        if old != new and OFFICIAL and sys.version_info >= (3, 13):
            with pytest.raises(UnpatchableError, match="cannot change the kind of"):
                hotpatch(replacement, function, mode=mode, kind="replacement")
            assert same(before, state(function))
            return
        with hotpatch(replacement, function, mode=mode, kind="replacement"):
            assert kind_flags(function) == kind_flags(replacement)
            assert run(function) == run(replacement)
    assert same(before, state(function))


@pytest.mark.parametrize("old", KINDS)
def test_plain_replacements_are_adapted_on_request(old):
    function = types.FunctionType(KINDS[old][0].__code__, globals(), "function")
    flags = kind_flags(function)
    with hotpatch(plain, function, kind="target") as patch:
        assert kind_flags(function) == flags and KINDS[old][1](function) == [1, 2]
        assert OFFICIAL or patch.mode == ("transplant" if old == "plain" else "trampoline")
        if old != "plain":
            with pytest.raises(TypeError, match="only plain functions can be adapted"):
                hotpatch(generator if old != "generator" else coroutine, function, kind="target")
            with pytest.raises(TypeError, match="cannot be transplanted"):
                hotpatch(plain, function, kind="target", mode="transplant")


class Callable:
    def __call__(self, *args, **kwargs):
        return "called", args, kwargs

    def method(self, a):
        return "method", a


@pytest.mark.parametrize(
    ("replacement", "result"),
    [
        (Callable(), ("called", (5,), {})),
        (Callable().method, ("method", 5)),
        (functools.partial(divmod, 7), (1, 2)),
        (str, "5"),
        (range, range(5)),
        (wraptrs.FunctionWrapper(lambda a: a, lambda w, i, a, k: ("w", *a)), ("w", 5)),
    ],
    ids=shown,
)
def test_any_callable_can_replace(replacement, result):
    def function(a):
        return "old"

    before = state(function)
    with hotpatch(replacement, function) as patch:
        assert function(5) == result and patch.mode == ("code" if OFFICIAL else "trampoline")
        with contextlib.suppress(ValueError):  # some classes in C have no signature
            expected = inspect.signature(replacement)
            assert inspect.signature(function) == expected
        with hotwrap(function, lambda w, i, a, k: ("wrapped", w(*a, **k))):
            assert function(5) == ("wrapped", result)
    assert same(before, state(function)) and function.__dict__ == {}
    with pytest.raises(TypeError, match="only Python functions: use mode='auto'"):
        hotpatch(replacement, function, mode="transplant")


def test_what_can_be_awaited_is_replaced_by_what_can_be_awaited():
    @types.coroutine
    def function():
        yield
        return "old"

    @types.coroutine
    def new():
        yield
        return "new"

    async def use():
        return await function()

    for mode in MODES:
        with pytest.raises(TypeError, match=r"can be awaited and .* cannot: decorate"):
            hotpatch(generator, function, mode=mode)
        with hotpatch(new, function, mode=mode):
            assert asyncio.run(use()) == "new"
        with hotpatch(generator, function, mode=mode, kind="replacement"):
            assert list(function()) == [1]
    assert asyncio.run(use()) == "old"


def test_opaque_callables_count_as_the_kind_of_the_target():
    async def function():
        return "old"

    class Async:
        def __call__(self):
            return self.run()

        async def run(self):
            return "new"

    with hotpatch(Async(), function):
        assert inspect.iscoroutinefunction(function) and asyncio.run(function()) == "new"
    with hotpatch(functools.partial(Async().run), function):
        assert inspect.iscoroutinefunction(function) and asyncio.run(function()) == "new"
    with pytest.raises(TypeError, match="plain function"):
        hotpatch(functools.partial(plain), function)
