"""``decorator`` in all its forms: options, adapters, wrapper methods and wrapper classes."""

from __future__ import annotations

from inspect import getfullargspec
from typing import Any, Callable, TypeVar

from typing_extensions import ParamSpec, assert_type

import wraptrs
from wraptrs import FunctionWrapper, adapter_factory, decorator, function_wrapper

P = ParamSpec("P")
R = TypeVar("R")


def through(
    wrapped: Callable[P, R], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> R:
    return wrapped(*args, **kwargs)


def open_wrapper(
    wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    return wrapped(*args, **kwargs)


def double(x: int) -> int:
    return 2 * x


def too_short(wrapped: Callable[..., Any]) -> Any:
    return wrapped()


decorator(too_short)  # type: ignore[arg-type]  # a wrapper takes four arguments
function_wrapper(too_short)  # type: ignore[arg-type]  # as above
decorator(3)  # type: ignore[call-overload]  # not callable

assert_type(decorator(through)(double)(1), int)
assert_type(decorator(enabled=True)(through)(double)(1), int)
assert_type(decorator(enabled=lambda: True)(through)(double)(1), int)
assert_type(decorator(proxy=FunctionWrapper)(through)(double)(1), int)
decorator(enabled="no")  # type: ignore[call-overload]  # no switch
decorator(through)("double")  # type: ignore[call-overload]  # not callable
decorator(through)(None)  # type: ignore[call-overload]  # not callable


def prototype(text: str, times: int = 1) -> str:
    return text * times


@decorator(adapter=prototype)
def adapted(
    wrapped: Callable[[int], int], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    return str(wrapped(len(args)))


as_text = adapted(double)
assert_type(as_text("a", times=2), str)
as_text(1)  # type: ignore[arg-type]  # text is a str
assert_type(decorator(open_wrapper, adapter=prototype)(double)("a"), str)
assert_type(decorator(adapter="(a, b)")(open_wrapper)(double)(1, 2), Any)
assert_type(decorator(adapter=getfullargspec(double))(open_wrapper)(double)(1, 2), Any)
assert_type(decorator(adapter=adapter_factory(lambda wrapped: None))(open_wrapper)(double)(), Any)


def method_prototype(self: Any, text: str) -> str:
    return text


class Text:
    @decorator(open_wrapper, adapter=method_prototype)
    def method(self, *args: Any) -> int:
        return len(args)


assert_type(Text().method("a"), str)
Text().method(1)  # type: ignore[arg-type]  # text is a str


class Registry:
    """Wrapper methods: reached through an instance or the class, they are decorators."""

    @decorator
    def by_instance(
        self,
        wrapped: Callable[P, R],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> R:
        return wrapped(*args, **kwargs)

    @function_wrapper
    @classmethod
    def by_class(
        cls,
        wrapped: Callable[P, R],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> R:
        return wrapped(*args, **kwargs)

    @decorator
    @staticmethod
    def by_none(
        wrapped: Callable[P, R],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> R:
        return wrapped(*args, **kwargs)

    @wraptrs.bind_state_to_wrapper(name="registry")
    @decorator
    def stateful(
        self,
        wrapped: Callable[P, R],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> R:
        return wrapped(*args, **kwargs)


registry = Registry()
assert_type(registry.by_instance(double)(1), int)
assert_type(Registry.by_class(double)(1), int)
assert_type(Registry.by_none(double)(1), int)
assert_type(registry.stateful(double)(1), int)
assert_type(registry.stateful(double).registry, Any)
registry.by_instance(double)("a")  # type: ignore[arg-type]  # x is an int
registry.stateful(double)("a")  # type: ignore[arg-type]  # x is an int


class Limited:
    """A wrapper class. As a decorator of the class itself, mypy takes no notice of decorator()."""

    def __init__(self, *, limit: int = 0) -> None:
        self.limit = limit

    def __call__(
        self,
        wrapped: Callable[P, R],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> R:
        return wrapped(*args, **kwargs)


limited = decorator(Limited)
assert_type(limited(double)(1), int)
assert_type(limited(limit=3)(double)(1), int)
assert_type(limited()(double)(1), int)
limited(double)("a")  # type: ignore[arg-type]  # x is an int
limited(limit=3)(double)("a")  # type: ignore[arg-type]  # x is an int
