"""Calls of cached functions find the right cache, also while instances come and go."""

from __future__ import annotations

import gc
import sys
import threading

import pytest

from support.lib import better
from support.lib import package as wraptrs


class Counted:
    def __init__(self):
        self.calls = 0

    @wraptrs.lru_cache(maxsize=None)
    def plus(self, x, y=0, **more):
        self.calls += 1
        return x + y + sum(more.values())


def test_hits_of_each_form_of_call():
    one = Counted()
    for _ in range(5):
        assert one.plus(1) == 1
        assert one.plus(1, 2) == 3
        assert one.plus(1, y=2) == 3
        assert one.plus(x=1, y=3) == 4
        assert one.plus(1, 2, z=3, t=4) == 10
    assert one.calls == 5
    assert one.plus.cache_info()[:2] == (20, 5)


def test_bound_methods_share_the_cache_of_their_instance():
    one, two = Counted(), Counted()
    assert list(map(one.plus, [1, 2, 1])) == [1, 2, 1]
    assert list(map(two.plus, [1])) == [1]
    assert (one.calls, two.calls) == (2, 1)


def test_class_and_static_methods_hit():
    calls = []

    class Place:
        @wraptrs.lru_cache
        @classmethod
        def of_class(cls, x):
            calls.append(x)
            return x

        @wraptrs.lru_cache
        @staticmethod
        def static(x):
            calls.append(x)
            return x

    for _ in range(3):
        assert Place.of_class(1) == Place().of_class(1) == 1
        assert Place.static(2) == Place().static(2) == 2
    assert calls == [1, 2]
    assert Place.of_class.cache_info().hits == Place.static.cache_info().hits == 5


def test_errors_are_not_cached():
    class Place:
        tries = 0

        @wraptrs.lru_cache
        def late(self):
            self.tries += 1
            if self.tries < 3:
                raise LookupError(self.tries)
            return self.tries

    one = Place()
    for number in (1, 2):
        with pytest.raises(LookupError, match=str(number)):
            one.late()
    assert one.late() == one.late() == 3


def test_unhashable_arguments():
    one = Counted()
    with pytest.raises(TypeError, match="unhashable"):
        one.plus([])
    assert one.plus(1) == 1


def test_a_cache_called_from_inside_its_own_miss():
    class Numbers:
        @wraptrs.lru_cache(maxsize=None)
        def fibonacci(self, n):
            return n if n < 2 else self.fibonacci(n - 1) + self.fibonacci(n - 2)

    assert Numbers().fibonacci(60) == 1548008755920


def test_an_instance_that_dies_in_the_middle_of_its_call():
    class Place:
        @wraptrs.lru_cache
        def leave(self, drop):
            drop()
            gc.collect()
            return 42

    kept = [Place()]
    assert kept[0].leave(kept.clear) == 42


def test_a_resurrected_instance_has_the_right_cache():
    saved = []

    class Phoenix(Counted):
        def __del__(self):
            saved.append(self)

    one = Phoenix()
    one.plus(1)
    del one
    gc.collect()
    again = saved.pop()
    assert again.plus(1) == 1
    assert again.plus(2) == 2


class Slotted:
    __slots__ = ("__weakref__", "calls", "other")
    __init__ = Counted.__init__

    @wraptrs.lru_cache(maxsize=None)
    def plus(self, x):
        self.calls += 1
        return x


@better("the instance takes no attribute")
def test_entries_of_the_dead_are_gone_whatever_order_they_die_in():
    wrapper = Slotted.__dict__["plus"]
    before = len(wrapper._self_caches.entries)
    kept = [Slotted() for _ in range(20)]
    for number, each in enumerate(kept):
        each.plus(number)
        each.other = kept[number - 1]  # a cycle for the collector
    assert len(wrapper._self_caches.entries) == before + 20
    del each, kept
    gc.collect()
    assert len(wrapper._self_caches.entries) == before


@better("there are no entries")
def test_what_stands_in_the_dict_under_the_name_of_a_holder_is_not_believed():
    one, two = Counted(), Counted()
    (name,) = holder_names(two, 1)
    for odd in ((), (1, 2), (one,), (two, len), "text", None, 1, vars(two)[name]):
        vars(one)[name] = odd
        calls = one.calls
        assert one.plus.cache_info() is None
        assert one.plus(1) == one.plus(1) == 1
        assert (one.calls, two.calls) == (calls + 1, 1)
    assert two.plus.cache_info()[:2] == (0, 1)


def holder_names(obj, argument):
    """The names under which `obj` holds caches once it was called."""
    before = set(vars(obj))
    obj.plus(argument)
    return set(vars(obj)) - before


@better("the instance takes no attribute")
def test_no_entry_of_another_object_is_believed():
    wrapper, one = Slotted.__dict__["plus"], Slotted()
    two = Slotted()
    two.plus(1)
    # As if two had died unnoticed and one had taken its place in memory.
    wrapper._self_caches.entries[id(one)] = wrapper._self_caches.entries[id(two)]
    try:
        assert one.plus(1) == 1
        assert (one.calls, two.calls) == (1, 1)
        wrapper._self_caches.entries[id(one)] = ()
        with pytest.raises((IndexError, TypeError, ValueError)):
            one.plus(1)
    finally:
        wrapper._self_caches.entries.pop(id(one))


def test_threads_with_instances_of_their_own_and_one_in_common():
    class Place:
        @wraptrs.lru_cache(maxsize=None)
        def same(self, x):
            return id(self), x

    common, errors = Place(), []

    def work():
        try:
            for number in range(300):
                own = Place()
                assert own.same(number) == own.same(number) == (id(own), number)
                assert common.same(number % 7) == (id(common), number % 7)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not errors, errors[0]
    assert common.same.cache_info().currsize == 7
