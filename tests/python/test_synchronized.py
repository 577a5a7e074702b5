"""synchronized: locks for every kind of object, and not in copies or pickles."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import gc
import pickle
import signal
import threading
import weakref

import pytest

from support.guarded import Account, Slotted, in_threads
from support.lib import better
from support.lib import package as wraptrs


@dataclasses.dataclass(frozen=True)
class Frozen:
    amount: int

    @wraptrs.synchronized
    def double(self):
        return 2 * self.amount


@better("the instance takes no attribute")
def test_slots():
    one = Slotted()
    in_threads(one.work)
    assert one.most == 1
    assert one.nested(3) == 0


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


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the timer of POSIX systems")
@better("the instance takes no attribute")
def test_an_interrupt_while_waiting_leaves_nothing_behind():
    one, held, done = Slotted(), threading.Event(), threading.Event()

    def hold():
        with wraptrs.synchronized(one):
            held.set()
            done.wait(5)

    def interrupt(*args):
        raise InterruptedError("timer")

    before = signal.signal(signal.SIGALRM, interrupt)
    thread = threading.Thread(target=hold, daemon=True)
    try:
        thread.start()
        assert held.wait(0.5)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(InterruptedError, match="timer"):
            one.work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        done.set()
        thread.join(5)
    one.work()
    with pytest.raises(RuntimeError, match="not held"):
        wraptrs.synchronized(one).__exit__(None, None, None)


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


def test_an_instance_goes_with_its_lock():
    one = Account()
    one.add(1)
    reference = weakref.ref(one)
    del one
    gc.collect()
    assert reference() is None


def test_a_block_inside_a_static_method_and_a_class_method():
    class Owner:
        @wraptrs.synchronized
        @classmethod
        def of_class(cls):
            return "_synchronized_lock" in vars(cls)

        @wraptrs.synchronized
        @staticmethod
        async def static():
            return 1

    assert Owner.of_class()
    assert asyncio.run(Owner.static()) == 1


def test_wrappers_without_an_end():
    def one():
        pass

    def two():
        pass

    one.__wrapped__, two.__wrapped__ = two, one
    with pytest.raises(ValueError):
        wraptrs.synchronized(one)
