"""lru_cache: where the caches of instances stand, and that they are collected with them."""

import copy
import gc
import pickle
import sys
import threading
import weakref

import pytest

from support.collect import alive_after
from support.lib import better
from support.lib import package as wraptrs


class Plain:
    @wraptrs.lru_cache(maxsize=None)
    def me(self, x):
        return self, x

    @wraptrs.lru_cache
    def other(self):
        return [self.me]


class Child(Plain):
    @wraptrs.lru_cache
    def me(self, x):
        return super().me(x), x


class Guarded(Plain):
    """Takes no attribute, shows none, and has another idea of its dict."""

    __dict__ = property(lambda self: {})

    def __setattr__(self, name, value):
        raise AttributeError(f"{name} is not to be set")


class OnlyDict:
    __slots__ = ("__dict__",)
    me = Plain.__dict__["me"]


class Around(wraptrs.BaseObjectProxy):
    @wraptrs.lru_cache
    def me(self, x):
        return self, x


def called(obj):
    assert obj.me(1) is obj.me(1)
    assert obj.me.cache_info().hits == 1
    return obj


@pytest.mark.parametrize("kind", [Plain, Child])
def test_an_instance_that_its_results_refer_to_is_collected(kind):
    def make():
        one = called(kind())
        one.other()
        yield one

    assert alive_after(make) == 0


@better("the instance takes no attribute")
def test_a_guarded_instance_that_its_results_refer_to_is_collected():
    assert alive_after(lambda: [called(Guarded())]) == 0


def test_a_proxy_that_its_results_refer_to_is_collected():
    target = Plain()
    assert alive_after(lambda: [called(Around(target))]) == 0
    assert vars(target) == {}


@better("without a weak reference, it is not looked for a copy")
def test_an_instance_without_weak_references_is_collected():
    one, probe = OnlyDict(), Plain()
    one.probe = probe
    assert one.me(1)[0] is one
    assert copy.copy(one).me.cache_info() is None
    reference = weakref.ref(probe)
    del one, probe
    gc.collect()
    assert reference() is None


def test_a_thousand_instances_leave_nothing():
    assert alive_after(lambda: [called(Plain()) for _ in range(1000)]) == 0


@better("there are no references")
def test_a_thousand_instances_leave_no_entry():
    wrapper = Plain.__dict__["me"]
    gc.collect()
    before = len(wrapper._self_held), sys.getrefcount(wrapper)
    for _ in range(1000):
        called(Plain())
    gc.collect()
    assert (len(wrapper._self_held), sys.getrefcount(wrapper)) == before
    assert not wrapper._self_caches.entries


@better("the cache keeps the bound method")
def test_an_instance_that_no_result_refers_to_needs_no_collector():
    class Place:
        @wraptrs.lru_cache
        def one(self):
            return 1

    gc.disable()
    try:
        place = Place()
        assert place.one() == place.one() == 1
        reference = weakref.ref(place)
        del place
        assert reference() is None
    finally:
        gc.enable()


@better("the cache keeps the bound method")
def test_slots_keep_an_instance_that_its_results_refer_to_until_they_are_dropped():
    class Slotted:
        __slots__ = ("__weakref__",)
        me = wraptrs.lru_cache(lambda self: self)

    one = Slotted()
    assert one.me() is one
    reference = weakref.ref(one)
    del one
    gc.collect()
    assert reference() is not None
    reference().me.cache_clear()
    gc.collect()
    assert reference() is None


@better("the name holds an address")
def test_the_dict_has_one_holder_for_each_function():
    one = Child()
    one.me(1), one.me(2), one.other()
    names = set(vars(one))
    assert len(names) == 3
    assert all(name.startswith("_lru_cache_") for name in names)
    assert {repr(value) for value in vars(one).values()} == {"<kept by wraptrs>"}


@better("the name holds an address")
def test_names_are_used_again_after_their_functions():
    def name():
        class Place:
            @wraptrs.lru_cache
            def a_name_of_its_own(self):
                return 1

        one = Place()
        one.a_name_of_its_own()
        (name,) = vars(one)
        return name, Place

    first, _kept = name()
    names = set()
    for _ in range(5):
        names.add(name()[0])
        gc.collect()
    assert len(names) == 1
    assert first not in names


@better("caches differ")
def test_holders_make_no_difference_between_dicts():
    one, two = Plain(), Plain()
    assert one.me(1)[0] is one
    assert two.me(2)[0] is two
    assert vars(one) == vars(two)
    assert [a != b for a, b in zip(vars(one).values(), vars(two).values())] == [False]
    assert len(set(vars(one).values()) | set(vars(two).values())) == 1
    assert list(vars(one).values()) != [()]


@better("the copy answers from the original's cache")
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        *(
            lambda obj, protocol=protocol: pickle.loads(pickle.dumps(obj, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_a_duplicate_has_results_of_its_own(duplicate):
    one = called(Plain())
    two = duplicate(one)
    assert two.me.cache_info() is None
    assert two.me(1)[0] is two
    assert one.me(1)[0] is one
    three = duplicate(two)
    assert three.me(1)[0] is three
    # Holders were exchanged, not shared.
    assert one.me(1)[0] is one
    assert two.me(1)[0] is two


@better("the copy answers from the original's cache")
def test_a_dict_that_was_taken_over_brings_no_results():
    one, two = called(Plain()), called(Plain())
    vars(two).update(vars(one))
    assert two.me(1)[0] is two
    assert one.me(1)[0] is one


@better("the copy answers from the original's cache")
def test_a_copy_at_the_address_of_the_original():
    one = called(Plain())
    for _ in range(50):
        state = vars(one).copy()
        del one
        one = Plain()
        vars(one).update(state)
        del state
        assert one.me(1)[0] is one


@better("the instance takes no attribute")
def test_guarded_instances_hold_theirs_in_the_real_dict():
    one = called(Guarded())
    assert vars(one) == {}
    wrapper = Plain.__dict__["me"]
    assert object.__getattribute__(one, wrapper._self_name).value_for(one) is not None
    assert wrapper._self_caches.get(one) is None


@better("the cache of the class is found on its subclass")
def test_a_class_as_an_instance_of_its_metaclass():
    class Meta(type):
        @wraptrs.lru_cache
        def name(cls, x):
            return cls.__name__, x

    class Base(metaclass=Meta):
        pass

    class Sub(Base):
        pass

    assert Base.name(1) == ("Base", 1)
    assert Base.name(1) is Base.name(1)
    assert Sub.name(1) == ("Sub", 1)
    assert Base.name.cache_info()[:2] == (2, 1)


def test_an_object_whose_type_keeps_attributes_in_its_own_way():
    class Own(threading.local):
        calls = 0

        @wraptrs.lru_cache
        def count(self):
            self.calls += 1
            return self.calls

    one, two = Own(), Own()
    assert [one.count(), one.count(), two.count()] == [1, 1, 1]
    assert one.count.cache_info()[:2] == (1, 1)


@better("it clears nothing")
def test_clear_through_the_class_reaches_every_place():
    kept = [called(Plain()), called(Child()), called(OnlyDict())]
    Plain.me.cache_clear()
    assert [each.me.cache_info().currsize for each in (kept[0], kept[2])] == [0, 0]
    assert kept[1].me.cache_info().currsize == 1
