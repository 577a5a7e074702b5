"""What caches leave behind when they are reverted, and that looking beneath other patches leaves
them alone."""

from __future__ import annotations

import gc
import weakref

import pytest

from support.lib import package as wraptrs


class Result:
    pass


class Shop:
    def price(self, item):
        return Result()

    @classmethod
    def kinds(cls):
        return Result()


class Slotted:
    __slots__ = ("item",)

    def price(self, item):
        return Result()


class Frozen(Shop):
    def __setattr__(self, name, value):
        raise AttributeError(name)

    __delattr__ = None


def around(value):
    return [value]


def passed_on(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


@pytest.mark.parametrize("options", [{}, {"ttl": 60}])
@pytest.mark.parametrize("kind", [Shop, Frozen, wraptrs.ObjectProxy])
def test_instances_are_as_they_were(put, kind, options):
    shop = kind(Shop()) if kind is wraptrs.ObjectProxy else kind()
    handle = put("Shop.price", **options)
    kept = weakref.ref(shop.price(1))
    assert kept() is shop.price(1) and vars(shop)
    handle.revert()
    gc.collect()
    assert not vars(shop) and kept() is None
    assert handle.cache_info() == (1, 1, 128, 0) and handle.cache_info(shop).misses == 0
    handle.apply()
    assert shop.price(1) is shop.price(1) and handle.cache_info() == (1, 1, 128, 1)
    handle.revert()
    assert not vars(shop)


def test_a_call_under_way_when_the_cache_is_reverted_leaves_nothing(put):
    class Late(Shop):
        def __getattribute__(self, name):
            if name == "price":
                handle.revert()
            return super().__getattribute__(name)

    shop, other = Late(), Shop()
    handle = put("Shop.price")
    bound = other.price
    Shop.price(shop, 1), shop.price(1), bound(1), bound(1)
    assert handle.state == "reverted" and not vars(shop) and not vars(other)


def test_nothing_is_kept_for_classes_and_for_instances_with_one_cache(put):
    handles = put("Shop.kinds"), put("Slotted.price")
    results = [weakref.ref(Shop.kinds()), weakref.ref(Slotted().price(1))]
    assert results[0]() is not None and results[1]() is not None
    for handle in handles:
        handle.revert()
    gc.collect()
    assert [result() for result in results] == [None, None]


@pytest.mark.parametrize("ways", [("revert", "apply"), ("disable", "enable")])
def test_patches_that_come_and_go_beneath_leave_no_caches(ways):
    shop = Shop()
    below = wraptrs.hotwrap(Shop.price, passed_on)
    with wraptrs.cached(Shop.price) as handle:
        for _ in range(3):
            for way in ways:
                assert shop.price(1) is shop.price(1)
                getattr(below, way)()
        assert shop.price(1) is shop.price(1) and len(vars(shop)) == 1
        assert handle.cache_info().currsize == 1
    below.revert()
    assert not vars(shop)


@pytest.mark.parametrize("native", [False, True])
def test_asking_what_lies_beneath_a_patch_above_leaves_the_cache(native):
    from math import factorial

    target = factorial if native else around
    below = wraptrs.hotwrap(target, passed_on)
    handle = wraptrs.cached(target)
    above = wraptrs.hotwrap(target, passed_on)
    first = target(500)
    assert above.original(500) is first is target(500) and handle.cache_info()[:2] == (2, 1)
    handle.cache_clear()
    second = target(500)
    assert second == first and second is not first
    above.revert()
    assert target(500) is second
    below.revert()
    assert target(500) is not second and handle.cache_info()[:2] == (0, 1)
    handle.revert()


def test_a_patch_that_nobody_holds_the_handle_of_is_found_with_its_caches(put):
    shop = Shop()
    put("Shop.price", maxsize=5), put("Stocked.stock")
    gc.collect()
    assert shop.price(1) is shop.price(1) and Stocked.there.stock is Stocked.there.stock
    handles = wraptrs.patches()
    assert [handle.cache_info()[1:] for handle in handles] == [(1, 5, 1), (1, 128, 1)]
    handles[0].cache_clear(shop)
    assert handles[0].cache_info(shop) == (0, 0, 5, 0)
    del handles
    assert wraptrs.revert_all() == 2 and not vars(shop) and not vars(Stocked.there)


class Stocked:
    @property
    def stock(self):
        return Result()


Stocked.there = Stocked()
