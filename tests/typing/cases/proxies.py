"""Proxies know the type of their object, and have the operators they forward."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from typing_extensions import assert_type

import wraptrs
from wraptrs import (
    AutoObjectProxy,
    CallableObjectProxy,
    LazyObjectProxy,
    ObjectProxy,
    PartialCallableObjectProxy,
    WeakFunctionProxy,
    lazy_import,
)

numbers = ObjectProxy([1, 2])
assert_type(numbers, "ObjectProxy[list[int]]")
assert_type(numbers.__wrapped__, "list[int]")
assert_type(numbers.append, Any)
assert_type(len(numbers), int)
assert_type(numbers * 3, Any)
as_sequence: ObjectProxy[Sequence[int]] = numbers
for each in numbers:
    assert_type(each, Any)
numbers[0] = 3
numbers += [1]
ObjectProxy()  # type: ignore[call-arg]  # of what


class Traced(ObjectProxy[str]):
    """A subclass may have arguments of its own, and return what it likes."""

    def __init__(self, wrapped: str, label: str) -> None:
        super().__init__(wrapped)
        self.__self_setattr__("label", label)

    def __getitem__(self, key: Any, /) -> str:
        return self.__wrapped__[key].upper()

    def __enter__(self) -> Traced:
        return self


traced = Traced("a", label="b")
assert_type(traced[0], str)
assert_type(traced.__wrapped__, str)
with traced as entered:
    assert_type(entered, Traced)


class Bare(ObjectProxy):
    """The type of the object may be left out."""


assert_type(Bare(1).__wrapped__, Any)


def function(x: int, y: str = "") -> float:
    return x + len(y)


assert_type(CallableObjectProxy(function)(1), Any)
assert_type(wraptrs.partial(function, 1)(y="a"), float)
assert_type(PartialCallableObjectProxy(function, y="a"), "PartialCallableObjectProxy[float]")
wraptrs.partial()  # type: ignore[call-arg]  # nothing to call
wraptrs.partial(None)  # type: ignore[arg-type]  # not callable

weak = WeakFunctionProxy(function, lambda proxy: None)
assert_type(weak(1, y="a"), float)
weak("a")  # type: ignore[arg-type]  # x is an int
anything: WeakFunctionProxy = weak
WeakFunctionProxy(None)  # type: ignore[arg-type]  # not callable

auto = AutoObjectProxy(iter([1]))
assert_type(auto.__wrapped__.__next__(), int)
assert_type(next(auto), Any)
for each in auto:
    assert_type(each, Any)
assert_type(auto(1), Any)

lazy = LazyObjectProxy(lambda: [1], interface=list)
assert_type(lazy, "LazyObjectProxy[list[int]]")
assert_type(lazy.__wrapped__, "list[int]")
LazyObjectProxy(3)  # type: ignore[arg-type]  # no callback


class Graph:
    def __call__(self, x: int) -> int:
        return x


assert_type(lazy_import("json"), "LazyObjectProxy[ModuleType]")
assert_type(lazy_import("json", "dumps"), "LazyObjectProxy[Any]")
assert_type(lazy_import("graphs", "default", interface=Graph), "LazyObjectProxy[Graph]")
assert_type(lazy_import("graphs", interface=ModuleType), "LazyObjectProxy[ModuleType]")
nodes: LazyObjectProxy[Sequence[int]] = lazy_import("graphs", "nodes", interface=Sequence[int])
lazy_import(3)  # type: ignore[call-overload]  # the name is a str

assert_type(wraptrs.json_default(numbers), Any)
assert_type(wraptrs.unwrap_deep([numbers]), Any)
assert_type(wraptrs.issubclass_of(ObjectProxy(int), int), bool)
