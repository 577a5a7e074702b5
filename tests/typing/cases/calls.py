"""Caches, locks, markers, and what only changes how a function looks: the signature stays."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Coroutine
from functools import _CacheInfo  # pyright: ignore[reportPrivateUsage]  # the type has no other name
from typing import Any, Optional

from typing_extensions import assert_type

import wraptrs
from wraptrs import lru_cache, synchronized, with_doc, with_signature


@lru_cache
def area(x: int, y: float = 1.0) -> float:
    return x * y


@lru_cache(maxsize=None, typed=True)
def side(x: float) -> float:
    return x


assert_type(area(1, y=2.0), float)
assert_type(area.cache_info(), Optional[_CacheInfo])
area.cache_clear()
assert_type(side(1.0), float)
assert_type(lru_cache(16)(abs)(-1), int)
area("a")  # type: ignore[arg-type]  # x is an int
lru_cache(max_size=1)  # type: ignore[call-overload]  # it is called maxsize


class Shape:
    @lru_cache
    def scaled(self, by: int) -> list[Shape]:
        return [self] * by

    @lru_cache(maxsize=3)
    @classmethod
    def unit(cls, name: str) -> Shape:
        return cls()

    @lru_cache
    @staticmethod
    def corners(count: int, extra: str) -> int:
        return count + len(extra)

    @synchronized
    def move(self, by: int) -> str:
        return str(by)

    @synchronized
    @classmethod
    def make(cls, name: str) -> Shape:
        with synchronized(cls):
            return cls()

    @synchronized(threading.Lock())
    def locked(self, by: int) -> str:
        with synchronized(self):
            return str(by)

    @synchronized
    async def moved(self, by: int) -> str:
        async with synchronized(self):
            return str(by)

    @wraptrs.async_to_sync
    async def waiting(self, by: int) -> str:
        return str(by)

    @with_doc(doc="Documented.")
    def documented(self, by: int) -> str:
        return str(by)


shape = Shape()
assert_type(shape.scaled(2), "list[Shape]")
assert_type(shape.scaled.cache_info(), Optional[_CacheInfo])
assert_type(Shape.scaled(shape, 2), "list[Shape]")
assert_type(Shape.unit("a"), Shape)
assert_type(Shape.unit.cache_info(), Optional[_CacheInfo])
assert_type(shape.corners(1, "a"), int)
assert_type(Shape.corners(1, "a"), int)
assert_type(shape.move(1), str)
assert_type(Shape.make("a"), Shape)
assert_type(shape.locked(1), str)
assert_type(shape.waiting(1), str)
assert_type(shape.documented(1), str)
shape.scaled("a")  # type: ignore[arg-type]  # by is an int
Shape.unit(1)  # type: ignore[arg-type]  # name is a str
shape.corners(1)  # type: ignore[call-arg]  # extra is missing
shape.move("a")  # type: ignore[arg-type]  # by is an int
shape.locked("a")  # type: ignore[arg-type]  # by is an int
shape.waiting()  # type: ignore[call-arg]  # by is missing


@synchronized(asyncio.Lock())
async def task(x: int) -> str:
    return str(x)


@wraptrs.sync_to_async
def blocking(x: int) -> str:
    return str(x)


@wraptrs.mark_as_async
def deferred(x: int) -> Coroutine[Any, Any, str]:
    return task(x)


@wraptrs.mark_as_sync(generator=False)
def marked(x: int) -> str:
    return str(x)


async def use() -> None:
    async with synchronized(asyncio.Lock()):
        pass
    assert_type(await shape.moved(1), str)
    assert_type(await task(1), str)
    assert_type(await blocking(1), str)
    assert_type(await deferred(1), str)
    await blocking("a")  # type: ignore[arg-type]  # x is an int


assert_type(marked(1), str)
with synchronized(threading.RLock()), synchronized(shape):
    pass
with synchronized(asyncio.Lock()):  # type: ignore[attr-defined]  # for tasks, so `async with`
    pass
synchronized(shape)(marked)  # type: ignore[operator]  # it guards blocks
wraptrs.async_to_sync(marked)  # type: ignore[arg-type]  # no coroutine function


def prototype(text: str, times: int = 1) -> object:
    return text * times


@with_signature(prototype=prototype, doc="Says it.")
def say(*args: Any, **kwargs: Any) -> str:
    return prototype.__name__


@with_signature(signature=inspect.signature(prototype))
def given(x: int) -> str:
    return str(x)


@with_signature(factory=lambda wrapped: (prototype, wrapped.__doc__))
def derived(x: int) -> str:
    return str(x)


@with_doc(factory=lambda wrapped: wrapped.__doc__)
def described(x: int) -> str:
    return str(x)


assert_type(say("a", times=2), str)
assert_type(with_signature(marked, prototype=prototype)("a"), str)
assert_type(given(1), str)
assert_type(derived(1), str)
assert_type(described(1), str)
assert_type(with_doc(described, doc="Documented.")(1), str)
say(1)  # type: ignore[arg-type]  # text is a str
described("a")  # type: ignore[arg-type]  # x is an int
with_doc()  # type: ignore[call-overload]  # nothing given
with_doc(doc=1)  # type: ignore[call-overload]  # no docstring
with_signature(doc="a")  # type: ignore[call-overload]  # no signature given
