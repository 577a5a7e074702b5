"""lru_cache: right for every kind of instance, and for their copies and pickles."""

import copy
import dataclasses
import functools
import gc
import pickle
import threading
import typing
import weakref

import pytest

from support.lib import better
from support.lib import package as wraptrs


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    @wraptrs.lru_cache
    def times(self, x):
        return self.factor * x


class Made:
    @wraptrs.lru_cache
    @classmethod
    def name(cls, suffix):
        return cls.__name__ + suffix


class MadeChild(Made):
    pass


@better("the copy answers from the original's cache")
def test_copy_of_an_instance_has_a_cache_of_its_own():
    one = Scaled(2)
    assert one.times(5) == 10
    two = copy.copy(one)
    two.factor = 3
    assert two.times(5) == 15
    assert one.times(5) == 10
    assert two.times.cache_info().misses == 1


@better("the copy answers from the original's cache")
def test_deepcopy_of_an_instance():
    one = Scaled([2])
    one.times(2)
    two = copy.deepcopy(one)
    two.factor.append(3)
    assert two.times(2) == [2, 3, 2, 3]


@better("the cache in the instance dict cannot be pickled")
def test_instances_can_be_pickled():
    one = Scaled(2)
    one.times(5)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(one, protocol)
        two = pickle.loads(data)
        assert two.factor == 2
        assert two.times.cache_info() is None
        assert two.times(5) == 10
        assert two.times.cache_info()[:2] == (0, 1)
        # What the dict of the copy carries does not grow from pickle to pickle.
        assert vars(two).keys() == vars(one).keys()
        assert pickle.dumps(two, protocol) == data


@better("the subclass is given its base's results")
def test_class_method_of_a_subclass():
    assert Made.name("!") == "Made!"
    assert MadeChild.name("!") == "MadeChild!"
    assert MadeChild().name("!") == "MadeChild!"
    assert MadeChild.name.cache_info().hits == 1


def test_a_class_is_not_kept_alive():
    class Child(Made):
        pass

    Child.name("?")
    reference = weakref.ref(Child)
    del Child
    gc.collect()
    assert reference() is None


@better("the cache is looked for on None")
def test_call_through_the_class():
    one = Scaled(4)
    assert Scaled.times(one, 2) == 8
    assert one.times(2) == 8
    assert one.times.cache_info()[:2] == (1, 1)


@better("the cache is looked for on None")
def test_function_reached_through_the_class():
    class Tools:
        @wraptrs.lru_cache
        def double(x):
            return 2 * x

    assert Tools.double(4) == 8
    assert Tools.double(4) == 8
    assert Tools.double.cache_info().hits == 1


@better("the cache is looked for on None")
def test_missing_self_is_the_functions_own_error():
    with pytest.raises(TypeError, match="times"):
        Scaled.times()


@dataclasses.dataclass(frozen=True)
class Frozen:
    factor: int

    @wraptrs.lru_cache
    def times(self, x):
        return self.factor * x


@better("the instance takes no attribute")
def test_frozen_dataclass():
    one = Frozen(3)
    assert one.times(2) == one.times(2) == 6
    assert one.times.cache_info().hits == 1
    assert one == Frozen(3)
    assert repr(one) == "Frozen(factor=3)"


class WithSlots:
    __slots__ = ("__weakref__", "calls")

    def __init__(self):
        self.calls = 0

    @wraptrs.lru_cache(maxsize=2)
    def times(self, x):
        self.calls += 1
        return self.calls * x


class OnlySlots:
    __slots__ = ("calls",)
    __init__ = WithSlots.__init__

    @wraptrs.lru_cache(maxsize=4)
    def times(self, x):
        self.calls += 1
        return self.calls * x

    def __eq__(self, other):
        return True  # no reason to share results

    __hash__ = None


@better("the instance takes no attribute")
@pytest.mark.parametrize("kind", [WithSlots, OnlySlots])
def test_slots(kind):
    one, two = kind(), kind()
    assert [one.times(1), one.times(1), two.times(1), one.times(2)] == [1, 1, 1, 4]
    assert (one.calls, two.calls) == (2, 1)
    one.times.cache_clear()
    assert one.times(1) == 3


