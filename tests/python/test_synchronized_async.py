"""synchronized in event loops: several of them, closed ones, and tasks that give up."""

from __future__ import annotations

import asyncio
import gc

import pytest

from support.guarded import Account, Slotted, gather, in_threads
from support.lib import IS_WRAPT, better
from support.lib import package as wraptrs


@better("the instance takes no attribute")
def test_slots_in_tasks():
    one = Slotted()
    asyncio.run(gather(one.work_later))
    assert one.most == 1


@better("the instance takes no attribute")
def test_a_cancelled_task_gives_up_its_place():
    one = Slotted()

    async def main():
        async with wraptrs.synchronized(one):
            waiting = asyncio.ensure_future(one.work_later())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await one.work_later()

    asyncio.run(main())
    assert one.most == 1


@better("the lock belongs to the first loop")
def test_a_new_event_loop():
    one = Account()
    for _ in range(3):
        asyncio.run(gather(lambda: one.add_later(1)))
    assert one.total == 15


@better("the lock belongs to the first loop")
def test_event_loops_in_two_threads_exclude_each_other():
    one = Slotted()
    kept = Account()

    async def work():
        async with wraptrs.synchronized(kept):
            one._enter()
            await asyncio.sleep(0.005)
            one.busy -= 1

    in_threads(lambda: asyncio.run(gather(work)), 3)
    assert one.most == 1


@better("nobody ever frees the lock")
def test_a_lock_left_behind_by_a_closed_loop():
    one = Account()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(wraptrs.synchronized(one).__aenter__())
    loop.close()
    assert asyncio.run(asyncio.wait_for(one.add_later(1), 5)) == 1


@pytest.mark.skipif(IS_WRAPT, reason="its lock is that of asyncio, for one loop")
def test_a_waiter_whose_loop_was_closed_is_passed_over():
    one = Account()
    asyncio.run(one.add_later(0))
    lock = one._synchronized_async_lock
    ours, theirs = asyncio.new_event_loop(), asyncio.new_event_loop()
    ours.run_until_complete(lock.acquire())
    waiting = theirs.create_task(lock.acquire())
    waiting._log_destroy_pending = False  # asyncio would complain of what is done here
    theirs.run_until_complete(asyncio.sleep(0))
    theirs.close()
    lock.release()
    ours.close()
    assert not lock.locked()
    assert asyncio.run(one.add_later(1)) == 1
    del waiting


def test_waiters_are_served_in_order():
    one, order = Account(), []

    async def enter(number):
        async with wraptrs.synchronized(one):
            order.append(number)
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(*(enter(number) for number in range(6)))

    asyncio.run(main())
    assert order == list(range(6))


def test_a_lock_handed_to_a_cancelled_task_goes_on_to_the_next():
    one = Account()

    async def main():
        guard = wraptrs.synchronized(one)
        await guard.__aenter__()
        first = asyncio.ensure_future(one.add_later(1))
        second = asyncio.ensure_future(one.add_later(10))
        await asyncio.sleep(0)
        await guard.__aexit__(None, None, None)  # hands over to the first
        first.cancel()
        assert await asyncio.wait_for(second, 5) == 10
        assert first.cancelled()

    asyncio.run(main())


@better("asyncio's lock says something shorter")
def test_release_of_a_free_async_lock():
    one = Account()
    asyncio.run(one.add_later(1))
    assert not one._synchronized_async_lock.locked()
    assert "unlocked" in repr(one._synchronized_async_lock)
    with pytest.raises(RuntimeError, match="not held"):
        one._synchronized_async_lock.release()


def test_given_async_lock_of_a_running_loop():
    async def main():
        lock = asyncio.Lock()

        @wraptrs.synchronized(lock)
        async def held():
            return lock.locked()

        assert await held()
        assert not lock.locked()

    asyncio.run(main())


@pytest.mark.skipif(IS_WRAPT, reason="its lock is that of asyncio, for one loop")
def test_a_waiter_that_died_with_its_loop_frees_nobody_elses_lock():
    one = Account()
    asyncio.run(one.add_later(0))
    lock = one._synchronized_async_lock
    ours, theirs = asyncio.new_event_loop(), asyncio.new_event_loop()
    ours.run_until_complete(lock.acquire())
    waiting = theirs.create_task(lock.acquire())
    waiting._log_destroy_pending = False  # asyncio would complain of what is done here
    theirs.run_until_complete(asyncio.sleep(0))
    lock.release()  # to the waiter, whose loop ends before it could know
    theirs.close()
    ours.run_until_complete(lock.acquire())
    del waiting
    gc.collect()
    assert lock.locked()
    lock.release()
    assert not lock.locked()
    ours.close()


def test_given_async_lock_around_a_block():
    async def main():
        lock = asyncio.Lock()
        async with wraptrs.synchronized(lock) as given:
            assert given is lock
            assert lock.locked()
        assert not lock.locked()

    asyncio.run(main())
