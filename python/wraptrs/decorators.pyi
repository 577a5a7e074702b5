"""Types of ``decorator``, and of the decorators that it and other functions make.

What is decorated keeps its parameters and its result, methods bind, and a class stays a class.
"""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from collections.abc import Callable
from inspect import FullArgSpec
from typing import Any, Generic, Protocol, overload

from typing_extensions import ParamSpec, Self, TypeAlias, TypeVar

from ._native import (
    BaseObjectProxy,
    BoundFunctionWrapper,
    FunctionWrapper,
    _FunctionWrapperBase,
    _MethodDescriptor,
    _MethodMaker,
    _Switch,
    _WrapperFunction,
)

__all__ = ("AdapterFactory", "adapter_factory", "bind_state_to_wrapper", "decorator")

_T = TypeVar("_T")
_D = TypeVar("_D")
_P = ParamSpec("_P")
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)
_P2 = ParamSpec("_P2")
_R2 = TypeVar("_R2")

class _MethodLayer(FunctionWrapper[_P, _R_co]):
    """The wrapper of a class method or static method: bound, it takes all its parameters."""

    def __get__(  # type: ignore[override]  # the base class takes one off for the instance
        self, instance: object, owner: type | None = None, /
    ) -> BoundFunctionWrapper[_P, _R_co]: ...

class _Decorates(Protocol):
    """A decorator that changes nothing about the type, save that it is a wrapper now."""

    @overload
    def __call__(self, wrapped: classmethod[Any, _P, _R], /) -> _MethodLayer[_P, _R]: ...
    @overload
    def __call__(self, wrapped: staticmethod[_P, _R], /) -> _MethodLayer[_P, _R]: ...
    @overload
    def __call__(  # type: ignore[overload-overlap]  # classes are callable, and go first
        self, wrapped: type[_T], /
    ) -> type[_T]: ...
    @overload
    def __call__(self, wrapped: Callable[_P, _R], /) -> FunctionWrapper[_P, _R]: ...
    @overload
    def __call__(self, wrapped: _MethodMaker[_R], /) -> FunctionWrapper[..., _R]: ...

class _Decorator(_FunctionWrapperBase[..., Any]):
    """A `_Decorates` that is a function wrapper itself, around the user's wrapper function."""

    @overload
    def __call__(self, wrapped: classmethod[Any, _P, _R], /) -> _MethodLayer[_P, _R]: ...
    @overload
    def __call__(self, wrapped: staticmethod[_P, _R], /) -> _MethodLayer[_P, _R]: ...
    @overload
    def __call__(  # type: ignore[overload-overlap]  # classes are callable, and go first
        self, wrapped: type[_T], /
    ) -> type[_T]: ...
    @overload
    def __call__(self, wrapped: Callable[_P, _R], /) -> FunctionWrapper[_P, _R]: ...
    @overload
    def __call__(self, wrapped: _MethodMaker[_R], /) -> FunctionWrapper[..., _R]: ...
    def __get__(self, instance: object, owner: type | None = None, /) -> Self: ...

class _AdaptedDecorator(_FunctionWrapperBase[..., Any], Generic[_P2, _R2]):
    """A decorator that gives each function the parameters and the result of a prototype."""

    def __call__(
        self, wrapped: Callable[..., Any] | _MethodDescriptor[Any], /
    ) -> FunctionWrapper[_P2, _R2]: ...
    def __get__(self, instance: object, owner: type | None = None, /) -> Self: ...

class _WrapperObject(Protocol):
    def __call__(self, wrapped: Any, instance: Any, args: Any, kwargs: Any, /) -> Any: ...

class _WrapperClass(Protocol[_P]):
    def mro(self) -> Any: ...  # what classes have and functions have not
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _WrapperObject: ...

class _ClassDecorator(_FunctionWrapperBase[..., Any], Generic[_P2]):
    """A decorator made of a class: it takes a function, the arguments of the class, or both."""

    @overload
    def __call__(  # type: ignore[overload-overlap]  # classes are callable, and go first
        self, wrapped: type[_T], /, *args: _P2.args, **kwargs: _P2.kwargs
    ) -> type[_T]: ...
    @overload
    def __call__(
        self, wrapped: Callable[_P, _R], /, *args: _P2.args, **kwargs: _P2.kwargs
    ) -> FunctionWrapper[_P, _R]: ...
    @overload
    def __call__(
        self,
        wrapped: classmethod[Any, ..., _R] | _MethodMaker[_R],
        /,
        *args: _P2.args,
        **kwargs: _P2.kwargs,
    ) -> FunctionWrapper[..., _R]: ...
    @overload
    def __call__(self, *args: _P2.args, **kwargs: _P2.kwargs) -> _Decorates: ...

