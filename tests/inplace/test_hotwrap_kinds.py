"""Functions of all kinds stay what they are under wrappers and trampolines."""

from __future__ import annotations

import asyncio
import inspect
import sys
import types

import pytest

from support.inplace import passing
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap


def kinds(function):
    return (
        inspect.iscoroutinefunction(function),
        inspect.isgeneratorfunction(function),
        inspect.isasyncgenfunction(function),
        asyncio.iscoroutinefunction(function) if sys.version_info < (3, 14) else None,
    )


def generator(n):
    got = []
    try:
        for i in range(n):
            got.append((yield i))
    except KeyError:
        got.append("thrown")
    except GeneratorExit:
        got.append("closed")
        generator.last = got
        raise
    return got


async def coroutine(n):
    await asyncio.sleep(0)
    return n


async def async_generator(n):
    got = []
    try:
        for i in range(n):
            await asyncio.sleep(0)
            got.append((yield i))
    except KeyError:
        yield ("thrown", got)
    finally:
        async_generator.last = got


@types.coroutine
def awaitable_generator(n):
    yield
    return n


@pytest.mark.parametrize("way", ["hotwrap", "trampoline"])
def test_the_kinds_stay_and_pass_everything_through(way):
    functions = [generator, coroutine, async_generator, awaitable_generator]
    before = [kinds(function) for function in functions]
    patches = []
    for function in functions:
        copied = types.FunctionType(function.__code__, function.__globals__)
        if way == "hotwrap":
            patches.append(hotwrap(function, passing))
        else:
            patches.append(hotpatch(copied, function, mode="trampoline"))
    assert [kinds(function) for function in functions] == before
    check_generator()
    asyncio.run(check_async())
    for patch in patches:
        patch.revert()
    assert [kinds(function) for function in functions] == before


def check_generator():
    running = generator(3)
    assert next(running) == 0 and running.send("a") == 1
    with pytest.raises(StopIteration) as stop:
        running.throw(KeyError())
    assert stop.value.value == ["a", "thrown"]
    running = generator(3)
    next(running)
    running.close()
    assert generator.last == ["closed"]
    assert list(generator(3)) == [0, 1, 2]


async def check_async():
    assert await coroutine(5) == 5 and await awaitable_generator(6) == 6
    task = asyncio.ensure_future(coroutine(7))
    assert await task == 7
    running = async_generator(3)
    assert await running.__anext__() == 0
    assert await running.asend("a") == 1
    assert await running.athrow(KeyError()) == ("thrown", ["a"])
    running = async_generator(3)
    assert await running.__anext__() == 0
    await running.aclose()
    assert async_generator.last == []
    assert [i async for i in async_generator(3)] == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        running = async_generator(3)
        await running.__anext__()
        await running.athrow(ZeroDivisionError())
