"""Calls of synchronized functions hold the right lock, and give it back whatever happens."""

from __future__ import annotations

import threading

import pytest

from support.guarded import in_threads
from support.lib import better
from support.lib import package as wraptrs


class Place:
    @wraptrs.synchronized
    def held(self):
        return is_held(self._synchronized_lock)

    @wraptrs.synchronized
    def run(self, work, *args):
        return work(*args)

    @wraptrs.synchronized
    @classmethod
    def of_class(cls):
        return is_held(vars(cls)["_synchronized_lock"])


@wraptrs.synchronized
def function(work, *args):
    return work(*args)


def is_held(lock):
    """Whether another thread would have to wait for it."""
    taken = []

    def take():
        if lock.acquire(timeout=0):
            lock.release()
        else:
            taken.append(lock)

    in_threads(take, 1)
    return bool(taken)


def test_the_lock_is_held_by_the_first_call_and_by_later_ones():
    one = Place()
    for _ in range(3):
        assert one.held()
        assert not is_held(one._synchronized_lock)


def test_a_class_lock_is_not_the_instance_lock():
    one = Place()
    for _ in range(3):
        assert Place.of_class()
        assert one.held()
        assert Place.of_class()
        assert vars(one)["_synchronized_lock"] is not vars(Place)["_synchronized_lock"]


def test_a_function_has_a_lock_of_its_own():
    lock = function._synchronized_lock if function(int) else None
    assert lock is None  # int() is 0
    lock = function._synchronized_lock
    assert function(is_held, lock)
    assert not is_held(lock)


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_error_gives_the_lock_back_and_is_not_changed(error):
    one, raised = Place(), error("inside")
    raised.__context__ = cause = ValueError("context")

    def fail():
        raise raised

    for call in (one.run, Place.__dict__["run"].__get__(one), function):
        call(int)
        for _ in range(2):
            with pytest.raises(error) as caught:
                call(fail)
            assert caught.value is raised
            assert raised.__context__ is cause
    assert not is_held(one._synchronized_lock)
    assert not is_held(function._synchronized_lock)


def test_reentrancy_and_the_depth_of_it():
    one = Place()

    def deeper(depth):
        return one.run(deeper, depth - 1) if depth else one.held()

    one.run(int)
    assert deeper(20)
    assert not is_held(one._synchronized_lock)


def test_a_lock_released_inside_is_an_error_with_the_first_one_as_context():
    one = Place()
    one.run(int)

    def release():
        one._synchronized_lock.release()

    def release_and_fail():
        release()
        raise LookupError("inside")

    with pytest.raises(RuntimeError) as caught:
        one.run(release)
    assert caught.value.__context__ is None
    with pytest.raises(RuntimeError) as caught:
        one.run(release_and_fail)
    assert isinstance(caught.value.__context__, LookupError)
    assert one.held()


def test_a_lock_of_ones_own_is_used():
    log = []

    class Lock:
        def acquire(self):
            log.append("acquire")

        def release(self):
            log.append("release")

        def __enter__(self):
            self.acquire()

        def __exit__(self, *exc_info):
            self.release()

    one = Place()
    one._synchronized_lock = Lock()
    one.run(log.append, "work")
    assert log == ["acquire", "work", "release"]


def test_a_lock_that_cannot_be_had():
    class Lock:
        def acquire(self):
            raise TimeoutError("too long")

        def release(self):
            raise AssertionError("was never held")

        def __enter__(self):
            self.acquire()

        def __exit__(self, *exc_info):
            self.release()

    one, log = Place(), []
    one._synchronized_lock = Lock()
    with pytest.raises(TimeoutError, match="too long"):
        one.run(log.append, "work")
    assert not log


@better("the lock is looked for in the slot's place")
def test_a_slot_of_that_name_is_not_the_place():
    class Slotted:
        __slots__ = ("_synchronized_lock",)

        @wraptrs.synchronized
        def run(self):
            return 42

    one = Slotted()
    one._synchronized_lock = "not a lock"
    assert one.run() == one.run() == 42
    assert one._synchronized_lock == "not a lock"


def test_attributes_made_up_by_the_class_are_not_asked():
    class Curious(Place):
        def __getattr__(self, name):
            raise AssertionError(name)

    one = Curious()
    assert one.run(int) == one.run(int) == 0
    assert "_synchronized_lock" in vars(one)


def test_a_proxy_as_the_instance():
    class Thing:
        pass

    class Proxy(wraptrs.ObjectProxy):
        @wraptrs.synchronized
        def run(self):
            return is_held(vars(self)["_synchronized_lock"])

    thing = Thing()
    assert Proxy(thing).run()
    assert Proxy(thing).run()


def test_falsy_instances():
    class Empty(Place):
        def __len__(self):
            return 0

    assert Empty().held()


def test_threads_wait_for_one_another():
    class Counter:
        def __init__(self):
            self.total = 0

        @wraptrs.synchronized
        def add(self):
            before = self.total
            threading.Event().wait(0.0001)
            self.total = before + 1

    one = Counter()
    in_threads(lambda: [one.add() for _ in range(25)], 6)
    assert one.total == 150


def test_the_lock_may_be_deleted_while_it_is_held():
    one = Place()
    one.run(int)
    one.run(vars(one).clear)
    assert one.held()