@better("the instance takes no attribute")
def test_info_of_slots_without_weak_references_is_of_all():
    class Slotted:
        __slots__ = ()

        @wraptrs.lru_cache
        def answer(self):
            return 42

    one, two = Slotted(), Slotted()
    assert one.answer.cache_info() is None
    assert one.answer() == two.answer() == two.answer() == 42
    assert one.answer.cache_info()[:2] == (1, 2)


class Point(typing.NamedTuple):
    x: int
    y: int


class Vector(Point):
    @wraptrs.lru_cache
    def norm(self, p):
        return self.x**p + self.y**p


@better("the copy answers from the original's cache")
def test_tuple_subclass_has_a_cache_for_each_instance():
    one, two = Vector(1, 2), Vector(1, 2)
    assert one.norm(2) == one.norm(2) == two.norm(2) == 5
    assert one.norm.cache_info()[:2] == (1, 1)
    three = copy.copy(one)
    assert three.norm.cache_info() is None
    four = pickle.loads(pickle.dumps(one))
    assert four.norm(2) == 5
    assert four.norm.cache_info()[:2] == (0, 1)
    assert copy.deepcopy(one).norm.cache_info() is None


def test_a_tuple_subclass_can_be_collected():
    class Probe:
        pass

    class Row(tuple):
        @wraptrs.lru_cache
        def length(self):
            return len(self)

    row = Row([Probe()])
    row.length()
    reference = weakref.ref(row[0])
    del row
    gc.collect()
    assert reference() is None


def test_instances_need_neither_hash_nor_honest_equality():
    class Odd:
        __hash__ = None

        def __eq__(self, other):
            raise AssertionError("not asked")

        @wraptrs.lru_cache
        def one(self):
            return id(self)

    first, second = Odd(), Odd()
    assert first.one() == id(first)
    assert second.one() == id(second)


@better("it clears nothing")
def test_clear_through_the_class_clears_all():
    one, two = Scaled(1), Scaled(2)
    one.times(1), two.times(1)
    Scaled.times.cache_clear()
    assert one.times.cache_info().currsize == two.times.cache_info().currsize == 0


def test_a_new_instance_at_an_old_address():
    results = set()
    for factor in range(50):
        results.add(Scaled(factor).times(1))  # each dies before the next is made
    assert results == set(range(50))


@better("there are no references")
def test_caches_go_with_their_instances():
    kept = [Scaled(n) for n in range(5)]
    for each in kept:
        each.times(1)
    wrapper = Scaled.__dict__["times"]
    before = len(wrapper._self_held)
    del kept, each
    gc.collect()
    assert len(wrapper._self_held) == before - 5


@better("they are looked at by the first call")
def test_parameters_are_checked_when_decorating():
    with pytest.raises(TypeError, match="size"):
        wraptrs.lru_cache(size=3)
    with pytest.raises(TypeError, match="callable"):
        wraptrs.lru_cache("x")


@better("the number is taken for the function")
def test_maxsize_may_be_positional_as_in_functools():
    @wraptrs.lru_cache(2)
    def double(x):
        return 2 * x

    assert double(2) == 4
    assert double.cache_parameters()["maxsize"] == 2


@better("all instances share the first one's cache")
def test_a_compiled_function_as_a_method():
    class Text(str):
        up = wraptrs.lru_cache(str.upper)

    assert [Text("a").up(), Text("b").up()] == ["A", "B"]


@better("all instances share the first one's cache")
def test_partialmethod_binds_its_instance():
    class Scale:
        def __init__(self, factor):
            self.factor = factor

        def times(self, x):
            return self.factor * x

        twice = wraptrs.lru_cache(functools.partialmethod(times, 2))

    assert [Scale(3).twice(), Scale(5).twice()] == [6, 10]


@better("its own parameter has that name")
def test_keyword_named_self():
    @wraptrs.lru_cache
    def call(**kwargs):
        return kwargs

    assert call(self=1, args=2) == {"self": 1, "args": 2}


def test_first_calls_of_many_threads_share_a_cache():
    one, start = Scaled(2), threading.Barrier(8)

    def use():
        start.wait()
        one.times(3)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.times.cache_info().currsize == 1
