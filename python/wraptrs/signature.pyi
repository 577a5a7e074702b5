"""Types of ``with_signature``: what it shows is what checkers see.

A prototype gives the parameters; the result stays the wrapped function's, which is what is called.
"""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from collections.abc import Callable
from inspect import Signature
from typing import Any, Protocol, overload

from typing_extensions import ParamSpec, TypeAlias, TypeVar

from ._native import FunctionWrapper, _MethodDescriptor
from .decorators import _Decorates

__all__ = ("with_signature",)

_P = ParamSpec("_P")
_R = TypeVar("_R")

_Source: TypeAlias = Signature | Callable[..., object]
_Factory: TypeAlias = Callable[[Callable[..., Any]], _Source | tuple[_Source, str | None]]

class _Shows(Protocol[_P]):
    def __call__(
        self, wrapped: Callable[..., _R] | _MethodDescriptor[_R], /
    ) -> FunctionWrapper[_P, _R]: ...

@overload
def with_signature(
    wrapped: Callable[..., _R] | _MethodDescriptor[_R],
    /,
    *,
    prototype: Callable[_P, object],
    signature: None = None,
    factory: None = None,
    doc: str | None = None,
) -> FunctionWrapper[_P, _R]: ...
@overload
def with_signature(
    wrapped: Callable[_P, _R],
    /,
    *,
    prototype: None = None,
    signature: Signature,
    factory: None = None,
    doc: str | None = None,
) -> FunctionWrapper[_P, _R]: ...
@overload
def with_signature(
    wrapped: Callable[_P, _R],
    /,
    *,
    prototype: None = None,
    signature: None = None,
    factory: _Factory,
    doc: str | None = None,
) -> FunctionWrapper[_P, _R]: ...
@overload
def with_signature(
    wrapped: None = None,
    /,
    *,
    prototype: Callable[_P, object],
    signature: None = None,
    factory: None = None,
    doc: str | None = None,
) -> _Shows[_P]: ...
@overload
def with_signature(
    wrapped: None = None,
    /,
    *,
    prototype: None = None,
    signature: Signature,
    factory: None = None,
    doc: str | None = None,
) -> _Decorates: ...
@overload
def with_signature(
    wrapped: None = None,
    /,
    *,
    prototype: None = None,
    signature: None = None,
    factory: _Factory,
    doc: str | None = None,
) -> _Decorates: ...
