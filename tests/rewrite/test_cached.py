"""Caches around functions that exist: in place and by name, per instance, for coroutines, for a
time."""

from __future__ import annotations

import functools
import gc
import inspect
import sys
import threading
import weakref

import pytest

from support.functions import same, state
from support.lib import package as wraptrs

cached = wraptrs.cached


def around(value):
    return [value]


class Shop:
    def price(self, item):
        return [self, item]

    @classmethod
    def kinds(cls, item):
        return [cls, item]

    @staticmethod
    def tax(item):
        return [item]

    @property
    def stock(self):
        return [self]


class Branch(Shop):
    pass


def test_a_function(put):
    before = state(around)
    with put("around") as handle:
        assert isinstance(handle, wraptrs.Patch) and handle.kind == "cached"
        assert around(1) is around(1) and around(1) is not around(2)
        assert handle.cache_info() == (2, 2, 128, 2)
        handle.cache_clear()
        assert handle.cache_info() == (0, 0, 128, 0)
        assert str(inspect.signature(around)) == "(value)"
        with pytest.raises(TypeError, match="unhashable"):
            around([])
    assert around(1) is not around(1) and same(before, state(around))


def test_in_place_every_holder_has_it():
    held, part = [around], functools.partial(around, 1)
    with cached(around) as handle:
        assert held[0](1) is part() is around(1)
        handle.disable()
        assert around(1) is not around(1)
        handle.enable()
        assert handle.cache_info().hits == 2 and around(1) is part()
    assert held[0](1) is not part()


def test_calls_that_mean_the_same_are_the_same_in_place():
    def target(a, /, b=2, *rest, c, d=4, **more):
        return [a, b, rest, c, d, more]

    with cached(target) as handle:
        assert target(1, c=3) is target(1, 2, c=3) is target(1, b=2, c=3, d=4)
        assert target(1, 2, 9, c=3, e=5) == [1, 2, (9,), 3, 4, {"e": 5}]
        assert handle.cache_info()[:2] == (2, 2)
        with pytest.raises(TypeError, match=r"target\(\) missing .*'c'"):
            target(1)


def test_methods_have_a_cache_for_each_instance(put):
    one, two = Shop(), Branch()
    with put("Shop.price") as handle:
        assert one.price(1) is one.price(1) and two.price(1) is two.price(1)
        assert one.price(1)[0] is one and two.price(1)[0] is two
        assert handle.cache_info() == (4, 2, 128, 2)
        assert handle.cache_info(one) == (2, 1, 128, 1) and handle.cache_info(Shop())[:2] == (0, 0)
        handle.cache_clear(one)
        assert handle.cache_info() == (2, 1, 128, 1)
        assert Shop.price(two, 1) is two.price(1)
        dead = Shop()
        dead.price(1)
        gone = weakref.ref(dead)
        del dead
        gc.collect()
        assert gone() is None
    assert one.price(1) is not one.price(1)


@pytest.mark.parametrize("name", ["kinds", "tax"])
def test_class_methods_and_static_methods(put, name):
    raw = vars(Shop)[name]
    with put(f"Shop.{name}") as handle:
        shop, branch = getattr(Shop, name), getattr(Branch, name)
        assert shop(1) is shop(1) and branch(1) is branch(1) is getattr(Branch(), name)(1)
        assert (shop(1) is branch(1)) == (name == "tax")
        assert handle.cache_info().currsize == (1 if name == "tax" else 2)
        if name == "kinds":
            assert handle.cache_info(Branch).currsize == 1
    assert getattr(Shop, name)(1) is not getattr(Shop, name)(1) and vars(Shop)[name] is raw


def test_getters_of_properties():
    shop = Shop()
    with cached(Shop.__dict__["stock"]):
        assert shop.stock is shop.stock and shop.stock is not Branch().stock
    assert shop.stock is not shop.stock