class AdapterFactory:
    def __call__(self, wrapped: Callable[..., Any]) -> Any: ...

class _DelegatedAdapterFactory(AdapterFactory):
    factory: Callable[[Callable[..., Any]], Any]
    def __init__(self, factory: Callable[[Callable[..., Any]], Any]) -> None: ...

adapter_factory = _DelegatedAdapterFactory

# A wrapper function in the body of a class takes the instance or the class as well.
_WrapperMethod: TypeAlias = Callable[
    [Any, Callable[_P, _R], Any, tuple[Any, ...], dict[str, Any]], _R
]
# Under an adapter the wrapper function is what makes the one call into the other.
_AdaptingWrapper: TypeAlias = (
    Callable[[Callable[_P, Any], Any, tuple[Any, ...], dict[str, Any]], Any]
    | Callable[[Any, Callable[_P, Any], Any, tuple[Any, ...], dict[str, Any]], Any]
    | type[_WrapperObject]
)
_Untyped: TypeAlias = AdapterFactory | FullArgSpec | tuple[Any, ...] | str
_Proxy: TypeAlias = Callable[..., BaseObjectProxy[Any]] | None

class _MakesDecorator(Protocol):
    @overload
    def __call__(  # type: ignore[overload-overlap]  # classes are callable, and go first
        self, wrapper: _WrapperClass[_P], /
    ) -> _ClassDecorator[_P]: ...
    @overload
    def __call__(self, wrapper: _WrapperFunction[_P, _R], /) -> _Decorator: ...
    @overload
    def __call__(self, wrapper: _WrapperMethod[_P, _R], /) -> _Decorator: ...

class _MakesAdaptedDecorator(Protocol[_P2, _R2]):
    def __call__(self, wrapper: _AdaptingWrapper[...], /) -> _AdaptedDecorator[_P2, _R2]: ...

@overload
def decorator(  # type: ignore[overload-overlap]  # classes are callable, and go first
    wrapper: _WrapperClass[_P], /, *, enabled: _Switch = None, proxy: _Proxy = ...
) -> _ClassDecorator[_P]: ...
@overload
def decorator(
    wrapper: _WrapperFunction[_P, _R], /, *, enabled: _Switch = None, proxy: _Proxy = ...
) -> _Decorator: ...
@overload
def decorator(
    wrapper: _WrapperMethod[_P, _R], /, *, enabled: _Switch = None, proxy: _Proxy = ...
) -> _Decorator: ...
@overload
def decorator(
    wrapper: None = None, /, *, enabled: _Switch = None, adapter: None = None, proxy: _Proxy = ...
) -> _MakesDecorator: ...
@overload
def decorator(
    wrapper: None = None, /, *, enabled: _Switch = None, adapter: _Untyped, proxy: _Proxy = ...
) -> _MakesAdaptedDecorator[..., Any]: ...
@overload
def decorator(
    wrapper: None = None,
    /,
    *,
    enabled: _Switch = None,
    adapter: Callable[_P, _R],
    proxy: _Proxy = ...,
) -> _MakesAdaptedDecorator[_P, _R]: ...
@overload
def decorator(
    wrapper: _AdaptingWrapper[...],
    /,
    *,
    enabled: _Switch = None,
    adapter: _Untyped,
    proxy: _Proxy = ...,
) -> _AdaptedDecorator[..., Any]: ...
@overload
def decorator(
    wrapper: _AdaptingWrapper[...],
    /,
    *,
    enabled: _Switch = None,
    adapter: Callable[_P, _R],
    proxy: _Proxy = ...,
) -> _AdaptedDecorator[_P, _R]: ...

class _StateBindingWrapper(BaseObjectProxy[Any]):
    def __init__(self, *, name: str = "state") -> None: ...
    def __call__(self, decorating: Callable[..., Any]) -> Self: ...
    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> _Decorates: ...

bind_state_to_wrapper = _StateBindingWrapper
