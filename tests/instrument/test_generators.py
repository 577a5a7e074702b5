"""Generators and async generators: the call lasts until they end, in whatever way."""

from __future__ import annotations

import asyncio
import collections.abc
import contextlib
import gc
import inspect
import types
import weakref
from time import perf_counter_ns, sleep

import pytest

from wraptrs.instruments import count, time

measured = pytest.mark.parametrize("measure", [count, time])


def figures(handle):
    return handle.calls, handle.errors, handle.in_flight


@measured
def test_a_generator_ends_with_its_value(steps, measure):
    handle = measure(steps, "items")
    assert list(steps.items(3)) == [0, 1, 2]
    generator = steps.items(2)
    assert figures(handle) == (2, 0, 1)
    assert (next(generator), generator.send("a")) == (0, 1)
    with pytest.raises(StopIteration) as stop:
        generator.send("b")
    assert stop.value.value == ["a", "b"]
    assert figures(handle) == (2, 0, 0)

    def delegating():
        return (yield from steps.items(2))

    delegated = delegating()
    assert [next(delegated), next(delegated)] == [0, 1]
    with pytest.raises(StopIteration) as stop:
        next(delegated)
    assert stop.value.value == [None, None]


@pytest.mark.parametrize("value", [None, (1, 2), StopIteration(3), ValueError])
def test_any_value_can_be_returned(steps, value):
    def returning():
        yield
        return value

    steps.returning = returning
    count(steps, "returning")

    def delegating():
        return (yield from steps.returning())

    for generator in (steps.returning(), delegating()):
        next(generator)
        with pytest.raises(StopIteration) as stop:
            next(generator)
        assert stop.value.value is value


@measured
def test_a_generator_may_be_thrown_into_closed_or_fail(steps, measure):
    handle = measure(steps, "items")
    generator = steps.items(3)
    next(generator)
    assert generator.throw(LookupError("x")) == "caught x"
    assert list(generator) == []
    generator = steps.items(3)
    next(generator)
    generator.close()
    generator = steps.items(1)
    next(generator)
    with pytest.raises(GeneratorExit):
        generator.throw(GeneratorExit)
    assert figures(handle) == (3, 0, 0)
    with pytest.raises(ZeroDivisionError):
        list(steps.items(1, ZeroDivisionError()))
    generator = steps.items(3)
    next(generator)
    with pytest.raises(OSError):
        generator.throw(OSError)
    assert figures(handle) == (5, 2, 0)


@measured
def test_a_dropped_generator_ends(steps, measure):
    handle = measure(steps, "items")
    generator = steps.items(3)
    next(generator)
    assert handle.in_flight == 1
    del generator
    gc.collect()
    assert figures(handle) == (1, 0, 0)


def test_a_generator_takes_the_time_of_its_steps(steps):
    handle = time(steps, "items")
    apart, began = 0, perf_counter_ns()
    for _ in steps.items(3):
        paused = perf_counter_ns()
        sleep(0.01)
        apart += perf_counter_ns() - paused
    within = perf_counter_ns() - began - apart
    stats = handle.stats()
    assert 0 < stats.total == stats.active <= within
    assert stats.calls == 1


def test_a_measured_generator_passes_for_one(steps):
    count(steps, "items")
    generator = steps.items(1)
    assert inspect.isgeneratorfunction(steps.items)
    assert inspect.isgenerator(generator)
    assert isinstance(generator, collections.abc.Generator)
    assert iter(generator) is generator
    assert inspect.getgeneratorstate(generator) == inspect.GEN_CREATED
    assert not inspect.isawaitable(generator)
    next(generator)
    assert generator.gi_frame.f_locals["number"] == 1
    assert inspect.getgeneratorlocals(generator)["number"] == 1


def test_a_context_manager_of_a_generator_function_works(steps):
    @contextlib.contextmanager
    def opened(value):
        with contextlib.suppress(LookupError):
            yield value

    steps.opened = opened
    handle = count(steps, "opened")
    with steps.opened(3) as value:
        raise LookupError(value)
    assert figures(handle) == (1, 0, 0)


@measured
def test_an_async_generator_ends_with_its_last_item(steps, measure):
    handle = measure(steps, "stream")

    async def main():
        assert [item async for item in steps.stream(3)] == [0, 1, 2]
        assert figures(handle) == (1, 0, 0)
        stream = steps.stream(2)
        assert inspect.isasyncgen(stream)
        assert isinstance(stream, collections.abc.AsyncGenerator)
        assert await stream.__anext__() == 0
        assert await stream.asend("sent") == "sent"
        assert handle.in_flight == 1
        await stream.aclose()
        assert figures(handle) == (2, 0, 0)
        stream = steps.stream(2)
        await stream.asend(None)
        with pytest.raises(OSError):
            await stream.athrow(OSError)
        with pytest.raises(KeyError):
            async for _ in steps.stream(1, KeyError("x")):
                pass
        async for _ in steps.stream(5):
            break

    asyncio.run(main())
    gc.collect()
    assert figures(handle) == (5, 2, 0)


def test_an_async_generator_takes_what_its_items_are_awaited(steps):
    async def slow():
        await asyncio.sleep(0.01)
        yield 1
        await asyncio.sleep(0.01)

    steps.slow = slow
    handle = time(steps, "slow")

    async def main():
        apart, began = 0, perf_counter_ns()
        async for _ in steps.slow():
            paused = perf_counter_ns()
            await asyncio.sleep(0.05)
            apart += perf_counter_ns() - paused
        return perf_counter_ns() - began - apart

    within = asyncio.run(main())
    stats = handle.stats()
    assert 19_000_000 <= stats.total <= within
    assert stats.active < stats.total


def test_a_function_that_hands_on_a_generator_is_not_one(place):
    generator = (item for item in ())
    place.given = lambda: generator
    handle = count(place, "given")
    assert place.given() is generator
    assert figures(handle) == (1, 0, 0)


def test_nobody_but_a_measured_call_makes_them(steps):
    count(steps, "items")
    generator = steps.items(1)
    kind = type(generator)
    for make in (kind, lambda: kind.__new__(kind), lambda: object.__new__(kind)):
        with pytest.raises(TypeError):
            make()
    with pytest.raises(TypeError):
        type("Derived", (kind,), {})
    assert generator.__class__ is types.GeneratorType


def test_a_cycle_through_a_generator_is_collected(steps):
    def looping(box):
        yield box

    steps.looping = looping
    handle = count(steps, "looping")
    box = type("Box", (), {})()
    box.generator = steps.looping(box)
    next(box.generator)
    gone = weakref.ref(box)
    del box
    gc.collect()
    assert gone() is None
    assert figures(handle) == (1, 0, 0)