@pytest.mark.parametrize("slots", [(), ("__weakref__",), ("__dict__",)])
def test_instances_with_slots(slots):
    made = type("Slotted", (), {"__slots__": slots, "get": lambda self, n: [n]})
    made.get.__qualname__ = "Slotted.get"
    one, two = made(), made()
    with cached(made.get):
        assert one.get(1) is one.get(1) is not two.get(1)


class Slotted:
    __slots__ = ()

    def get(self, *items):
        return [items]


def test_a_key_gets_the_arguments_alone_where_instances_have_one_cache(put):
    one, two = Slotted(), Slotted()
    with put("Slotted.get", key=lambda *items: repr(items)) as handle:
        first = one.get([1], [2])
        assert one.get([1], [2]) is first == [([1], [2])]
        assert two.get([1], [2]) is not first and handle.cache_info()[:2] == (1, 2)


def test_a_property_has_its_getter_cached(put):
    shop, raw = Shop(), vars(Shop)["stock"]
    with put("Shop.stock") as handle:
        assert shop.stock is shop.stock and shop.stock is not Branch().stock
        assert type(vars(Shop)["stock"]) is property and handle.cache_info() == (2, 2, 128, 2)
        handle.cache_clear(shop)
        assert handle.cache_info(shop)[:2] == (0, 0) and handle.cache_info().misses == 1
    assert shop.stock is not shop.stock and vars(Shop)["stock"] is raw


def test_parameters(put):
    with put("around", maxsize=2) as handle:
        first = around(1)
        around(2), around(1), around(3)
        assert around(1) is first and handle.cache_info() == (2, 3, 2, 2)
    with put("around", maxsize=None, typed=True) as handle:
        assert around(1) is not around(1.0) and handle.cache_info().maxsize is None
    with put("around", maxsize=0):
        assert around(1) is not around(1)


def test_keys(put):
    with put("around", key=lambda value: len(value), maxsize=1) as handle:
        first = around([1, 2])
        assert around([3, 4]) is first and around([5]) is not first
        assert around([1, 2]) is not first and handle.cache_info() == (1, 3, 1, 1)
    with put("Shop.price", key=lambda item: tuple(item)), put("Shop.tax", key=tuple):
        assert Shop.tax([1]) is Shop.tax([1]) is not Shop.tax([2])
        one = Shop()
        assert one.price([1]) is one.price([1]) is not one.price([2])


def test_entries_expire(put, monkeypatch):
    from wraptrs import _memo

    now = [100.0]
    monkeypatch.setattr(_memo, "monotonic", lambda: now[0])
    with put("around", ttl=10) as handle:
        first = around(1)
        now[0] += 9.9
        assert around(1) is first
        now[0] += 0.2
        second = around(1)
        assert second is not first and around(1) is second
        assert handle.cache_info() == (2, 2, 128, 1)


def test_what_expired_is_not_kept_for_ever(put, monkeypatch):
    from wraptrs import _memo

    now, made = [100.0], []
    monkeypatch.setattr(_memo, "monotonic", lambda: now[0])
    with put("around", ttl=10, maxsize=None, key=id) as handle:
        for n in range(100):
            made.append(object())
            around(made[-1])
            now[0] += 1
            assert handle.cache_info().currsize == min(n + 1, 10)
    with put("around", ttl=1e-300) as handle:  # too short for the clock to tell
        assert around(1) is not around(1) and handle.cache_info().currsize == 0


def test_a_key_that_raises_or_has_no_hash_changes_nothing(put):
    def key(value):
        if value == 1:
            raise LookupError("no key")
        return [value]

    with put("around", key=key) as handle:
        for value, error in ((1, LookupError), (2, TypeError)):
            with pytest.raises(error, match=r"no key|unhashable"):
                around(value)
        assert handle.cache_info() == (0, 0, 128, 0)


def recursive(n):
    return n if n < 2 else recursive(n - 1) + recursive(n - 2)


