"""A wrapped function keeps its parameters and its result, and binds as the function would."""

from __future__ import annotations

from functools import partialmethod
from typing import Any, Callable, Generic, TypeVar

from typing_extensions import ParamSpec, assert_type

import wraptrs
from wraptrs import BoundFunctionWrapper, FunctionWrapper, ObjectProxy, function_wrapper

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def through(
    wrapped: Callable[P, R], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> R:
    return wrapped(*args, **kwargs)


def describe(x: int, y: str = "") -> float:
    return x + len(y)


def annotating(
    wrapped: Callable[..., int], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    return str(wrapped(*args, **kwargs))


layer = FunctionWrapper(describe, through)
assert_type(layer(1), float)
assert_type(layer(1, y="a"), float)
assert_type(layer.__wrapped__(1), float)
layer()  # type: ignore[call-arg]  # x is missing
layer("a")  # type: ignore[arg-type]  # x is an int
layer(1, z=1)  # type: ignore[call-arg]  # there is no z

FunctionWrapper(describe, through, True)
FunctionWrapper(describe, through, enabled=lambda: False)
FunctionWrapper(describe, wrapper=through, enabled=None)
FunctionWrapper(describe, through, "yes")  # type: ignore[call-overload]  # no switch
FunctionWrapper(describe, describe)  # type: ignore[arg-type]  # no wrapper function
FunctionWrapper(describe, annotating)  # type: ignore[arg-type]  # it makes a str of the float
FunctionWrapper(3, through)  # type: ignore[call-overload]  # nothing to call
as_proxy: ObjectProxy[Callable[..., float]] = layer
open_layer: FunctionWrapper = layer  # its parameters may be left out, and are open then
assert_type(open_layer("anything"), Any)

FunctionWrapper(layer, function_wrapper(through))


@wraptrs.decorator
def plain(
    wrapped: Callable[P, R], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> R:
    return wrapped(*args, **kwargs)


@function_wrapper
def light(
    wrapped: Callable[P, R], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> R:
    return wrapped(*args, **kwargs)


@plain
@light
def stacked(x: int, *, flag: bool = False) -> list[int]:
    return [x] if flag else []


assert_type(stacked(1, flag=True), "list[int]")
stacked(1, flags=True)  # type: ignore[call-arg]  # there is no flags


@plain
def same(x: T) -> T:
    return x


@light
def all_kinds(x: int, /, y: str = "", *rest: bytes, flag: bool = False, **more: float) -> None: ...


assert_type(same(1), int)
all_kinds(1, "a", b"", flag=True, z=1.0)
all_kinds(x=1)  # type: ignore[call-arg]  # x goes by position
all_kinds(1, z="a")  # type: ignore[arg-type]  # more are floats


class Box(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content

    @plain
    def swap(self, content: T) -> T:
        return content


assert_type(Box(1).swap(2), int)
Box(1).swap("a")  # type: ignore[arg-type]  # content is an int


@light
async def fetch(url: str) -> bytes:
    return url.encode()


async def use() -> None:
    assert_type(await fetch("a"), bytes)
    await fetch(1)  # type: ignore[arg-type]  # url is a str


class Account:
    def __init__(self, owner: str) -> None:
        self.owner = owner

    @plain
    def deposit(self, amount: int) -> float:
        return amount / 1

    @light
    @classmethod
    def named(cls, owner: str, length: int = 0) -> Account:
        return cls(owner)

    @plain
    @staticmethod
    def rate(years: int, name: str) -> float:
        return years / len(name)

    @classmethod
    @light
    def inside(cls, x: int) -> str:
        return str(x)

    ten = plain(partialmethod(describe, 10))


class Savings(Account):
    pass


for account in (Account("a"), Savings("b")):
    assert_type(account.deposit(1), float)
    assert_type(account.named("c", length=1), Account)
    assert_type(account.rate(1, "a"), float)
    assert_type(account.ten(), float)
    account.deposit("a")  # type: ignore[arg-type]  # amount is an int
    account.deposit()  # type: ignore[call-arg]  # amount is missing
    account.named()  # type: ignore[call-arg]  # owner is missing
    account.named(1)  # type: ignore[arg-type]  # owner is a str
    account.rate("a", "b")  # type: ignore[arg-type]  # years is an int
    account.rate(1)  # type: ignore[call-arg]  # name is missing
assert_type(Account.deposit(Account("a"), 1), float)
assert_type(Account.named("a"), Account)
assert_type(Savings.named("a"), Account)
assert_type(Savings.rate(1, "a"), float)
assert_type(Account.inside(1), str)
Account.deposit(1, 2)  # type: ignore[arg-type]  # the instance is missing
Savings.named(1)  # type: ignore[arg-type]  # owner is a str
Account.rate(1)  # type: ignore[call-arg]  # name is missing


@plain
class Point:
    def __init__(self, x: int) -> None:
        self.x = x


point: Point = Point(1)  # a decorated class is still one, in annotations and for its arguments
assert_type(point.x, int)
Point("a")  # type: ignore[arg-type]  # x is an int


class Sub(Point):
    pass


assert_type(plain(Account), "type[Account]")
assert_type(plain(classmethod(lambda cls: 3)).__get__(None, Account)(), int)
assert_type(plain(staticmethod(describe)).__get__(Account("a"))(1), float)
bound: BoundFunctionWrapper[[int], float] = Account("a").deposit
