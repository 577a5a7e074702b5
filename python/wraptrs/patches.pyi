"""Types of the functions that wrap by name.

What stands at a name is not known here, so its parameters and its result are left open. The
former argument ``module`` and the positional ``enabled`` still work and warn; here they are gone.
"""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Literal, Protocol, overload

from typing_extensions import ParamSpec, TypeAlias, TypeVar

from ._missing import MISSING as MISSING
from ._native import (
    BaseObjectProxy,
    FunctionWrapper,
    _MethodDescriptor,
    _Switch,
    _Target,
    _WrapperFunction,
    apply_patch,
    resolve_owner,
    resolve_path,
    wrap_object,
)
from .decorators import _Decorates, _Decorator, _WrapperMethod

__all__ = (
    "MISSING",
    "AttributeWrapper",
    "apply_patch",
    "find_wrapper",
    "function_wrapper",
    "is_wrapped_by",
    "patch_function_wrapper",
    "resolve_owner",
    "resolve_path",
    "scoped_function_wrapper",
    "transient_function_wrapper",
    "unwrap_object",
    "unwrapped",
    "wrap_function_wrapper",
    "wrap_object",
    "wrap_object_attribute",
    "wrapper_chain",
)

_P = ParamSpec("_P")
_R = TypeVar("_R")
_H = TypeVar("_H")

# The wrapper function of what is found by name; `wrapped` may be declared as narrowly as needed.
_OpenWrapper: TypeAlias = (
    Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any] | _Decorator
)
_W = TypeVar("_W", bound=_OpenWrapper)

@overload
def function_wrapper(wrapper: _WrapperFunction[_P, _R]) -> _Decorator: ...
@overload
def function_wrapper(wrapper: _WrapperMethod[_P, _R]) -> _Decorator: ...

# A name may end in "?" and then, as long as the module is not imported, there is no layer yet.
# No type tells such a string from others.
@overload
def wrap_function_wrapper(  # type: ignore[overload-overlap]  # a string is an object, and goes first
    target: str, name: str, wrapper: _OpenWrapper
) -> FunctionWrapper[..., Any] | None: ...
@overload
def wrap_function_wrapper(
    target: object, name: str, wrapper: _OpenWrapper
) -> FunctionWrapper[..., Any]: ...

class _GivesBack(Protocol):
    def __call__(self, wrapper: _W, /) -> _W: ...

def patch_function_wrapper(
    target: _Target, name: str, *, enabled: _Switch = None
) -> _GivesBack: ...

class _MakesTransient(Protocol):
    def __call__(self, wrapper: _OpenWrapper | _MethodDescriptor[Any], /) -> _Decorator: ...

def transient_function_wrapper(target: _Target, name: str) -> _MakesTransient: ...

class _Scope(_Decorates):
    def __enter__(self) -> None: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

def scoped_function_wrapper(target: _Target, name: str, wrapper: _OpenWrapper) -> _Scope: ...
@overload
def unwrap_object(
    target: _Target, name: str, handle: _H, *, missing_ok: Literal[False] = False
) -> _H: ...
@overload
def unwrap_object(target: _Target, name: str, handle: _H, *, missing_ok: bool) -> _H | None: ...

class AttributeWrapper(BaseObjectProxy[Any]):
    _self_attribute: str
    _self_factory: Callable[..., Any]
    _self_args: tuple[Any, ...]
    _self_kwargs: Mapping[str, Any]
    def __init__(
        self,
        wrapped: Any,
        attribute: str,
        factory: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> None: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any: ...
    def __set__(self, instance: Any, value: Any) -> None: ...
    def __delete__(self, instance: Any) -> None: ...

@overload
def wrap_object_attribute(  # type: ignore[overload-overlap]  # as above
    module: str,
    name: str,
    factory: Callable[..., Any],
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> AttributeWrapper | None: ...
@overload
def wrap_object_attribute(
    module: object,
    name: str,
    factory: Callable[..., Any],
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> AttributeWrapper: ...
def wrapper_chain(obj: object, *, limit: int = 64) -> Iterator[Any]: ...
def unwrapped(obj: object, *, limit: int = 64) -> Any: ...

# One of handle and predicate is needed.
@overload
def find_wrapper(
    obj: object, handle: None = None, *, predicate: Callable[[Any], object], limit: int = 64
) -> Any: ...
@overload
def find_wrapper(
    obj: object,
    handle: _H,
    *,
    predicate: Callable[[Any], object] | None = None,
    limit: int = 64,
) -> _H | None: ...
@overload
def is_wrapped_by(
    obj: object, handle: None = None, *, predicate: Callable[[Any], object], limit: int = 64
) -> bool: ...
@overload
def is_wrapped_by(
    obj: object,
    handle: object,
    *,
    predicate: Callable[[Any], object] | None = None,
    limit: int = 64,
) -> bool: ...
