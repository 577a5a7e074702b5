"""The cycle collector and finalizers: every way an object can hold a proxy that holds it."""

from __future__ import annotations

import gc

import pytest

from support.collect import Thing, alive_after
from support.lib import (
    PROXIES,
    TYPES,
    BoundFunctionWrapper,
    FunctionWrapper,
    PartialCallableObjectProxy,
    build,
    passthrough,
)


def target(*args, **kwargs):
    """A target every type accepts."""
    return args, kwargs


def _through_own_dict(cls):
    proxy = build(cls, lambda *a: a)
    proxy._self_me = proxy
    return [proxy]


def _through_target(cls):
    def local(*args):
        return args

    local.back = build(cls, local)
    return [local, local.back]


def _through_each_other(cls):
    first = build(cls, lambda *a: a)
    second = build(cls, lambda *a: a)
    first._self_other, second._self_other = second, first
    return [first, second]


def _through_subclass(cls):
    class Sub(cls):
        pass

    proxy = build(Sub, lambda *a: a)
    Sub.instance = proxy
    return [Sub, proxy]


def _through_own_target(cls):
    proxy = build(cls, lambda *a: a)
    proxy.__wrapped__ = thing = Thing(proxy=proxy)
    return [proxy, thing]


@pytest.mark.parametrize(
    "make",
    [
        _through_own_dict,
        _through_target,
        _through_each_other,
        _through_subclass,
        _through_own_target,
    ],
)
@pytest.mark.parametrize("cls", TYPES)
def test_cycles_are_collected(cls, make):
    assert alive_after(lambda: make(cls)) == 0


def test_cycle_through_partial_arguments_is_collected():
    def make():
        bag, options = Thing(), Thing()
        proxy = PartialCallableObjectProxy(print, bag, file=options)
        bag.proxy = options.proxy = proxy
        return [bag, options, proxy]

    assert alive_after(make) == 0


@pytest.mark.parametrize("position", [0, 1, 2, 3, 5, 6])  # 4 is a name, the binding
def test_cycle_through_each_field_of_a_bound_wrapper_is_collected(position):
    def make():
        thing = Thing()
        fields = [target, None, passthrough, None, "callable", None, None]
        fields[position] = thing
        if position == 2:
            fields[position] = thing.wrapper = lambda *args: thing
        thing.bound = BoundFunctionWrapper(*fields)
        return [thing, thing.bound]

    assert alive_after(make) == 0


def test_cycle_through_an_enabled_callable_is_collected():
    def make():
        def enabled():
            return enabled.wrapper

        enabled.wrapper = FunctionWrapper(target, passthrough, enabled)
        return [enabled, enabled.wrapper]

    assert alive_after(make) == 0


@pytest.mark.parametrize("cls", PROXIES)
def test_finalizer_runs_once_and_may_resurrect(cls):
    log = []

    class Dying(cls):
        def __del__(self):
            log.append(self._self_tag)
            kept.append(self)

    kept = []
    proxy = Dying([1])
    proxy._self_tag = "tag"
    del proxy
    gc.collect()
    assert log == ["tag"]
    assert kept[0] == [1]
    kept.clear()
    gc.collect()
    assert log == ["tag"]


@pytest.mark.parametrize("cls", PROXIES)
def test_finalizer_sees_the_target_inside_a_cycle(cls):
    log = []

    class Dying(cls):
        def __del__(self):
            log.append(self.__wrapped__.value)

    proxy = Dying(Thing(value=7))
    proxy._self_me = proxy
    del proxy
    gc.collect()
    assert log == [7]


@pytest.mark.parametrize("cls", PROXIES)
def test_a_long_chain_is_freed_without_overflow(cls):
    proxy = None
    for _ in range(100_000):
        holder = cls(print)
        holder._self_next = proxy
        proxy = holder
    del holder
    proxy = None
    gc.collect()
