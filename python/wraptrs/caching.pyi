"""Types of ``lru_cache``: the cached function keeps its signature and gains the cache's methods."""

# Stubs share names that no user is to import.
# pyright: reportPrivateUsage=false

from collections.abc import Callable
from functools import _CacheInfo, _CacheParameters
from typing import Any, Protocol, overload

from typing_extensions import Concatenate, ParamSpec, TypeVar

from ._native import BoundFunctionWrapper, FunctionWrapper

__all__ = ("lru_cache",)

_S = TypeVar("_S")
_P = ParamSpec("_P")
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)
_P2 = ParamSpec("_P2")
_R2 = TypeVar("_R2")

# What tells of a cache gives None as long as the cache is not there, that is before the first call.
class _BoundCache(BoundFunctionWrapper[_P, _R_co]):
    def cache_info(self) -> _CacheInfo | None: ...
    def cache_parameters(self) -> _CacheParameters | None: ...
    def cache_clear(self) -> None: ...

class _LRUCacheFunctionWrapper(FunctionWrapper[_P, _R_co]):
    def cache_info(self) -> _CacheInfo | None: ...
    def cache_parameters(self) -> _CacheParameters | None: ...
    def cache_clear(self) -> None: ...
    # As in the base class; only what binding gives is another class.
    @overload
    def __get__(
        self: Callable[Concatenate[_S, _P2], _R2], instance: object, owner: _S, /
    ) -> _BoundCache[_P2, _R2]: ...
    @overload
    def __get__(self, instance: None, owner: type | None = None, /) -> _BoundCache[_P, _R_co]: ...
    @overload
    def __get__(
        self: Callable[Concatenate[_S, _P2], _R2], instance: _S, owner: type | None = None, /
    ) -> _BoundCache[_P2, _R2]: ...
    @overload
    def __get__(  # pyright: ignore[reportIncompatibleMethodOverride]  # it misses the first one
        self, instance: object, owner: type | None = None, /
    ) -> _BoundCache[_P, _R_co]: ...

class _CachedMethodLayer(_LRUCacheFunctionWrapper[_P, _R_co]):
    """The cache of a class method or static method: bound, it takes all its parameters."""

    def __get__(  # type: ignore[override]  # the base class takes one off for the instance
        self, instance: object, owner: type | None = None, /
    ) -> _BoundCache[_P, _R_co]: ...

class _Caches(Protocol):
    @overload
    def __call__(self, func: classmethod[Any, _P, _R], /) -> _CachedMethodLayer[_P, _R]: ...
    @overload
    def __call__(self, func: staticmethod[_P, _R], /) -> _CachedMethodLayer[_P, _R]: ...
    @overload
    def __call__(self, func: Callable[_P, _R], /) -> _LRUCacheFunctionWrapper[_P, _R]: ...

@overload
def lru_cache(
    func: classmethod[Any, _P, _R], /, *, maxsize: int | None = 128, typed: bool = False
) -> _CachedMethodLayer[_P, _R]: ...
@overload
def lru_cache(
    func: staticmethod[_P, _R], /, *, maxsize: int | None = 128, typed: bool = False
) -> _CachedMethodLayer[_P, _R]: ...
@overload
def lru_cache(
    func: Callable[_P, _R], /, *, maxsize: int | None = 128, typed: bool = False
) -> _LRUCacheFunctionWrapper[_P, _R]: ...
@overload
def lru_cache(func: int, /, *, typed: bool = False) -> _Caches: ...
@overload
def lru_cache(
    func: None = None, /, *, maxsize: int | None = 128, typed: bool = False
) -> _Caches: ...
