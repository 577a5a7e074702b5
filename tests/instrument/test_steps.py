"""Coroutines: the call lasts until they end, in whatever way."""

from __future__ import annotations

import asyncio
import collections.abc
import gc
import inspect
import sys
import types
import weakref

import pytest

from wraptrs.instruments import count, time

measured = pytest.mark.parametrize("measure", [count, time])


def figures(handle):
    return handle.calls, handle.errors, handle.in_flight


@measured
def test_a_coroutine_is_in_flight_until_it_ends(steps, measure):
    handle = measure(steps, "answer")

    async def main():
        coroutine = steps.answer(5)
        assert figures(handle) == (1, 0, 1)
        assert await coroutine == 5
        assert figures(handle) == (1, 0, 0)
        with pytest.raises(KeyError):
            await steps.answer(KeyError("no"))
        return await asyncio.gather(*(steps.answer(i) for i in range(10)))

    assert asyncio.run(main()) == list(range(10))
    assert figures(handle) == (12, 1, 0)


def test_a_coroutine_takes_the_time_it_waits_and_is_active_less(steps):
    handle = time(steps, "answer")
    asyncio.run(steps.answer(1, wait=0.02))
    stats = handle.stats()
    assert stats.total >= 19_000_000 and stats.total > stats.active >= stats.own > 0
    assert stats.least == stats.most == stats.total


def test_a_waiting_coroutine_costs_the_one_that_awaits_it_no_own_time(steps):
    async def outer():
        return await steps.answer(1, wait=0.01)

    steps.outer = outer
    with time(steps, "outer") as out, time(steps, "answer") as within:
        asyncio.run(steps.outer())
        a, b = out.stats(), within.stats()
    assert a.total >= b.total
    assert a.own == a.active - b.active


@measured
def test_a_cancelled_task_and_a_timeout_are_errors(steps, measure):
    handle = measure(steps, "answer")

    async def main():
        task = asyncio.ensure_future(steps.answer(1, wait=10))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(steps.answer(1, wait=10), 0.001)

    asyncio.run(main())
    assert figures(handle) == (2, 2, 0)


@measured
def test_a_coroutine_that_is_never_awaited_warns_and_ends(steps, measure):
    handle = measure(steps, "answer")
    with pytest.warns(RuntimeWarning, match="never awaited"):
        steps.answer(1)
        gc.collect()
    assert figures(handle) == (1, 0, 0)
    assert handle.stats().total is None


def test_a_measured_coroutine_passes_for_one(steps):
    count(steps, "answer")
    assert inspect.iscoroutinefunction(steps.answer)
    # Deprecated from 3.14 on, where asyncio says what inspect says.
    assert sys.version_info >= (3, 14) or asyncio.iscoroutinefunction(steps.answer)
    coroutine = steps.answer(1)
    assert inspect.iscoroutine(coroutine)
    assert asyncio.iscoroutine(coroutine)
    assert inspect.isawaitable(coroutine)
    assert isinstance(coroutine, collections.abc.Coroutine)
    assert coroutine.__class__ is types.CoroutineType
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED
    assert coroutine.__name__ == "answer"
    assert coroutine.cr_code.co_name == "answer"
    assert "coroutine object" in repr(coroutine)
    assert not hasattr(coroutine, "__next__") or not hasattr(coroutine, "__iter__")
    coroutine.__name__ = "renamed"
    assert coroutine.__name__ == "renamed"
    with pytest.raises(TypeError, match="non-None"):
        coroutine.send(1)
    coroutine.close()
    with pytest.raises(RuntimeError, match="already awaited"):
        coroutine.send(None)
    assert weakref.ref(coroutine)() is coroutine


@measured
def test_an_awaitable_generator_works(steps, measure):
    handle = measure(steps, "old")

    async def main():
        return await steps.old()

    coroutine = main()
    assert coroutine.send(None) == "asked"
    with pytest.raises(StopIteration) as stop:
        coroutine.send("given")
    assert stop.value.value == "given"
    assert figures(handle) == (1, 0, 0)


@measured
def test_methods_run_in_steps_too(place, measure):
    class Server:
        async def get(self, value):
            await asyncio.sleep(0)
            return value

        @classmethod
        async def opened(cls):
            return cls

        @staticmethod
        def rows():
            yield from (1, 2)

    handles = [measure(Server, name) for name in ("get", "opened", "rows")]
    assert asyncio.run(Server().get(4)) == 4
    assert asyncio.run(Server.opened()) is Server
    assert list(Server.rows()) == [1, 2]
    assert [figures(handle) for handle in handles] == [(1, 0, 0)] * 3
