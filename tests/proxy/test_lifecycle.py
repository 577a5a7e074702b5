"""Birth and death of proxies: construction, half-made instances, weak references."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

from support.collect import alive_after
from support.lib import (
    PROXIES,
    TYPES,
    BoundFunctionWrapper,
    FunctionWrapper,
    build,
    init_arguments,
)


def target(*args, **kwargs):
    """A target every type accepts."""
    return args, kwargs


@pytest.mark.parametrize("cls", TYPES)
def test_construction_keeps_the_target(cls):
    proxy = build(cls, target)
    assert type(proxy) is cls
    assert proxy.__wrapped__ is target
    assert proxy.__class__ is type(target)
    assert isinstance(proxy, type(target)) and isinstance(proxy, cls)


@pytest.mark.parametrize("cls", PROXIES)
def test_keyword_wrapped(cls):
    assert cls(wrapped=target).__wrapped__ is target


@pytest.mark.parametrize("cls", TYPES)
def test_new_ignores_arguments_so_that_init_may_change_them(cls):
    class Renamed(cls):
        def __init__(self, label, obj, *, extra=None):
            super().__init__(*init_arguments(cls, obj))
            self._self_label = (label, extra)

    proxy = Renamed("name", target, extra=3)
    assert proxy.__wrapped__ is target
    assert proxy._self_label == ("name", 3)


@pytest.mark.parametrize("cls", TYPES)
def test_init_again_replaces_the_target(cls):
    def other(*args, **kwargs):
        return "other"

    proxy = build(cls, target)
    proxy._self_mark = 1
    proxy.__init__(*init_arguments(cls, other))
    assert proxy.__wrapped__ is other
    assert proxy._self_mark == 1


USES = {
    "repr": repr,
    "str": str,
    "hash": hash,
    "bool": bool,
    "len": len,
    "add": lambda p: p + 1,
    "radd": lambda p: 1 + p,
    "iadd": lambda p: p.__iadd__(1),
    "eq": lambda p: p == 1,
    "getitem": lambda p: p[0],
    "setitem": lambda p: p.__setitem__(0, 1),
    "contains": lambda p: 1 in p,
    "dir": dir,
    "format": format,
    "index": lambda p: [0][p],
    "wrapped": lambda p: p.__wrapped__,
    "attribute": lambda p: p.anything,
    "setattr": lambda p: setattr(p, "anything", 1),
    "delattr": lambda p: delattr(p, "anything"),
    "name": lambda p: p.__name__,
    "doc": lambda p: p.__doc__,
    "module": lambda p: p.__module__,
    "class": lambda p: p.__class__,
    "dict": lambda p: p.__dict__,
    "annotations": lambda p: p.__annotations__,
    "round": round,
    "enter": lambda p: p.__enter__(),
    "reversed": reversed,
    "mro_entries": lambda p: p.__mro_entries__(()),
    "instancecheck": lambda p: isinstance(1, p),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("how", ["bare new", "init skipped"])
@pytest.mark.parametrize("cls", [*PROXIES, FunctionWrapper, BoundFunctionWrapper])
def test_without_a_target_every_use_says_so(cls, how, use):
    class Skipping(cls):
        def __init__(self):
            pass

    proxy = cls.__new__(cls) if how == "bare new" else Skipping()
    with pytest.raises(AttributeError, match="has no attribute '__wrapped__'"):
        USES[use](proxy)
    assert not hasattr(proxy, "__wrapped__")


@pytest.mark.parametrize("cls", TYPES)
def test_bare_instance_can_be_completed_and_dropped(cls):
    proxy = cls.__new__(cls)
    assert proxy.__self_dict__ == {}
    proxy.__wrapped__ = target
    assert proxy.__wrapped__ is target and proxy.__name__ == "target"
    del proxy
    gc.collect()


@pytest.mark.parametrize("cls", [c for c in TYPES if c not in PROXIES])
def test_bare_wrapper_with_only_a_target_refuses_the_call(cls):
    proxy = cls.__new__(cls)
    proxy.__wrapped__ = lambda: 1
    with pytest.raises(AttributeError, match="_self_"):
        proxy()


@pytest.mark.parametrize("cls", TYPES)
def test_the_target_cannot_be_deleted(cls):
    proxy = build(cls, target)
    with pytest.raises(TypeError, match="__wrapped__"):
        del proxy.__wrapped__
    assert proxy.__wrapped__ is target


@pytest.mark.parametrize("cls", TYPES)
def test_weak_references(cls):
    seen = []
    proxy = build(cls, target)
    ref = weakref.ref(proxy, lambda r: seen.append("dead"))
    watched = weakref.WeakSet([proxy]) if cls in PROXIES else None
    assert ref() is proxy
    del proxy
    gc.collect()
    assert ref() is None and seen == ["dead"]
    assert watched is None or len(watched) == 0


@pytest.mark.parametrize("cls", TYPES)
def test_target_is_released_with_the_proxy(cls):
    def run():
        def local(*args):
            return args

        build(cls, local)._self_note = [local]
        return [local]

    assert alive_after(run) == 0


@pytest.mark.parametrize("cls", TYPES)
def test_reference_to_the_type_is_returned(cls):
    class Sub(cls):
        pass

    before = sys.getrefcount(Sub)
    for _ in range(100):
        build(Sub, target)
    gc.collect()
    assert sys.getrefcount(Sub) == before