@pytest.mark.parametrize("options", [{}, {"ttl": 60}])
def test_recursion_uses_the_cache(put, options):
    with put("recursive", **options) as handle:
        assert recursive(60) == 1548008755920
        assert handle.cache_info()[:2] == (58, 61)


def test_what_raises_is_not_kept(put):
    calls = []

    def fail(value):
        calls.append(value)
        raise LookupError(value)

    with wraptrs.hotpatch(fail, around), put("around", ttl=5) as handle:
        for _ in range(2):
            with pytest.raises(LookupError):
                around(1)
        assert calls == [1, 1] and handle.cache_info().currsize == 0


def test_threads():
    results, gate = [], threading.Barrier(4)

    def use():
        gate.wait()
        for n in range(200):
            results.append(around(n % 7) == [n % 7])

    for options in ({}, {"ttl": 50}, {"key": lambda value: value, "maxsize": 3}):
        with cached(around, **options) as handle:
            threads = [threading.Thread(target=use) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            info = handle.cache_info()
            assert info.hits + info.misses == 800 and all(results)


def test_stacks_with_other_patches():
    def double(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs) * 2

    below = wraptrs.hotwrap(around, double)
    cache = cached(around)
    above = wraptrs.hotwrap(around, double)
    assert around(1) == [1] * 4 and cache.original(1) == [1, 1]
    below.revert()
    assert around(1) == [1, 1]
    cache.revert()
    assert around(1) == [1, 1]
    above.revert()
    assert around(1) == [1]


def test_it_waits_for_a_module(tmp_path, monkeypatch):
    (tmp_path / "late_cached.py").write_text("def get(n): return [n]\n")
    monkeypatch.syspath_prepend(tmp_path)
    with cached("late_cached?:get") as handle:
        assert handle.state == "pending" and handle.cache_info() == (0, 0, 128, 0)
        import late_cached

        assert handle.state == "active" and late_cached.get(1) is late_cached.get(1)
    assert late_cached.get(1) is not late_cached.get(1)
    del sys.modules["late_cached"]


def generator():
    yield


async def async_generator():
    yield


class Slots:
    __slots__ = ("there",)

    @functools.cached_property
    def once(self):
        return 1


BAD = [
    (generator, {}, TypeError, "generator function: what it returns can be used up"),
    (async_generator, {}, TypeError, "async generator function"),
    (f"{__name__}:generator", {}, TypeError, "generator function"),
    (int, {}, wraptrs.UnpatchableError, "it is a class"),
    (around, {"maxsize": "1"}, TypeError, "maxsize"),
    (around, {"ttl": 0}, ValueError, "ttl"),
    (around, {"ttl": "1"}, ValueError, "ttl"),
    (around, {"key": 5}, TypeError, "key"),
    (around, {"in_place": False}, TypeError, "the name of the function"),
    ("around", {}, ValueError, "package.module:Class.method"),
    (f"{__name__}:nothing", {}, AttributeError, "nothing"),
    (f"{__name__}:BAD", {}, wraptrs.UnpatchableError, "a 'list' is not called"),
    (f"{__name__}:Slots.there", {}, wraptrs.UnpatchableError, "'member_descriptor' is not called"),
    (f"{__name__}:Slots.once", {}, wraptrs.UnpatchableError, "a 'cached_property' is not called"),
]


@pytest.mark.parametrize("target, options, error, message", BAD)
def test_bad_input_changes_nothing(target, options, error, message):
    before = state(around)
    with pytest.raises(error, match=message):
        cached(target, **options)
    assert same(before, state(around))


def test_a_c_function_is_cached_for_all_who_hold_it():
    from math import factorial

    handle = wraptrs.cached(factorial)
    assert handle.mode == "methoddef"
    assert [factorial(5), factorial(5), factorial(6)] == [120, 120, 720]
    assert handle.cache_info()[:2] == (1, 2)
    handle.revert()
    assert factorial(5) == 120 and handle.cache_info().hits == 1
