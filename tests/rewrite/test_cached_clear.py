"""Caches cleared while calls are under way, and event loops that end before their calls do."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref

import pytest

stored = {}


async def fetch(key, wait=0.01):
    found = stored[key]
    await asyncio.sleep(wait)
    return found


async def fail(key):
    await asyncio.sleep(0.01)
    raise LookupError(key)


def read(key):
    found = stored[key]
    entered.set()
    assert go_on.wait(30)
    return found


entered, go_on = threading.Event(), threading.Event()


async def until_all_wait():
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_comes_after_a_clear_gets_what_is_there_since(put):
    async def use():
        stored["a"] = "old"
        early = [asyncio.ensure_future(fetch("a")) for _ in range(2)]
        await until_all_wait()
        stored["a"] = "new"
        handle.cache_clear()
        late = [asyncio.ensure_future(fetch("a", 0.05)) for _ in range(2)]
        assert await asyncio.gather(*early) == ["old", "old"]
        assert await asyncio.gather(*late) == ["new", "new"]
        assert await fetch("a", 0.05) == "new"

    with put("fetch", key=lambda key, wait=0: key) as handle:
        asyncio.run(use())
        assert handle.cache_info() == (2, 1, 128, 1)


def test_what_was_computed_before_a_clear_is_not_kept(put):
    stored["a"] = "old"
    with put("read", ttl=60) as handle:
        entered.clear(), go_on.clear()
        results = []
        thread = threading.Thread(target=lambda: results.append(read("a")))
        thread.start()
        assert entered.wait(30)
        stored["a"] = "new"
        handle.cache_clear()
        go_on.set()
        thread.join()
        assert results == ["old"] and read("a") == "new" and handle.cache_info()[:2] == (0, 1)


def test_statistics_stay_right_where_who_calls_is_cancelled_after_a_clear(put):
    async def use():
        tasks = [asyncio.ensure_future(fetch("a")) for _ in range(4)]
        await until_all_wait()
        handle.cache_clear()
        tasks[0].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    stored["a"] = 1
    with put("fetch") as handle:
        assert asyncio.run(use())[1:] == [1, 1, 1]
        assert handle.cache_info() == (2, 1, 128, 1)


def test_a_call_that_fails_after_one_who_waited_was_cancelled_is_no_event_of_the_loop(put):
    async def use():
        asyncio.get_running_loop().set_exception_handler(lambda loop, event: events.append(event))
        tasks = [asyncio.ensure_future(fail("a")) for _ in range(3)]
        await until_all_wait()
        tasks[2].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert list(map(type, results)) == [LookupError, LookupError, asyncio.CancelledError]
        await until_all_wait()

    events = []
    with put("fail"):
        asyncio.run(use())
        gc.collect()
    assert events == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_that_was_closed_with_calls_under_way_is_not_kept(put):
    def leave():
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda loop, event: None)  # tells of the tasks that are left
        tasks = [loop.create_task(fetch("a", 3600)) for _ in range(2)]
        loop.run_until_complete(until_all_wait())
        loop.close()
        return weakref.ref(loop), len(tasks)

    stored["a"] = 1
    with put("fetch", key=lambda key, wait: key):
        loop, count = leave()
        assert count == 2
        assert asyncio.run(fetch("a", 0)) == 1
        gc.collect()
        assert loop() is None
