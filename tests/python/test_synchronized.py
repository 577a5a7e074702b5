"""synchronized: locks for every kind of object and any event loop, not in copies or pickles."""

import asyncio
import copy
import dataclasses
import gc
import pickle
import threading
import weakref

import pytest

from support.lib import better
from support.lib import package as wraptrs


class Account:
    def __init__(self):
        self.total = 0

    @wraptrs.synchronized
    def add(self, amount):
        self.total += amount
        return self.total

    @wraptrs.synchronized
    async def add_later(self, amount):
        await asyncio.sleep(0)
        self.total += amount
        return self.total


class Slotted:
    __slots__ = ("busy", "most")

    def __init__(self):
        self.busy = self.most = 0

    def _enter(self):
        self.busy += 1
        self.most = max(self.most, self.busy)

    @wraptrs.synchronized
    def work(self):
        self._enter()
        threading.Event().wait(0.01)
        self.busy -= 1

    @wraptrs.synchronized
    async def work_later(self):
        self._enter()
        await asyncio.sleep(0.01)
        self.busy -= 1

    @wraptrs.synchronized
    def nested(self, depth):
        return depth if depth == 0 else self.nested(depth - 1)


@dataclasses.dataclass(frozen=True)
class Frozen:
    amount: int

    @wraptrs.synchronized
    def double(self):
        return 2 * self.amount


def in_threads(function, count=6):
    """Call the function in several threads at once; an error in one is an error here."""
    errors = []

    def call():
        try:
            function()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=call, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads)


async def gather(call, count=5):
    await asyncio.gather(*(call() for _ in range(count)))


@better("the instance takes no attribute")
def test_slots():
    one = Slotted()
    in_threads(one.work)
    assert one.most == 1
    assert one.nested(3) == 0


@better("the instance takes no attribute")
def test_slots_in_tasks():
    one = Slotted()
    asyncio.run(gather(one.work_later))
    assert one.most == 1


@better("the instance takes no attribute")
def test_slots_do_not_wait_for_one_another():
    one, two, both = Slotted(), Slotted(), threading.Barrier(2)

    class Meeting(Slotted):
        __slots__ = ()

        @wraptrs.synchronized
        def meet(self):
            both.wait(5)

    meetings = [Meeting(), Meeting()]
    in_threads(lambda: meetings.pop().meet(), 2)
    with wraptrs.synchronized(one), wraptrs.synchronized(two):
        pass


@better("the instance takes no attribute")
def test_an_error_inside_frees_a_slotted_instance():
    class Failing(Slotted):
        __slots__ = ()

        @wraptrs.synchronized
        def fail(self):
            raise LookupError("inside")

    one = Failing()
    for _ in range(2):
        with pytest.raises(LookupError, match="inside"):
            one.fail()
    in_threads(one.work, 2)


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


@better("the instance takes no attribute")
def test_frozen_dataclass():
    assert Frozen(2).double() == 4
    assert Frozen(2) == Frozen(2)


@better("the lock becomes an item, and each call makes another")
def test_attributes_that_are_items():
    class Record(dict):
        __setattr__ = dict.__setitem__

    record = Record()
    with wraptrs.synchronized(record) as first, wraptrs.synchronized(record) as second:
        assert first is second
    assert not record


@better("the lock in the copy is never found")
def test_a_dict_made_for_each_look():
    class Copying:
        kept = None

        @property
        def __dict__(self):
            return {}

        def __setattr__(self, name, value):
            raise AttributeError(name)

    one = Copying()
    with wraptrs.synchronized(one):
        in_threads(lambda: None, 1)


@better("the class takes no attribute")
def test_builtin_class():
    with wraptrs.synchronized(int):
        in_threads(lambda: None, 1)


@better("the lock cannot be copied")
def test_deepcopy_and_copy_of_an_instance():
    one = Account()
    one.add(1)
    asyncio.run(one.add_later(1))
    two = copy.deepcopy(one)
    assert two.add(1) == 3
    assert two._synchronized_lock is not one._synchronized_lock
    assert asyncio.run(two.add_later(1)) == 4
    assert two._synchronized_async_lock is not one._synchronized_async_lock
    assert copy.copy(one).add(5) == 7


@better("the lock cannot be pickled")
def test_pickle_of_an_instance():
    one = Account()
    one.add(1)
    asyncio.run(one.add_later(1))
    with wraptrs.synchronized(one):
        two = pickle.loads(pickle.dumps(one))
    assert two.total == 2
    in_threads(lambda: two.add(1), 2)  # the copy of a held lock is free
    assert asyncio.run(two.add_later(1)) == 5


@better("the lock cannot be copied")
def test_copies_of_the_locks_are_new_locks():
    one = Account()
    one.add(1)
    asyncio.run(one.add_later(1))
    for lock in (one._synchronized_lock, one._synchronized_async_lock):
        for copied in (copy.copy(lock), copy.deepcopy(lock), pickle.loads(pickle.dumps(lock))):
            assert copied is not lock
            assert type(copied) is type(lock)


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


@better("each call makes two classes")
def test_no_class_is_made_for_a_block():
    one = Account()
    first, second = wraptrs.synchronized(one), wraptrs.synchronized(Account())
    assert type(first) is type(second)
    lock = threading.Lock()
    assert type(wraptrs.synchronized(lock)) is type(wraptrs.synchronized(lock))


def test_given_lock_as_decorator_and_block():
    lock = threading.Lock()
    guard = wraptrs.synchronized(lock)

    class Owner:
        @guard
        def method(self):
            """Doc."""
            return lock.locked()

    assert Owner().method()
    assert Owner.method.__doc__ == "Doc."
    with guard as given:
        assert given is lock
        assert lock.locked()
    assert not lock.locked()


def test_given_async_lock_of_a_running_loop():
    async def main():
        lock = asyncio.Lock()

        @wraptrs.synchronized(lock)
        async def held():
            return lock.locked()

        assert await held()
        assert not lock.locked()

    asyncio.run(main())


def test_an_instance_goes_with_its_lock():
    one = Account()
    one.add(1)
    reference = weakref.ref(one)
    del one
    gc.collect()
    assert reference() is None
