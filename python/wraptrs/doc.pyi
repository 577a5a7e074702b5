"""Types of ``with_doc``: nothing but the docstring changes."""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from collections.abc import Callable
from typing import Any, overload

from typing_extensions import ParamSpec, TypeAlias, TypeVar

from ._native import FunctionWrapper
from .decorators import _Decorates

__all__ = ("with_doc",)

_P = ParamSpec("_P")
_R = TypeVar("_R")

_Factory: TypeAlias = Callable[[Callable[..., Any]], str | None]

@overload
def with_doc(
    wrapped: Callable[_P, _R], /, *, doc: str, factory: None = None
) -> FunctionWrapper[_P, _R]: ...
@overload
def with_doc(
    wrapped: Callable[_P, _R], /, *, doc: None = None, factory: _Factory
) -> FunctionWrapper[_P, _R]: ...
@overload
def with_doc(wrapped: None = None, /, *, doc: str, factory: None = None) -> _Decorates: ...
@overload
def with_doc(wrapped: None = None, /, *, doc: None = None, factory: _Factory) -> _Decorates: ...
