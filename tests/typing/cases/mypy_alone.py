"""What mypy refuses and pyright lets pass: it finds ``__getattr__`` for operators, and ``Any`` for
the call of a class that is matched with a protocol."""

from __future__ import annotations

from typing import Any, Callable

from wraptrs import BaseObjectProxy, ObjectProxy, decorator


class Limited:
    def __init__(self, *, limit: int = 0) -> None:
        self.limit = limit

    def __call__(
        self,
        wrapped: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        return wrapped(*args, **kwargs)


class NoWrapper:
    pass


limited = decorator(Limited)
limited(3)  # type: ignore[call-overload]  # neither a function nor an argument of the class
limited(limit="")  # type: ignore[call-overload]  # limit is an int
decorator(NoWrapper)  # type: ignore[arg-type]  # its instances cannot be called

for each in BaseObjectProxy([1]):  # type: ignore[attr-defined]  # only ObjectProxy is iterable
    print(each)
ObjectProxy([1])()  # type: ignore[operator]  # and none of them is callable
