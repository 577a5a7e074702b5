"""Caches around coroutine functions: one call per key is under way, and who waits gets its
result."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref

import pytest

started = []


async def fetch(key, fail=False):
    started.append(key)
    await asyncio.sleep(0.01)
    if fail:
        raise LookupError(key)
    return [key]


class Client:
    async def fetch(self, key):
        return await fetch(key)


def test_coroutine_functions_have_one_call_under_way(put):
    async def use():
        first = await asyncio.gather(*[fetch("a") for _ in range(5)], fetch("b"))
        assert all(one is first[0] for one in first[:5]) and started == ["a", "b"]
        assert await fetch("a") is first[0] and started == ["a", "b"]
        failed = await asyncio.gather(fetch("c", True), fetch("c", True), return_exceptions=True)
        assert [type(error) for error in failed] == [LookupError] * 2
        assert started == ["a", "b", "c"]
        with pytest.raises(LookupError):
            await fetch("c", True)
        assert started == ["a", "b", "c", "c"]

    started.clear()
    with put("fetch") as handle:
        assert inspect.iscoroutinefunction(fetch)
        asyncio.run(use())
        assert handle.cache_info() == (6, 4, 128, 2)
        asyncio.run(fetch("a"))  # what is kept serves other loops
        assert handle.cache_info().hits == 7
    assert inspect.iscoroutinefunction(fetch)


def test_who_is_cancelled_hands_over(put):
    async def use():
        tasks = [asyncio.ensure_future(fetch("a")) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(first, asyncio.CancelledError) and second is third and second == ["a"]
        waits = [asyncio.ensure_future(fetch("b")) for _ in range(2)]
        await asyncio.sleep(0)
        waits[1].cancel()  # who only waits leaves the call alone
        first, second = await asyncio.gather(*waits, return_exceptions=True)
        assert first == ["b"] and isinstance(second, asyncio.CancelledError)

    started.clear()
    with put("fetch"):
        asyncio.run(use())
    assert started == ["a", "a", "b"]


def test_coroutine_methods_and_recursion(put):
    async def use():
        one, two = Client(), Client()
        results = await asyncio.gather(one.fetch("a"), one.fetch("a"), two.fetch("a"))
        assert results[0] is results[1] is not results[2]

    with put("Client.fetch"):
        asyncio.run(use())


def test_an_instance_lives_as_long_as_its_coroutine(put):
    with put("Client.fetch"):
        assert asyncio.run(Client().fetch("a")) == ["a"]
        client = Client()
        waits, gone = client.fetch("b"), weakref.ref(client)
        del client
        gc.collect()
        assert gone() is not None and asyncio.run(waits) == ["b"]
        del waits
        gc.collect()
        assert gone() is None  # the cache does not keep it


def test_a_recursion_that_forks_uses_the_cache(put):
    with put("fork") as handle:
        assert asyncio.run(fork(40)) == 102334155
        assert handle.cache_info()[:2] == (38, 41)


async def fork(n):
    await asyncio.sleep(0)
    return n if n < 2 else sum(await asyncio.gather(fork(n - 1), fork(n - 2)))


def test_a_coroutine_that_is_driven_by_hand(put):
    with put("quick"):
        assert drive(quick(1)) is drive(quick(1))


async def quick(value):
    return [value]


def drive(coroutine):
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    return stop.value.value
