"""Types of the weak reference to a function or method that can be called."""

from collections.abc import Callable
from typing import Any

from typing_extensions import ParamSpec, TypeVar

from ._native import BaseObjectProxy

__all__ = ("WeakFunctionProxy",)

_P = ParamSpec("_P", default=...)
_R_co = TypeVar("_R_co", covariant=True, default=Any)

class WeakFunctionProxy(BaseObjectProxy[Callable[_P, _R_co]]):
    _self_expired: bool
    _self_instance: Any
    _self_owner: Any
    def __init__(
        self, wrapped: Callable[_P, _R_co], callback: Callable[[Any], object] | None = None
    ) -> None: ...
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...
